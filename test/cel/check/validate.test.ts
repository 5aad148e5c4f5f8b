import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { check } from '../../../src/cel/check/check.ts'
import { validate } from '../../../src/cel/check/validate.ts'
import { createRegex } from '../../../src/cel/run/regex.ts'
import { parse } from '../../../src/cel/syntax/parse.ts'
import { declarations } from './declared.ts'

function faultColumns(source: string): readonly number[] {
  const parsed = parse(source)
  assert.ok('root' in parsed, `${source} does not parse`)
  const checked = check(parsed, declarations)
  assert.ok('root' in checked, `${source} has no types`)
  const context = { regex: createRegex() }
  return validate(checked, { declarations, context }).map(({ column }) => column)
}

const taken = [
  '[1, 2]',
  '[]',
  '[[], [1]]',
  "{'a': 1, 'b': 2}",
  '[claims.a, claims.b]',
  '[claims.a.b, dyn(1)]',
  '[optional.none(), optional.of(1)]',
  '[?optional.none(), 2]',
  '[1, google.protobuf.Int64Value{}]',
  '[claims, {}]',
  "'%s %d'.format(['a', 1])",
  "'%s'.format([['a', 1]])",
  "'%s'.format([string(claims.a)])",
  "'%s'.format(dyn(claims.a))",
  "duration('1h30m')",
  'duration(claims.a)',
  "timestamp('2024-02-29T00:00:00Z')",
  'timestamp(1)',
  "'a'.matches('^a+$')",
  'claims.a.matches(claims.b)',
  "matches('a', claims.b)",
  'type(1) == int',
  '[int]',
]

const refused: readonly (readonly [source: string, ...columns: number[]])[] = [
  ["['a', 1]", 7],
  ["['a', 1, 2.0]", 7],
  ['[1, 2.0]', 5],
  ['[1, null]', 5],
  ["['a', claims.a]", 13],
  ["[dyn('a'), 'b']", 12],
  ['[claims.a, claims.b.c]', 20],
  ["{'a': 1, 2: 'b'}", 10, 13],
  ["{'a': 1, 'b': 2.0}", 15],
  ['[[1], ["a"]]', 7],
  ['[type(1), type("a")]', 15],
  ["{'a': [1, 'b'].size()}", 11],
  ["[1].map(x, [x, 'a'])", 16],
  ['[?claims.a]', 9],
  ["{?'a': claims.a}", 14],
  ["'%d'.format(['a'])", 14],
  ["'%s'.format([claims.a])", 20],
  ["'%s'.format([])", 12],
  ["'%s'.format(['a', 'b'])", 12],
  ["duration('1')", 10],
  ["timestamp('2023-02-29T00:00:00Z')", 11],
  ['timestamp(253402300800)', 11],
  ["'a'.matches('(')", 13],
  ["'a'.matches('a(?=b)')", 13],
  ["matches('(', 'a')", 9],
  ['[int].exists(t, t == int)', 17],
]

describe('validate()', () => {
  for (const source of taken) {
    it(`takes ${source}`, () => assert.deepEqual(faultColumns(source), []))
  }

  for (const [source, ...columns] of refused) {
    it(`refuses ${source} at column ${columns.join(' and ')}`, () => {
      assert.deepEqual(faultColumns(source), columns)
    })
  }
})
