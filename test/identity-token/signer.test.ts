import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, it } from 'node:test'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { authenticated } from '../../src/authn/authenticated.ts'
import type { IdentityTokenConfig } from '../../src/config/identity-token.ts'
import { createIdentityTokens } from '../../src/identity-token/signer.ts'
import { userInfo } from '../support/user.ts'

const nowMs = Date.UTC(2026, 10, 22, 12)

function signer(overrides: Partial<IdentityTokenConfig> = {}, key: KeyObject = ecKey()) {
  const clock = { nowMs }
  const config: IdentityTokenConfig = {
    issuer: 'https://attache.example.com',
    signingKey: {
      keyID: 'k1',
      algorithm: 'ES256',
      pem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
    keyIDs: ['k1'],
    jwks: '',
    audience: 'platform',
    lifetimeMs: 300_000,
    maxBytes: 8192,
    ...overrides,
  }
  const tokenFor = createIdentityTokens({ config, now: () => clock.nowMs })
  const read = async (token: unknown, audience = 'platform') => {
    assert.equal(typeof token, 'string')
    const currentDate = new Date(clock.nowMs)
    const options = { issuer: config.issuer, audience, currentDate }
    return (await jwtVerify(String(token), createPublicKey(key), options)).payload
  }
  return { tokenFor, clock, read }
}

function ecKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

function somebody(overrides: { groups?: string[]; email?: string; expiresAtMs?: number } = {}) {
  const { groups = ['a', 'b,"c"', 'ü'], email, expiresAtMs = nowMs + 3_600_000 } = overrides
  const user = userInfo({ name: 'alice', groups })
  return authenticated(user, { by: 'session', expiresAtMs, ...(email && { email }) })
}

describe('identity tokens', () => {
  it('say who it is, with the groups as a list', async () => {
    const { tokenFor, read } = signer()
    const token = await tokenFor(somebody({ email: 'alice@example.com' }), 'platform')
    assert.ok(typeof token === 'string')
    assert.deepEqual(await read(token), {
      iss: 'https://attache.example.com',
      sub: 'alice',
      aud: 'platform',
      iat: nowMs / 1000,
      exp: nowMs / 1000 + 300,
      groups: ['a', 'b,"c"', 'ü'],
      email: 'alice@example.com',
    })
    assert.deepEqual(decodeProtectedHeader(token), { alg: 'ES256', kid: 'k1', typ: 'JWT' })
  })

  it('leave an email out that nobody has verified', async () => {
    const { tokenFor, read } = signer()
    assert.equal('email' in (await read(await tokenFor(somebody(), 'platform'))), false)
  })

  it('do not live longer than what the user has shown', async () => {
    const { tokenFor, read } = signer()
    const user = somebody({ expiresAtMs: nowMs + 90_500 })
    assert.equal((await read(await tokenFor(user, 'platform'))).exp, nowMs / 1000 + 90)
  })

  it('are kept for a user and an audience until half of their life is over', async () => {
    const { tokenFor, clock, read } = signer()
    const user = somebody()
    const [first, second] = await Promise.all([
      tokenFor(user, 'platform'),
      tokenFor(user, 'platform'),
    ])
    assert.equal(first, second)
    clock.nowMs += 149_999
    assert.equal(tokenFor(user, 'platform'), first)
    clock.nowMs += 1
    const renewed = await tokenFor(user, 'platform')
    assert.notEqual(renewed, first)
    assert.equal((await read(renewed)).iat, nowMs / 1000 + 150)
  })

  it('are never those of another audience or user', async () => {
    const { tokenFor, read } = signer()
    const user = somebody()
    await tokenFor(user, 'platform')
    assert.equal((await read(await tokenFor(user, 'other'), 'other')).aud, 'other')
    const equal = somebody({ groups: [] })
    assert.deepEqual((await read(await tokenFor(equal, 'platform'))).groups, [])
  })

  it('are refused when they are too large, and groups are never cut', async () => {
    const { tokenFor } = signer({ maxBytes: 1024 })
    const groups = Array.from({ length: 200 }, (_, index) => `group-${index}`)
    const token = await tokenFor(somebody({ groups }), 'platform')
    assert.ok(typeof token === 'object' && token.kind === 'too-large' && token.bytes > 1024)
  })
})
