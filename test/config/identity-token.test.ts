import assert from 'node:assert/strict'
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { describe, it } from 'node:test'
import { configOf, oneIssuer, problemsOf } from './folder.ts'
import { mixedJwk } from './mixed-key.ts'

const jwkOf = (type: 'private' | 'public', members: object, namedCurve = 'P-256'): JsonWebKey => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  const key = type === 'private' ? privateKey : publicKey
  return { ...key.export({ format: 'jwk' }), ...members }
}
const ed25519 = () => generateKeyPairSync('ed25519').privateKey
const rsa = (modulusLength: number, members: object): JsonWebKey => ({
  ...generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ format: 'jwk' }),
  ...members,
})

const first = jwkOf('private', { kid: 'k1' })
const mixed = mixedJwk(ed25519(), ed25519())
const retired = jwkOf('public', { kid: 'k0' })
const set = (...keys: readonly unknown[]) => JSON.stringify({ keys })
const good = { issuer: 'https://attache.example.com', audience: 'platform', keysFile: 'keys' }

interface Given {
  readonly section?: object | undefined
  readonly route?: object
  readonly keys?: string
}

function textOf({ section = good, route = {} }: Given): string {
  const routes = [{ identity: 'kubeflow', authorization: 'identityToken', ...route }]
  const tail = section === null ? '' : `identityToken: ${JSON.stringify(section)}\n`
  return `listen: { grpc: 127.0.0.1:9090 }\nroutes: ${JSON.stringify(routes)}\n${oneIssuer}${tail}`
}

const filesOf = ({ keys = set(first, retired) }: Given) => ({ files: { keys } })

describe('identityToken', () => {
  it('is read, and only public halves are published', () => {
    const given = { route: { audience: 'models' }, keys: set(first, retired) }
    const { identityToken, routes } = configOf(textOf(given), filesOf(given))
    assert.equal(routes[0]?.authorization, 'identityToken')
    assert.equal(routes[0]?.audience, 'models')
    assert.ok(identityToken !== undefined)
    const { jwks, signingKey, ...rest } = identityToken
    const { issuer, audience } = good
    assert.deepEqual(rest, {
      issuer,
      audience,
      keyIDs: ['k1', 'k0'],
      lifetimeMs: 300_000,
      maxBytes: 8192,
    })
    assert.partialDeepStrictEqual(signingKey, { keyID: 'k1', algorithm: 'ES256' })
    const { x, y } = first
    const published = JSON.parse(jwks) as { keys: object[] }
    assert.deepEqual(published.keys[0], {
      kty: 'EC',
      crv: 'P-256',
      x,
      y,
      kid: 'k1',
      alg: 'ES256',
      use: 'sig',
    })
    assert.partialDeepStrictEqual(published.keys[1], { kid: 'k0' })
    assert.ok(!jwks.includes(String(first.d)))
  })

  const cases: readonly (readonly [what: string, given: Given, ...problems: RegExp[]])[] = [
    ['an RSA key', { keys: set(rsa(2048, { kid: 'a', alg: 'PS256' })) }],
    [
      'an Ed25519 key',
      {
        keys: set({ ...ed25519().export({ format: 'jwk' }), kid: 'a' }),
      },
    ],
    ['a small RSA key', { keys: set(rsa(1024, { kid: 'a' })) }, /key 1 must be RSA from 2048/],
    ['another curve', { keys: set(jwkOf('private', { kid: 'a' }, 'secp256k1')) }, /key 1 /],
    ['no kid', { keys: set(jwkOf('private', {})) }, /key 1 has no "kid"/],
    [
      'one kid twice',
      { keys: set(first, { ...retired, kid: 'k1' }) },
      /key 2 has the "kid" of another/,
    ],
    ['a public key in front', { keys: set(retired, first) }, /key 1 is public/],
    [
      'an alg of another key',
      { keys: set({ ...first, alg: 'RS256' }) },
      /"alg" that does not fit: use ES256/,
    ],
    ['the algorithm none', { keys: set({ ...first, alg: 'none' }) }, /"alg" that does not fit/],
    [
      'a private part of another key',
      { keys: set({ ...mixed, kid: 'a' }, retired) },
      /key 1 has a private part that does not belong to its public part, .*copy the whole key/,
    ],
    [
      'a private part of another key, of one that is to sign later',
      { keys: set(first, { ...mixed, kid: 'a' }) },
      /key 2 has a private part that does not belong/,
    ],
    ['no keys', { keys: set() }, /must be private keys in PEM, or a JWK Set/],
    [
      'one key by itself',
      { keys: JSON.stringify(first) },
      /must be private keys in PEM, or a JWK Set/,
    ],
    ['no JSON', { keys: 'x' }, /must be private keys in PEM, or a JWK Set/],
    [
      'a key that is none',
      { keys: set({ kid: 'a', kty: 'oct', k: 'AAAA' }) },
      /key 1 is no JWK of an/,
    ],
    ['no file', { section: { ...good, keysFile: 'none' } }, /keysFile: .*no such file/],
    [
      'a Service',
      { section: { ...good, issuer: 'http://attache.attache.svc.cluster.local:8082' } },
    ],
    ['a Service by its short name', { section: { ...good, issuer: 'http://attache.attache.svc' } }],
    ['loopback', { section: { ...good, issuer: 'http://127.0.0.1:8082' } }],
    ...[
      'http://a.example.com',
      'http://a.svc.example.com',
      'http://attache.attache.svc.evil_example',
      'http://attache.attache.svcs:8082',
      'http://a.example.com/attache.attache.svc',
      'http://attache.attache.svc@a.example.com',
      'ftp://attache.attache.svc',
      'attache.attache.svc:8082',
    ].map(
      (issuer) =>
        [`"${issuer}"`, { section: { ...good, issuer } }, /issuer: must be an https/] as const,
    ),
    [
      'a query',
      { section: { ...good, issuer: 'https://a.example.com?x' } },
      /issuer: must be an https/,
    ],
    [
      'an issuer that is believed',
      { section: { ...good, issuer: 'https://dex.example.com' } },
      /issuer: must not be an issuer.url of authentication.jwt/,
    ],
    ['a short life', { section: { ...good, lifetime: '59s' } }, /lifetime: must be 1m to 1h/],
    ['a long life', { section: { ...good, lifetime: '2h' } }, /lifetime: must be 1m to 1h/],
    [
      'no audience',
      { section: { ...good, audience: undefined } },
      /identityToken.audience: is missing/,
    ],
    [
      'a section for nobody',
      { route: { authorization: 'remove' } },
      /identityToken: has no use: no route/,
    ],
    [
      'an audience for nothing',
      { route: { authorization: 'token', audience: 'x' } },
      /audience: has no use without/,
      /identityToken: has no use/,
    ],
    [
      'an API server',
      { route: { identity: 'impersonate' } },
      /identity: needs a token of Attaché's own/,
      /authorization: must not be identityToken on a route with identity: impersonate/,
    ],
  ]
  for (const [what, given, ...expected] of cases) {
    it(`${expected.length === 0 ? 'accepts' : 'refuses'} ${what}`, () => {
      const problems = problemsOf(textOf(given), filesOf(given))
      assert.equal(problems.length, expected.length, problems.join('\n'))
      for (const [index, pattern] of expected.entries())
        assert.match(problems[index] ?? '', pattern)
      assert.ok(!problems.join('\n').includes(String(first.d)))
    })
  }

  it('must be there for a route that wants one', () => {
    const text = textOf({}).replace(/identityToken: \{.*\n$/, '')
    assert.match(problemsOf(text).join(), /authorization: needs the section identityToken/)
  })

  it('is worth stealing: whoever may ask must be known', () => {
    const text = textOf({}).replace('127.0.0.1:9090', '0.0.0.0:9090')
    assert.match(
      problemsOf(text, filesOf({})).join(),
      /listen.grpc: .*authorization: identityToken/,
    )
  })
})
