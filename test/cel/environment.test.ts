import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createEnvironment } from '../../src/cel/environment.ts'
import { intType, listType, stringType } from '../../src/cel/type.ts'
import { costOf, evaluates } from './evaluated.ts'

const environment = createEnvironment({
  variables: { name: stringType, numbers: listType(intType) },
})

describe('compile()', () => {
  it('makes a program that can run again and again', () => {
    const program = environment.compile("name.startsWith('a')")
    assert.ok(program.kind === 'program')
    assert.deepEqual(
      ['alice', 'bob', 'anna'].map((name) => program.evaluate({ name })),
      [true, false, true],
    )
  })

  const faults: readonly (readonly [name: string, source: string, line: number, column: number])[] =
    [
      ['a syntax error', 'name ==', 1, 8],
      ['an unknown name', 'name ==\n  nmae', 2, 3],
      ['a type error', "name + 1 == ''", 1, 6],
      ['a literal that cannot be', "duration('x') > duration('1s')", 1, 10],
      ['a constant that fails when it is folded', "name == string(b'\\xff')", 1, 15],
      ['a pattern that is no RE2', "name.matches('(?=a)')", 1, 14],
    ]
  for (const [name, source, line, column] of faults) {
    it(`says where ${name} is`, () => {
      const refusal = environment.compile(source)
      assert.ok(refusal.kind === 'faults')
      const [first] = refusal.faults
      assert.deepEqual([first?.line, first?.column], [line, column])
    })
  }

  it('does not know Kubernetes', () => {
    assert.equal(environment.compile("ip('::1')").kind, 'faults')
  })
})

describe('evaluate()', () => {
  it('answers with an error where a variable is missing', () => {
    const program = environment.compile('name')
    assert.ok(program.kind === 'program')
    assert.deepEqual(program.evaluate({}), {
      kind: 'error',
      message: 'no such attribute(s): name',
    })
  })

  it('ends what costs more than the limit, whatever would absorb an error', () => {
    const cheap = createEnvironment({ variables: { numbers: listType(intType) }, costLimit: 100 })
    const program = cheap.compile('true || numbers.all(n, n > 0) || numbers.all(n, n >= 0)')
    const absorbing = cheap.compile('numbers.all(n, n > 0) || true')
    assert.ok(program.kind === 'program' && absorbing.kind === 'program')
    const numbers = Array.from({ length: 100 }, () => 1n)
    assert.equal(program.evaluate({ numbers }), true)
    assert.deepEqual(absorbing.evaluate({ numbers }), {
      kind: 'error',
      message: 'operation cancelled: actual cost limit exceeded',
    })
  })

  evaluates(
    [
      ['claims.missing || true', 'true'],
      ['true || claims.missing', 'true'],
      ['claims.missing || false', 'error(no such key: missing)'],
      ['claims.missing && false', 'false'],
      ['claims.one && false', 'false'],
      ['claims.one && true', 'error(no such overload)'],
      ['claims.missing ? 1 : 2', 'error(no such key: missing)'],
      ['true ? 1 : int(claims.missing)', '1'],
      ['(claims.yes ? claims.map : claims.list).a', 'double(1)'],
      ['dyn(claims.list).all(x, x == "a" || x.missing)', 'error(no such key: missing)'],
      ['dyn(claims.list).exists(x, x.missing || x == "b")', 'true'],
      ['dyn(claims.list).exists_one(x, x == "b")', 'true'],
      ['dyn(claims.list).map(x, x + "!")', '["a!", "b!"]'],
      ['dyn(claims.list).filter(x, x != "a")', '["b"]'],
      ['dyn(claims.list).map(x, x != "a", x + x)', '["bb"]'],
      ['dyn(claims.list).transformMap(i, x, x + string(i))', '{0: "a0", 1: "b1"}'],
      ['dyn(claims.list).transformMapEntry(i, x, {x: i})', '{"a": 0, "b": 1}'],
      [
        'dyn(claims.list).transformMapEntry(i, x, {"k": i})',
        'error(insert failed: key k already exists)',
      ],
      ['dyn(claims.map).map(k, k)', '["a"]'],
      ['dyn(claims.one).map(k, k)', "error(got 'double', expected iterable type)"],
      ['[[1, 2], [3]].map(l, l.map(x, x * 2))', '[[2, 4], [6]]'],
      ['[1].map(claims, claims + 1)', '[2]'],
      ['google.protobuf.Int32Value{value: 2147483648}', 'error(integer overflow)'],
      ['google.protobuf.FloatValue{value: 1.1}', 'double(1.100000023841858)'],
      ['google.protobuf.Struct{}', '{}'],
      [
        'google.protobuf.Value{list_value: [1, 9007199254740993]}',
        '[double(1), "9007199254740993"]',
      ],
    ],
    { one: 1, yes: true, map: { a: 1 }, list: ['a', 'b'] },
  )
})

describe('measure()', () => {
  const text = 'x'.repeat(100)
  const costs: readonly (readonly [source: string, cost: number])[] = [
    ['true', 0],
    ['claims.text', 2],
    ['has(claims.text)', 1],
    ['claims.?missing', 1],
    ['claims.map[claims.key]', 4],
    ['claims.yes ? claims.text : claims.key', 3],
    ["claims.text.startsWith('x')", 12],
    ["claims.text.contains('x')", 12],
    ["claims.text.matches('x+')", 13],
    ["string(claims.text) + 'x' == ''", 14],
    ["claims.text in ['a', 'b']", 2],
    ['claims.text in claims.list', 5],
    ['[claims.text]', 12],
    ["{'a': claims.text}", 32],
    ['dyn(claims.list).all(x, x == 1)', 14],
    ['dyn(claims.list).map(x, x)', 30],
  ]
  for (const [source, cost] of costs) {
    it(`counts ${cost} for ${source}`, () => {
      assert.equal(costOf(source, { text, yes: true, key: 'k', map: { k: 1 }, list: [1, 1] }), cost)
    })
  }
})
