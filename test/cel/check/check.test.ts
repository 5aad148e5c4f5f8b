import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { check } from '../../../src/cel/check/check.ts'
import { formatType } from '../../../src/cel/check/type-relations.ts'
import type { CheckedExpr } from '../../../src/cel/checked.ts'
import type { CelFault } from '../../../src/cel/expr.ts'
import { parse } from '../../../src/cel/syntax/parse.ts'
import { write } from '../syntax/written.ts'
import { declarations } from './declared.ts'

function checkSource(source: string): CheckedExpr | readonly CelFault[] {
  const parsed = parse(source)
  assert.ok('root' in parsed, `${source} does not parse`)
  return check(parsed, declarations)
}

function checked(source: string): CheckedExpr {
  const result = checkSource(source)
  assert.ok('root' in result, `${source} is refused`)
  return result
}

function faults(source: string): readonly CelFault[] {
  const result = checkSource(source)
  assert.ok(!('root' in result), `${source} is taken`)
  return result
}

function overloadIds(source: string): readonly string[] {
  const { root, overloads } = checked(source)
  return overloads.get(root.id)?.map(({ id }) => id) ?? []
}

/** Accepted by kube-apiserver with these types. */
const typed: readonly (readonly [source: string, type: string])[] = [
  ['1', 'int'],
  ['null', 'null'],
  ['1 + 2', 'int'],
  ['1 < 2.0', 'bool'],
  ['[]', 'list(dyn)'],
  ['{}', 'map(dyn, dyn)'],
  ['[[], [1]]', 'list(list(int))'],
  ['[] + [1]', 'list(int)'],
  ['[optional.none(), optional.of(1)]', 'list(optional_type(int))'],
  ['[1, ?optional.of(2)]', 'list(int)'],
  ["{'a': 1, ?'b': optional.of(2)}", 'map(string, int)'],
  ["['a', 1]", 'list(dyn)'],
  ["{'a': 1, 1: 'b'}", 'map(dyn, dyn)'],
  ['claims', 'map(string, any)'],
  ['claims.a', 'any'],
  ['claims.a.b', 'dyn'],
  ["claims['a'] + 1", 'int'],
  ['claims.a + claims.b', 'dyn'],
  ['claims.a == 1', 'bool'],
  ['claims.a && true', 'bool'],
  ['claims.?a', 'optional_type(any)'],
  ['claims.?a.b', 'optional_type(dyn)'],
  ['claims.?a.b[0]', 'dyn'],
  ["claims[?'a'].orValue('x')", 'any'],
  ['claims.a ? 1 : 2', 'int'],
  ["true ? claims.a : 'b'", 'any'],
  ['true ? null : google.protobuf.Int64Value{}', 'null'],
  ['true ? google.protobuf.Int64Value{} : 1', 'wrapper(int)'],
  ['true ? [] : [1]', 'list(int)'],
  ['claims.a in claims.b', 'bool'],
  ['size(claims.a)', 'int'],
  ['dyn(claims.a).map(x, x)', 'list(dyn)'],
  ['claims.a.b.map(x, x)', 'list(dyn)'],
  ['claims.map(k, k)', 'list(string)'],
  ['claims.transformMap(k, v, v)', 'map(string, any)'],
  ["[1].transformList(i, x, 'a')", 'list(string)'],
  ['[1].transformMapEntry(i, x, {x: dyn(i)})', 'map(int, dyn)'],
  ['[].map(x, x + 1)', 'list(int)'],
  ['[].map(x, x.a)', 'list(dyn)'],
  ['[][0].a', 'dyn'],
  ['[1].map(x, [x].map(x, x))', 'list(list(int))'],
  ['[3, 1].sortBy(x, -x)', 'list(int)'],
  ['optional.of(1).optMap(x, [x])', 'optional_type(list(int))'],
  ['optional.of(1).optFlatMap(x, optional.of(x))', 'optional_type(int)'],
  ['optional.of({"a": {"b": 1}}).a.b', 'optional_type(int)'],
  ['has(claims.a)', 'bool'],
  ['has(user.username)', 'bool'],
  ['user.groups', 'list(string)'],
  ['user.?username', 'optional_type(string)'],
  ['type(1)', 'type(int)'],
  ['net.IP', 'type(net.IP)'],
  ["type(ip('::1')) == net.IP", 'bool'],
  ['google.protobuf.BoolValue{value: true}', 'wrapper(bool)'],
  ['google.protobuf.Int32Value{value: 1} + 1', 'int'],
  ['google.protobuf.StringValue{} == null', 'bool'],
  ['google.protobuf.Struct{fields: {"a": 1}}.a', 'dyn'],
  ['google.protobuf.Any{}', 'any'],
  ['google.protobuf.Timestamp{seconds: 1}', 'timestamp'],
  ['[1].map(claims, claims + 1)', 'list(int)'],
  ['[1].map(size, size([size]))', 'list(int)'],
]

/** Refused by kube-apiserver at these columns. */
const refused: readonly (readonly [source: string, ...columns: number[]])[] = [
  ['nobody', 1],
  ['nobody()', 7],
  ['claims.nobody()', 14],
  ['nobody.a + 1', 1],
  ['net', 1],
  ["1 + 'a'", 3],
  ['1 + 1u', 3],
  ['1 && true || "a"', 1, 14],
  ['1 ? 2 : 3', 3],
  ["true ? 1 : 'a'", 6],
  ['1.a', 2],
  ['[1].a', 4],
  ['size()', 5],
  ["size('a', 'b')", 5],
  ["'a'.size(1)", 9],
  ['1 in 1', 3],
  ["claims['a']['b'].c(1)", 19],
  ['claims[1]', 7],
  ["[1]['a']", 4],
  ['claims.a.map(x, x)', 7],
  ["claims.?a.orValue([]).exists(x, x == 'a')", 18],
  ['1.map(x, x)', 1],
  ["'a'.all(x, true)", 1],
  ['optional.of([1]).map(x, x)', 12],
  ['[1].all(x, x)', 12],
  ['[1].map(x, y)', 12],
  ['[1].map(x, x.y)', 13],
  ['[1].filter(x, x)', 11],
  ['[1].map(x, 1).all(x, x.a)', 23],
  ['[1].sortBy(x, [x])', 11],
  ['[?1]', 3],
  ['{?1: 2}', 6],
  ['optional.of(1).or(2)', 18],
  ["optional.of(1).orValue('a')", 23],
  ['optional.of(1).a', 15],
  ['1.?a', 2],
  ['user.nobody', 5],
  ['user.?nobody', 5],
  ['has(user.nobody)', 4],
  ['google.protobuf.BoolValue{value: 1}', 32],
  ['google.protobuf.BoolValue{nobody: true}', 33],
  ['google.protobuf.BoolValue{?value: true}', 35],
  ['Nobody{}', 7],
  ['claims{}', 7],
  ['int{}', 4],
  ['list{}', 5],
  ['int == 1', 5],
]

describe('check()', () => {
  for (const [source, type] of typed) {
    it(`finds that ${source} is ${type}`, () => {
      assert.equal(formatType(checked(source).type), type)
    })
  }

  for (const [source, ...columns] of refused) {
    it(`refuses ${source} at column ${columns.join(' and ')}`, () => {
      assert.deepEqual(
        faults(source).map(({ column }) => column),
        columns,
      )
    })
  }

  const told: readonly (readonly [source: string, message: string])[] = [
    ['1 in "a"', 'Cannot apply "in" to int, string: it does not take these types'],
    ['claims.a ? 1 : "a"', 'Cannot apply "?:" to any, int, string: it does not take these types'],
    ['-"a"', 'Cannot apply "-" to string: it does not take these types'],
    [
      '"a".startsWith(1)',
      'Cannot call string.startsWith(int): "startsWith" does not take these types',
    ],
    [
      'sets.contains(1, [1])',
      'Cannot call sets.contains(int, list(int)): "sets.contains" does not take these types',
    ],
    ['user.name', 'Cannot select "name": kubernetes.UserInfo has only username, groups'],
  ]
  for (const [source, message] of told) {
    it(`says of ${source} what is wrong, in the words that it is written in`, () => {
      assert.deepEqual(
        faults(source).map((fault) => fault.message),
        [message],
      )
    })
  }

  it('resolves names of several parts, and functions of a namespace', () => {
    assert.equal(
      write(checked('[.net.IP].size() + .claims.size()').root),
      '_+_([net.IP].size(), claims.size())',
    )
    assert.equal(write(checked('sets.contains([1], [2])').root), 'sets.contains([1], [2])')
    const { root } = checked('optional.none()')
    assert.equal(root.kind === 'call' && root.target, undefined)
  })

  it('lets a declared name of several parts win over the variable of a macro', () => {
    const { root } = checked('[1].map(net, net.IP)')
    assert.equal(root.kind, 'comprehension')
    assert.equal(root.kind === 'comprehension' && write(root.step), '_+_(@result, [net.IP])')
  })

  it('notes the overloads that may apply', () => {
    assert.deepEqual(overloadIds('1 + 2'), ['add_int64'])
    assert.deepEqual(overloadIds('sets.contains([1], [2])'), ['list_sets_contains_list'])
    assert.deepEqual(overloadIds('claims.a + 1'), ['add_int64'])
    assert.deepEqual(overloadIds('claims.?a'), ['select_optional_field'])
    assert.ok(overloadIds('claims.a + claims.b').length > 3)
  })

  it('gives every node of a program its type', () => {
    const { types, lastId } = checked('[1].exists(x, x == 2) && has(claims.a)')
    assert.ok(types.size <= lastId)
    assert.ok([...types.values()].every(({ kind }) => kind !== 'parameter' && kind !== 'error'))
  })

  it('refuses types that macros double, before they fill the memory', () => {
    assert.match(faults(`[1]${'.map(x, {x: x})'.repeat(60)}`)[0]?.message ?? '', /1000/)
  })
})
