import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readUnverified } from '../../../src/authn/jwt/prove-jwt.ts'
import { readServiceAccount } from '../../../src/authn/service-account/claims.ts'
import { encode } from '../jwt/signed-token.ts'

type Json = Readonly<Record<string, unknown>>

const account = { namespace: 'team', serviceaccount: { name: 'bot', uid: '1' } }
const good = {
  iss: 'https://cluster.example.com',
  sub: 'system:serviceaccount:team:bot',
  aud: ['api'],
  exp: 2_000,
  'kubernetes.io': account,
}

function read(payload: Json | string) {
  const jwt = readUnverified(`e30.${encode(payload)}.x`)
  assert.ok(jwt !== undefined)
  return readServiceAccount(jwt)
}

function extraOf(payload: Json): Json {
  const claims = read(payload)
  return claims.kind === 'claims'
    ? Object.fromEntries([...claims.user.extra].map(([key, [value]]) => [key, value]))
    : { rejected: claims.detail }
}

const bound = (to: Json) => ({ ...good, 'kubernetes.io': { ...account, ...to } })
const key = (name: string) => `authentication.kubernetes.io/${name}`

describe('readServiceAccount()', () => {
  it('reads who it is, and for whom and when', () => {
    assert.deepEqual(read({ ...good, nbf: 1_000.9, iat: 999.9, exp: 2_000.9 }), {
      kind: 'claims',
      user: {
        name: 'system:serviceaccount:team:bot',
        uid: '1',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:team'],
        extra: new Map(),
      },
      audiences: ['api'],
      expiry: 2_000,
      notBefore: 1_000,
      issuedAt: 999,
    })
  })

  it('reads what the token is bound to', () => {
    const [pod, node] = [
      { name: 'p', uid: '2' },
      { name: 'n', uid: '3' },
    ]
    assert.deepEqual(extraOf({ ...bound({ pod, node }), jti: 'j' }), {
      [key('credential-id')]: 'JTI=j',
      [key('node-name')]: 'n',
      [key('node-uid')]: '3',
      [key('pod-name')]: 'p',
      [key('pod-uid')]: '2',
    })
    assert.deepEqual(extraOf(bound({ node: { name: 'n' } })), { [key('node-name')]: 'n' })
    assert.deepEqual(extraOf(bound({ node: { uid: '3' } })), {})
    assert.deepEqual(extraOf(bound({ pod: { name: 'p' } })), {})
    assert.deepEqual(extraOf(bound({ secret: { name: 's', uid: '4' }, warnafter: 5 })), {})
  })

  const long = 'x'.repeat(64)
  const malformed: readonly (readonly [name: string, payload: Json | string])[] = [
    ['no audience', { ...good, aud: undefined }],
    ['null for an audience', { ...good, aud: null }],
    ['an audience in an object', { ...good, aud: { api: true } }],
    ['no exp', { ...good, exp: undefined }],
    ['an exp as text', { ...good, exp: '2000' }],
    ['an exp beyond numbers', JSON.stringify(good).replace('2000', '1e400')],
    ['an nbf as text', { ...good, nbf: '1' }],
    ['an iat as text', { ...good, iat: '1' }],
    ['a jti in a list', { ...good, jti: ['j'] }],
    ['an issuer in capitals', { ...good, iss: undefined, ISS: good.iss }],
    ['a claim twice', JSON.stringify(good).replace('{', '{"sub":"x",')],
    ['a name twice', JSON.stringify(good).replace('{"name"', '{"name":"x","name"')],
    ['no private claim', { ...good, 'kubernetes.io': undefined }],
    [
      'a private claim in capitals',
      { ...good, 'kubernetes.io': undefined, 'Kubernetes.io': account },
    ],
    ['a private claim in a list', { ...good, 'kubernetes.io': [account] }],
    ...[
      { namespace: undefined },
      { namespace: '' },
      { namespace: ['team'] },
      { namespace: 'a.b' },
      { namespace: 'Team' },
      { namespace: 'team:bot' },
      { namespace: 'team\n' },
      { namespace: long },
      { serviceaccount: undefined },
      { serviceaccount: 'bot' },
      { serviceaccount: { name: 'bot' } },
      { serviceaccount: { name: 'bot', uid: 1 } },
      { serviceaccount: { uid: '1' } },
      { serviceaccount: { name: '', uid: '1' } },
      { serviceaccount: { name: ['bot'], uid: '1' } },
      { serviceaccount: { name: 'a:b', uid: '1' } },
      { serviceaccount: { name: 'a..b', uid: '1' } },
      { serviceaccount: { name: `${long}.${long}.${long}.${long}`, uid: '1' } },
      { pod: 'p' },
      { pod: { name: 1, uid: '2' } },
      { node: ['n'] },
    ].map(
      (changes) =>
        [
          JSON.stringify(changes).slice(0, 60),
          { ...good, 'kubernetes.io': { ...account, ...changes } },
        ] as const,
    ),
  ]
  for (const [name, payload] of malformed) {
    it(`rejects ${name}`, () => {
      const claims = read(payload)
      assert.equal(claims.kind === 'rejected' && claims.reason, 'credential-malformed')
    })
  }

  for (const sub of [undefined, '', 'bot', 'system:serviceaccount:other:bot', 7]) {
    it(`rejects a sub that is ${JSON.stringify(sub)}`, () => {
      const claims = read({ ...good, sub })
      assert.equal(claims.kind === 'rejected' && claims.reason, 'credential-invalid')
    })
  }

  it('takes names as Kubernetes gives them', () => {
    const name = 'a-1.b.c'
    const claims = read({
      ...good,
      sub: `system:serviceaccount:0-team:${name}`,
      'kubernetes.io': { namespace: '0-team', serviceaccount: { name, uid: '1' } },
    })
    assert.equal(claims.kind, 'claims')
  })
})
