import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseJwks } from '../../../src/authn/issuer/jwks.ts'
import type { KeySet } from '../../../src/authn/issuer/key-set.ts'
import type { VerificationKey } from '../../../src/authn/jwt/jwk.ts'
import { createJwtVerifier } from '../../../src/authn/jwt/jwt.ts'
import { readUnverified } from '../../../src/authn/jwt/prove-jwt.ts'
import { rejected } from '../../../src/authn/rejected.ts'
import type { IssuerConfig } from '../../../src/config/types.ts'
import { DependencyError } from '../../../src/errors.ts'
import { issuerConfig } from '../issuer/issuer-fixtures.ts'
import { ecKey, encode, jwksOf, publicJwk, rsaKey, signatureOf, signToken } from './signed-token.ts'

const nowMs = 1_800_000_000_000
const nowSeconds = nowMs / 1000
const rsa = rsaKey('rsa')
const other = rsaKey('other')
const ec = ecKey('ec')
const claims = {
  iss: 'https://idp.example.com',
  aud: 'attache',
  exp: nowSeconds + 300,
  sub: 'alice',
  groups: ['dev'],
}

function keysIn(jwks: string): readonly VerificationKey[] {
  const keys = parseJwks(jwks)
  return typeof keys === 'string' ? assert.fail(keys) : keys
}

/** Keys that change when `next` is given and a token did not verify. */
function fixedKeys(jwks: string, next?: string): KeySet & { refetches: () => number } {
  let keys = keysIn(jwks)
  let refetches = 0
  return {
    keys: async () => keys,
    refetch: async () => {
      refetches += 1
      if (next === undefined) return false
      keys = keysIn(next)
      return true
    },
    trusts: (key) => keys.includes(key),
    isMissing: () => false,
    settled: async () => {},
    close: () => {},
    refetches: () => refetches,
  }
}

const published = jwksOf(rsa, ec)

const fetchClaim = async () => rejected('credential-invalid', 'nothing stands elsewhere')

async function verify(
  token: string,
  {
    config,
    keySet = fixedKeys(published),
  }: { config?: Partial<IssuerConfig>; keySet?: KeySet } = {},
) {
  const jwt = readUnverified(token)
  assert.ok(jwt, 'the token reads as a JWT')
  const issuer = { config: issuerConfig(config), keySet, fetchClaim }
  return createJwtVerifier(issuer, { now: () => nowMs })(jwt)
}

/** Claims as text, so that members can be written in ways that no object has. */
function text(members: string): string {
  return `{"iss":"https://idp.example.com","aud":"attache","exp":${nowSeconds + 300},"sub":"alice"${members}}`
}

describe('readUnverified()', () => {
  const refused = {
    'no JWT': 'abc',
    'a payload that is no JSON': `${encode({})}.${encode('x')}.AA`,
    'a payload that is no object': `${encode({})}.${encode('[]')}.AA`,
    'a numeric issuer': `${encode({})}.${encode('{"iss":1}')}.AA`,
    'a payload of 10,001 levels': `${encode({})}.${encode(`{"iss":"x","a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)}.AA`,
  }
  for (const [what, token] of Object.entries(refused)) {
    it(`takes ${what} for no issuer's token`, () => {
      assert.equal(readUnverified(token), undefined)
    })
  }
  it('reads the issuer', () => {
    assert.equal(readUnverified(`!.${encode({ iss: 'x' })}.!`)?.issuer, 'x')
  })
})

describe('createJwtVerifier()', () => {
  it('makes a user of a good token', async () => {
    const outcome = await verify(signToken({ ...claims, email: 'a@example.com' }, { key: rsa }))
    assert.equal(outcome.kind, 'verified')
    assert.deepEqual(outcome.kind === 'verified' && outcome.authenticated, {
      kind: 'authenticated',
      authenticator: 'jwt',
      user: { name: 'alice', uid: '', groups: ['dev'], extra: new Map() },
      email: 'a@example.com',
      idToken: undefined,
      expiresAtMs: nowMs + 300_001,
    })
  })

  const good = {
    'an ES256 token': signToken(claims, { key: ec, alg: 'ES256' }),
    'a PS384 token': signToken(claims, { key: rsa, alg: 'PS384' }),
    'a token without kid': signToken(claims, { key: ec, alg: 'ES256', header: { alg: 'ES256' } }),
    'a token with an empty kid': signToken(claims, { key: rsa, header: { alg: 'RS256', kid: '' } }),
    'a token whose header points elsewhere': signToken(claims, {
      key: rsa,
      header: { alg: 'RS256', kid: 'rsa', jku: 'http://127.0.0.1:1/', x5u: 'http://127.0.0.1:1/' },
    }),
    'an access token': signToken(claims, {
      key: rsa,
      header: { alg: 'RS256', kid: 'rsa', typ: 'at+jwt' },
    }),
    'the last of repeated claims': signToken(text(',"sub":"mallory","sub":"alice"'), { key: rsa }),
    'a token that is not valid for another minute': signToken(
      { ...claims, nbf: nowSeconds + 60 },
      { key: rsa },
    ),
    'a token issued in the future': signToken({ ...claims, iat: nowSeconds + 9_999 }, { key: rsa }),
    'a token in its last millisecond': signToken({ ...claims, exp: nowSeconds }, { key: rsa }),
    'an audience among others': signToken({ ...claims, aud: ['x', 'attache'] }, { key: rsa }),
  }
  for (const [what, token] of Object.entries(good)) {
    it(`verifies ${what}`, async () => {
      const outcome = await verify(token)
      assert.equal(outcome.kind === 'verified' && outcome.authenticated.user.name, 'alice')
    })
  }

  const input = `${encode({ alg: 'RS256', kid: 'rsa' })}.${encode(claims)}`
  const signature = signatureOf(input, 'RS256', rsa).toString('base64url')
  const bad = {
    'no algorithm at all': [
      `${encode({ alg: 'none', kid: 'rsa' })}.${encode(claims)}.`,
      'credential-invalid',
    ],
    'an HMAC with the public key': [
      signToken(claims, { key: rsa, alg: 'HS256' }),
      'credential-invalid',
    ],
    'an algorithm of another type of key': [
      `${encode({ alg: 'RS256', kid: 'ec' })}.${encode(claims)}.${signature}`,
      'credential-invalid',
    ],
    'a signature of another key': [
      signToken(claims, { key: other, header: { alg: 'RS256', kid: 'rsa' } }),
      'credential-invalid',
    ],
    'a key of its own': [
      signToken(claims, {
        key: other,
        header: { alg: 'RS256', kid: 'other', jwk: publicJwk(other) },
      }),
      'credential-invalid',
    ],
    'an unknown kid': [
      signToken(claims, { key: rsa, header: { alg: 'RS256', kid: '../../rsa' } }),
      'credential-invalid',
    ],
    'the kid of another key': [
      signToken(claims, { key: rsa, header: { alg: 'RS256', kid: 'ec' } }),
      'credential-invalid',
    ],
    'changed claims': [
      `${encode({ alg: 'RS256', kid: 'rsa' })}.${encode({ ...claims, sub: 'root' })}.${signature}`,
      'credential-invalid',
    ],
    'a changed header': [
      `${encode({ kid: 'rsa', alg: 'RS256' })}.${encode(claims)}.${signature}`,
      'credential-invalid',
    ],
    'a cut signature': [`${input}.${signature.slice(0, -4)}`, 'credential-invalid'],
    'half a signature': [`${input}.${signature.slice(0, 100)}`, 'credential-invalid'],
    'no signature': [`${input}.`, 'credential-invalid'],
    'a broken header': [`!.${encode(claims)}.${signature}`, 'credential-malformed'],
    'a critical extension': [
      signToken(claims, { key: rsa, header: { alg: 'RS256', kid: 'rsa', crit: ['exp'] } }),
      'credential-invalid',
    ],
    'no exp': [signToken({ ...claims, exp: undefined }, { key: rsa }), 'credential-expired'],
    'an exp in the past': [
      signToken({ ...claims, exp: nowSeconds - 1 }, { key: rsa }),
      'credential-expired',
    ],
    'a negative exp': [signToken({ ...claims, exp: -1 }, { key: rsa }), 'credential-expired'],
    'an exp of 1e300': [signToken({ ...claims, exp: 1e300 }, { key: rsa }), 'credential-expired'],
    'an exp of 1e400': [signToken(text(',"exp":1e400'), { key: rsa }), 'credential-malformed'],
    'an exp of words': [
      signToken({ ...claims, exp: 'tomorrow' }, { key: rsa }),
      'credential-malformed',
    ],
    'an exp of null': [signToken({ ...claims, exp: null }, { key: rsa }), 'credential-malformed'],
    'a second exp': [signToken(text(',"EXP":1'), { key: rsa }), 'credential-expired'],
    'an nbf too far ahead': [
      signToken({ ...claims, nbf: nowSeconds + 61 }, { key: rsa }),
      'credential-invalid',
    ],
    'no aud': [signToken({ ...claims, aud: undefined }, { key: rsa }), 'credential-invalid'],
    'another aud': [signToken({ ...claims, aud: ['x'] }, { key: rsa }), 'credential-invalid'],
    'an aud in capitals': [
      signToken({ ...claims, aud: 'ATTACHE' }, { key: rsa }),
      'credential-invalid',
    ],
    'a numeric aud': [signToken({ ...claims, aud: 1 }, { key: rsa }), 'credential-malformed'],
    'a numeric sub': [signToken({ ...claims, sub: 1 }, { key: rsa }), 'credential-malformed'],
    'groups of objects': [
      signToken({ ...claims, groups: [{}] }, { key: rsa }),
      'credential-invalid',
    ],
  } as const
  for (const [what, [token, reason]] of Object.entries(bad)) {
    it(`refuses a token with ${what}`, async () => {
      const outcome = await verify(token)
      assert.partialDeepStrictEqual(outcome, { kind: 'rejected', reason })
    })
    it(`tells nothing of a token with ${what}`, async () => {
      const outcome = await verify(token)
      const parts = token.split('.').filter((part) => part.length > 3)
      const detail = JSON.stringify(outcome)
      assert.deepEqual(
        parts.filter((part) => detail.includes(part)),
        [],
      )
    })
  }

  it('refuses an algorithm that is not configured', async () => {
    const outcome = await verify(signToken(claims, { key: rsa }), {
      config: { algorithms: ['ES256'] },
    })
    assert.equal(outcome.kind, 'rejected')
  })

  it('accepts any of several audiences', async () => {
    const config = { audiences: ['x', 'attache'] }
    assert.equal((await verify(signToken(claims, { key: rsa }), { config })).kind, 'verified')
  })

  it('verifies a token whose last character has unused bits set, as kube-apiserver does', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet[alphabet.indexOf(signature.at(-1) ?? '') + 1]
    assert.equal((await verify(`${input}.${signature.slice(0, -1)}${last}`)).kind, 'verified')
  })

  it('finds a key that was published since', async () => {
    const keySet = fixedKeys(published, jwksOf(rsa, other))
    assert.equal((await verify(signToken(claims, { key: other }), { keySet })).kind, 'verified')
    assert.equal(keySet.refetches(), 1)
  })

  it('fetches no keys for a token that verifies', async () => {
    const keySet = fixedKeys(published)
    await verify(signToken(claims, { key: rsa }), { keySet })
    assert.equal(keySet.refetches(), 0)
  })

  it('fetches no keys for an algorithm that is never accepted', async () => {
    const keySet = fixedKeys(published)
    await verify(signToken(claims, { key: rsa, alg: 'HS256' }), { keySet })
    assert.equal(keySet.refetches(), 0)
  })

  it('tells when the key is withdrawn', async () => {
    const keySet = fixedKeys(published, jwksOf(ec))
    const outcome = await verify(signToken(claims, { key: rsa }), { keySet })
    assert.ok(outcome.kind === 'verified')
    assert.equal(outcome.isKeyTrusted(), true)
    await keySet.refetch([])
    assert.equal(outcome.isKeyTrusted(), false)
  })

  it('is unavailable when there are no keys', async () => {
    const outage = new DependencyError('issuer', 'Cannot fetch keys: away')
    const keySet = { ...fixedKeys(published), keys: () => Promise.reject(outage) }
    await assert.rejects(verify(signToken(claims, { key: rsa }), { keySet }), outage)
  })
})
