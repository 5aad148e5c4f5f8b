import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mapClaims } from '../../../src/authn/jwt/claims.ts'
import { describeClaimsRead } from '../../../src/authn/jwt/claims-read.ts'
import { createCompilers } from '../../../src/config/compilers.ts'
import type { Expression, IssuerConfig } from '../../../src/config/types.ts'
import { cpuStopwatch } from '../../support/cpu-stopwatch.ts'
import { issuerConfig } from '../issuer/issuer-fixtures.ts'

const compilers = createCompilers()

function compiled(kind: 'claims' | 'user', source: string): Expression {
  const answer = compilers[kind](source)
  assert.ok('expression' in answer, JSON.stringify(answer))
  return answer.expression
}

const claim = (source: string) => ({ expression: compiled('claims', source) })
const rule = (kind: 'claims' | 'user', source: string, message = '') => ({
  expression: compiled(kind, source),
  message,
})

type Mappings = IssuerConfig['claimMappings']

function mapped(
  claims: Readonly<Record<string, unknown>>,
  mappings: Partial<Mappings> = {},
  rules: Partial<IssuerConfig> = {},
) {
  const { claimMappings } = issuerConfig()
  const config = issuerConfig({ claimMappings: { ...claimMappings, ...mappings }, ...rules })
  const answer = mapClaims({ sub: 'alice', ...claims }, config)
  return answer.kind === 'mapped' ? answer.user : answer.detail
}

/** Why there is no user. */
function faultOf(answer: ReturnType<typeof mapped>): string {
  return typeof answer === 'string' ? answer : 'mapped'
}

describe('mapClaims() with expressions', () => {
  it('computes every part of a user', () => {
    const user = mapped(
      { email: 'alice@example.com', roles: ['a', '', 'b'], team: { id: 'x' }, jti: 'J' },
      {
        username: claim("claims.email.split('@')[0] + ':' + claims.sub"),
        groups: claim("dyn(claims.roles).map(r, r == '' ? '' : 'role:' + r)"),
        uid: claim('claims.team.id'),
        extra: [
          { key: 'example.com/team', valueExpression: compiled('claims', 'claims.team.id') },
          { key: 'example.com/none', valueExpression: compiled('claims', "''") },
          {
            key: 'example.com/null',
            valueExpression: compiled('claims', 'claims.?x.orValue(null)'),
          },
        ],
      },
    )
    assert.deepEqual(user, {
      name: 'alice:alice',
      groups: ['role:a', 'role:b'],
      uid: 'x',
      extra: new Map([
        ['authentication.kubernetes.io/credential-id', ['JTI=J']],
        ['example.com/team', ['x']],
      ]),
    })
  })

  const groups: readonly { source: string; claims?: object; is: readonly string[] | RegExp }[] = [
    { source: "'one'", is: ['one'] },
    { source: "''", is: [] },
    { source: '[]', is: [] },
    { source: 'claims.g', claims: { g: null }, is: [] },
    { source: 'claims.g', claims: { g: ['a', '', 'b', 'a'] }, is: ['a', 'b', 'a'] },
    { source: 'claims.g', claims: { g: ['a', 1] }, is: /groups gives neither/ },
    { source: 'claims.g', claims: { g: ['a', null] }, is: /groups gives neither/ },
    { source: 'claims.g', claims: { g: 5 }, is: /groups gives neither/ },
    { source: 'claims.g', claims: { g: { a: 'b' } }, is: /groups gives neither/ },
    { source: 'claims.g', is: /groups fails: .*no such key/ },
    { source: '[claims.?g, claims.?h]', claims: { g: 'a', h: 'b' }, is: ['a', 'b'] },
    { source: '[claims.?g, claims.?h]', claims: { g: 'a' }, is: /groups gives neither/ },
    { source: '[claims.?g]', is: /groups gives neither/ },
    { source: "'a,b'.split(',')", is: /groups gives neither/ },
    { source: "'a,b'.split(',').map(x, x)", is: ['a', 'b'] },
  ]
  for (const { source, claims = {}, is } of groups) {
    it(`gives ${String(is)} as groups of ${source} for ${JSON.stringify(claims)}`, () => {
      const user = mapped({ ...claims }, { groups: claim(source) })
      const found = typeof user === 'string' ? user : user.groups
      if (is instanceof RegExp) assert.match(String(found), is)
      else assert.deepEqual(found, is)
    })
  }

  it('refuses an empty user name, and one that is no string', () => {
    assert.equal(mapped({}, { username: claim("''") }), 'claimMappings.username gives ""')
    assert.match(faultOf(mapped({ n: 5 }, { username: claim('claims.n') })), /gives no string/)
  })

  it('takes an empty uid', () => {
    const user = mapped({}, { uid: claim("''") })
    assert.equal(typeof user === 'string' ? user : user.uid, '')
  })

  it('asks the rules of claims, then those of the user', () => {
    const rules = {
      claimValidationRules: [
        { claim: 'hd', requiredValue: 'example.com' },
        rule('claims', 'claims.level > 2.0', 'level is too low'),
      ],
      userValidationRules: [rule('user', "!user.username.startsWith('system:')", 'reserved')],
    }
    const at = (claims: object, username = "'alice'") =>
      mapped({ hd: 'example.com', level: 3, ...claims }, { username: claim(username) }, rules)
    assert.notEqual(typeof at({}), 'string')
    assert.equal(
      at({ hd: 'other', level: 1 }),
      'claimValidationRules[0]: claim "hd" has not the required value',
    )
    assert.equal(at({ level: 1 }), 'claimValidationRules[1] is false: level is too low')
    assert.match(faultOf(at({ level: undefined })), /^claimValidationRules\[1\] fails: /)
    assert.equal(at({}, "'system:admin'"), 'userValidationRules[0] is false: reserved')
  })

  it('shows rules of the user the extra of the token', () => {
    const source = "user.extra['authentication.kubernetes.io/credential-id'] == ['JTI=1']"
    const rules = { userValidationRules: [rule('user', source)] }
    assert.notEqual(typeof mapped({ jti: '1' }, {}, rules), 'string')
    assert.equal(mapped({ jti: '2' }, {}, rules), 'userValidationRules[0] is false')
  })

  it('runs within bounds, whatever the claims are', () => {
    const bombs = [
      {
        source: 'dyn(claims.g).map(a, dyn(claims.g).map(b, dyn(claims.g).map(c, a + b + c)))[0][0]',
      },
      { source: "claims.s.matches('^(a+)+$') ? ['x'] : ['y']" },
    ]
    const claims = { g: Array.from({ length: 2000 }, () => 'a'), s: `${'a'.repeat(30_000)}!` }
    for (const { source } of bombs) {
      const cpuMs = cpuStopwatch()
      mapped(claims, { groups: claim(source) })
      assert.ok(cpuMs() < 2000, source)
    }
  })
})

describe('describeClaimsRead()', () => {
  it('names each claim that a mapping or rule selects, with its value, and no other', () => {
    const { claimMappings } = issuerConfig()
    const config = issuerConfig({
      claimMappings: {
        ...claimMappings,
        username: claim("claims.email.split('@')[0] + claims['tenant id']"),
        groups: claim('claims.?roles.orValue([])'),
      },
      claimValidationRules: [rule('claims', 'has(claims.hd) && claims.n > 1.0')],
    })
    const claims = {
      email: 'a@b',
      'tenant id': 't',
      n: 5,
      secret: 'canary',
      roles: 'x'.repeat(500),
    }
    const text = describeClaimsRead(claims, config)
    assert.match(text, /^email = "a@b", tenant id = "t", roles = "x{199}…, hd is absent, n = 5$/)
  })
})
