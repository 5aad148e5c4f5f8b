import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createUserEnvironment } from '../../src/cel/kubernetes/environment.ts'
import { lazyClaims, userInfo } from '../../src/cel/kubernetes.ts'
import { evaluated, evaluates, parsed, shown } from './evaluated.ts'

describe('lazyClaims()', () => {
  evaluates(
    [
      ['claims.example__dot__com__slash__x', '"domain"'],
      ["claims['example.com/x']", '"domain"'],
      ['claims.a__b__c', 'error(no such key: a__b__c)'],
      ["claims['a__b__c']", 'error(no such key: a__b__c)'],
      ['claims.a__underscores__b__underscores__c', '"raw"'],
      ['claims.nested.a__b__c', '"raw"'],
      ['claims.nested.a__underscores__b__underscores__c', '"raw"'],
      ['claims.nested.k__dash__k', '"both"'],
      ["claims.nested['k-k']", '"both"'],
      ['claims.objects[0].k__dash__k', '"escaped"'],
      ['claims.objects[dyn(0.0)].k__dash__k', '"escaped"'],
      ['dyn(claims.objects).map(o, o.k__dash__k)', '["written"]'],
      ['dyn(claims.objects).transformList(i, o, o.k__dash__k)', '["escaped"]'],
      ['claims.objects.first().k__dash__k', 'optional("written")'],
      ['claims.objects == claims.objects', 'false'],
      ["'k__dash__k' in claims.nested", 'false'],
      ['claims.namespace', '"n"'],
      ['claims.__namespace__', '"n"'],
      ['has(claims.nothing)', 'true'],
      ['has(claims.missing.x)', 'error(no such key: missing)'],
      ['has(claims.nothing.x)', 'false'],
      ['has(claims.number.x)', 'false'],
      ['has(claims.objects.x)', "error(unsupported index type 'string' in list)"],
      ['claims[dyn(1)]', 'error(no such overload)'],
      ['size(claims)', 'error(no such overload: size)'],
      ['claims.number.x', 'error(no such key: x)'],
      ['claims.objects[1]', 'error(index out of bounds: 1)'],
      ["claims.objects[dyn('0')]", "error(unsupported index type 'string' in list)"],
      ['claims.objects[dyn(0.5)]', 'error(unsupported index value 0.5 in list)'],
      ['dyn(claims).exists(v, v == "n")', 'true'],
      ['string(claims.number)', '"1.7e+09"'],
    ],
    {
      'example.com/x': 'domain',
      a__b__c: 'raw',
      nested: { a__b__c: 'raw', 'k-k': 'both' },
      objects: [{ 'k-k': 'escaped', k__dash__k: 'written' }],
      namespace: 'n',
      nothing: null,
      number: 1_700_000_000,
    },
  )

  it('cannot use a claim with a number that Go cannot decode, wherever it is', () => {
    const claims = parsed('{"a": {"b": [1e400], "c": 1}, "d": 2}')
    const failed = 'error(claim "a" failed to unmarshal)'
    assert.deepEqual(
      ['claims.a.c', 'has(claims.a)', 'claims.?a', 'claims.d'].map((source) =>
        evaluated(source, claims),
      ),
      [failed, failed, failed, 'double(2)'],
    )
  })

  it('knows no property that the token has not', () => {
    assert.deepEqual(
      ['claims.constructor', 'claims.toString', 'claims.__proto__'].map((source) =>
        evaluated(source),
      ),
      ['constructor', 'toString', '__proto__'].map((name) => `error(no such key: ${name})`),
    )
  })
})

describe('userInfo()', () => {
  const user = {
    name: 'alice',
    uid: '',
    groups: ['a', 'b'],
    extra: new Map([['example.com/k', ['v']]]),
  }
  const environment = createUserEnvironment()
  const cases: readonly (readonly [source: string, result: string])[] = [
    ["user.username == 'alice'", 'true'],
    ['has(user.uid)', 'true'],
    ["user.groups.exists(g, g == 'b')", 'true'],
    ["'example.com/k' in user.extra", 'true'],
    ["user.extra['example.com/k']", '["v"]'],
    ['user.extra.example__dot__com__slash__k', '["v"]'],
    ['user.extra.missing', 'error(no such key: missing)'],
    ['user == user', 'true'],
    ['type(user)', 'type(kubernetes.UserInfo)'],
    ["dyn(user)['username']", '"alice"'],
    ['dyn(user).name', 'error(no such key: name)'],
  ]
  for (const [source, result] of cases) {
    it(`${source} is ${result}`, () => {
      const program = environment.compile(source)
      assert.ok(program.kind === 'program')
      assert.equal(shown(program.evaluate({ user: userInfo(user) })), result)
    })
  }

  it('has no field but four', () => {
    assert.equal(environment.compile('user.name').kind, 'faults')
    assert.equal(environment.compile('claims.sub').kind, 'faults')
  })

  it('is the same value each time a list is read', () => {
    const value = lazyClaims({ list: ['a'] })
    assert.equal(value.get('list'), value.get('list'))
  })
})
