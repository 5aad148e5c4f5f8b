import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse } from '../../../src/cel/syntax/parse.ts'
import { faultOf, written } from './written.ts'

const expansions: readonly (readonly [source: string, tree: string])[] = [
  ['has(a.b)', 'a~b?'],
  ['has(has(a.b))', 'a~b?'],
  [
    'l.all(x, p)',
    'fold(x in l; @result = true; @not_strictly_false(@result); _&&_(@result, p); @result)',
  ],
  [
    'l.all(i, x, p)',
    'fold(i, x in l; @result = true; @not_strictly_false(@result); _&&_(@result, p); @result)',
  ],
  [
    'l.exists(x, p)',
    'fold(x in l; @result = false; @not_strictly_false(!_(@result)); _||_(@result, p); @result)',
  ],
  [
    'l.exists_one(x, p)',
    'fold(x in l; @result = 0; true; _?_:_(p, _+_(@result, 1), @result); _==_(@result, 1))',
  ],
  [
    'l.existsOne(i, x, p)',
    'fold(i, x in l; @result = 0; true; _?_:_(p, _+_(@result, 1), @result); _==_(@result, 1))',
  ],
  ['l.map(x, t)', 'fold(x in l; @result = []; true; _+_(@result, [t]); @result)'],
  [
    'l.map(x, p, t)',
    'fold(x in l; @result = []; true; _?_:_(p, _+_(@result, [t]), @result); @result)',
  ],
  [
    'l.filter(x, p)',
    'fold(x in l; @result = []; true; _?_:_(p, _+_(@result, [x]), @result); @result)',
  ],
  ['l.transformList(i, x, t)', 'fold(i, x in l; @result = []; true; _+_(@result, [t]); @result)'],
  [
    'l.transformMap(k, v, p, t)',
    'fold(k, v in l; @result = {}; true; _?_:_(p, cel.@mapInsert(@result, k, t), @result); @result)',
  ],
  [
    'l.transformMapEntry(k, v, {v: k})',
    'fold(k, v in l; @result = {}; true; cel.@mapInsert(@result, {v: k}); @result)',
  ],
  [
    'o.optMap(x, t)',
    '_?_:_(o.hasValue(), optional.of(fold(#unused in []; x = o.value(); false; x; t)), optional.none())',
  ],
  [
    'o.optFlatMap(x, t)',
    '_?_:_(o.hasValue(), fold(#unused in []; x = o.value(); false; x; t), optional.none())',
  ],
  [
    'l.sortBy(x, t)',
    'fold(#unused in []; @__sortBy_input__ = l; false; @__sortBy_input__; ' +
      '@__sortBy_input__.@sortByAssociatedKeys(' +
      'fold(x in @__sortBy_input__; @result = []; true; _+_(@result, [t]); @result)))',
  ],
]

/** Names of macros with another number of arguments, or another style of call. */
const functions = [
  'has(a.b, c)',
  'has()',
  '.has(a.b)',
  'a.has(b.c)',
  'all(a, x, p)',
  'l.all(x)',
  'l.existsOne(x, p)',
  'l.map(x)',
  'l.filter(x, p, t)',
  'l.transformList(x, t)',
  'o.optMap(x)',
  'l.sortBy(x)',
  'cel.bind(x, 1, x)',
]

const faults: readonly (readonly [source: string, column: number])[] = [
  ['has(a)', 5],
  ['has(a["b"])', 6],
  ['has(a.?b)', 6],
  ['has(a.b())', 8],
  ['l.all(1, p)', 7],
  ['l.all(x.y, p)', 8],
  ['l.all(__result__, p)', 7],
  ['l.all(x, x, p)', 10],
  ['l.all(x, 1, p)', 10],
  ['l.map("x", t)', 7],
  ['l.transformMap(k, __result__, t)', 19],
  ['o.optMap(1, t)', 10],
  ['o.optFlatMap(x.y, t)', 15],
  ['{}.sortBy(x, t)', 1],
  ['"l".sortBy(x, t)', 1],
  ['l.sortBy(1, t)', 10],
]

describe('macros', () => {
  for (const [source, tree] of expansions) {
    it(`expands ${source}`, () => assert.equal(written(source), tree))
  }

  for (const source of functions) {
    it(`leaves ${source} a call`, () => {
      const parsed = parse(source)
      assert.equal('root' in parsed && parsed.root.kind, 'call')
    })
  }

  for (const [source, column] of faults) {
    it(`refuses ${source} at column ${column}`, () => assert.equal(faultOf(source).column, column))
  }

  it('gives every node an id of its own, also where it copies', () => {
    const parsed = parse('[{a: {"b": C{d: e}}}].f(a.b, l.map(x, x)).optMap(x, x.map(y, has(y.z)))')
    assert.ok('root' in parsed)
    const ids = JSON.stringify(parsed.root, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    ).match(/"id":\d+/g)
    assert.equal(new Set(ids).size, ids?.length)
  })
})
