import assert from 'node:assert/strict'
import type { Constant, Expr } from '../../../src/cel/expr.ts'
import { parse } from '../../../src/cel/syntax/parse.ts'

/** The tree of a source as text: `_+_(1, x)`, `a~b?` for has(a.b), `fold(…)` for a comprehension. */
export function written(source: string): string {
  const parsed = parse(source)
  assert.ok('root' in parsed, `${source} does not parse`)
  return write(parsed.root)
}

/** The first fault of a source that must have one. */
export function faultOf(source: string): { message: string; line: number; column: number } {
  const parsed = parse(source)
  assert.ok(!('root' in parsed), `${source} parses`)
  const [fault] = parsed
  assert.ok(fault !== undefined)
  return fault
}

/** A tree as text. */
export function write(expr: Expr): string {
  switch (expr.kind) {
    case 'constant':
      return writeConstant(expr.constant)
    case 'identifier':
      return expr.name
    case 'select':
      return expr.isTest
        ? `${write(expr.operand)}~${expr.field}?`
        : `${write(expr.operand)}.${expr.field}`
    case 'call': {
      const target = expr.target === undefined ? '' : `${write(expr.target)}.`
      return `${target}${expr.function}(${expr.args.map(write).join(', ')})`
    }
    case 'list':
      return `[${expr.elements
        .map(
          (element, index) => `${expr.optionalIndices.includes(index) ? '?' : ''}${write(element)}`,
        )
        .join(', ')}]`
    case 'map':
      return `{${expr.entries
        .map(
          ({ key, value, isOptional }) => `${isOptional ? '?' : ''}${write(key)}: ${write(value)}`,
        )
        .join(', ')}}`
    case 'struct':
      return `${expr.typeName}{${expr.fields
        .map(({ name, value, isOptional }) => `${isOptional ? '?' : ''}${name}: ${write(value)}`)
        .join(', ')}}`
    case 'comprehension': {
      const { variable, secondVariable, range, accumulator, initial } = expr
      const variables = secondVariable === undefined ? variable : `${variable}, ${secondVariable}`
      const parts = [expr.condition, expr.step, expr.result].map(write).join('; ')
      return `fold(${variables} in ${write(range)}; ${accumulator} = ${write(initial)}; ${parts})`
    }
  }
}

function writeConstant({ type, value }: Constant): string {
  if (value instanceof Uint8Array) return `b:${Buffer.from(value).toString('hex')}`
  if (type === 'string') return JSON.stringify(value)
  if (type === 'double') return Object.is(value, -0) ? '-0.0' : `${value}d`
  return type === 'uint' ? `${value}u` : String(value)
}
