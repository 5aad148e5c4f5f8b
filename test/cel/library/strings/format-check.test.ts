import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CallExpr, Expr } from '../../../../src/cel/expr.ts'
import { checkFormat } from '../../../../src/cel/library/strings/format-check.ts'
import {
  anyType,
  type CelType,
  dynType,
  intType,
  listType,
  opaqueType,
  stringType,
} from '../../../../src/cel/type.ts'

const formatId = 1
const types = new Map<number, CelType>()

/** An element of some type, which is not a literal. */
function element(type: CelType): Expr {
  const id = types.size + 10
  types.set(id, type)
  return { kind: 'identifier', id, name: 'x' }
}

function list(...elements: readonly Expr[]): Expr {
  const id = types.size + 10
  types.set(id, listType(dynType))
  return { kind: 'list', id, elements, optionalIndices: [] }
}

function callOf(text: string, argument: Expr): CallExpr {
  const target: Expr = { kind: 'constant', id: 2, constant: { type: 'string', value: text } }
  return { kind: 'call', id: formatId, function: 'format', target, args: [argument] }
}

const int = element(intType)
const text = element(stringType)
const any = element(anyType)
const dyn = element(dynType)
const ip = element(opaqueType('net.IP'))

const cases: readonly { text: string; list: Expr; at?: number }[] = [
  { text: '%s %d', list: list(text, int) },
  { text: '%s %d', list: list(dyn, dyn) },
  { text: '%s', list: list(list(int, text)) },
  { text: '%f', list: list(text) },
  { text: '%%', list: list() },
  { text: '%s', list: list(any), at: any.id },
  { text: '%s', list: list(ip), at: ip.id },
  { text: '%s', list: list(list(text, list(any))), at: any.id },
  { text: '%d', list: list(text), at: text.id },
  { text: '%f', list: list(int), at: int.id },
  { text: '%d', list: list(), at: formatId },
  { text: '%d', list: list(int, int), at: formatId },
  { text: '%y', list: list(int), at: formatId },
  // What is no literal is looked at when it runs.
  { text: '%d %d', list: text },
]

describe('checkFormat()', () => {
  for (const { text: format, list: args, at } of cases) {
    it(`finds ${at === undefined ? 'nothing' : 'a fault'} in "${format}"`, () => {
      assert.equal(checkFormat(callOf(format, args), types)?.id, at)
    })
  }
})
