import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { anonymous } from '../../src/authn/anonymous.ts'
import { noCredential } from '../../src/authn/authenticator.ts'
import type { VerifiedToken } from '../../src/authn/jwt/jwt.ts'
import { rejected } from '../../src/authn/rejected.ts'
import { cacheTokens, type TokenCacheOptions } from '../../src/authn/token-cache.ts'
import { maxTokenLength, type TokenVerifier } from '../../src/authn/token-union.ts'
import { DependencyError } from '../../src/errors.ts'
import { cpuStopwatch } from '../support/cpu-stopwatch.ts'

const expired = rejected('credential-expired', 'long ago')

/** Verifies every token that starts with `good` and counts how often it is asked. */
function start(options: Partial<TokenCacheOptions> = {}) {
  const world = { nowMs: 1_000, verified: 0, isKeyTrusted: true }
  const verify: TokenVerifier = async (token) => {
    world.verified += 1
    return token.startsWith('good') ? verifiedAs(token) : expired
  }
  const verifiedAs = (name: string): VerifiedToken => ({
    kind: 'verified',
    freshUntilMs: 2_000,
    isKeyTrusted: () => world.isKeyTrusted,
    authenticated: {
      kind: 'authenticated',
      user: { name, uid: '', groups: ['g'], extra: new Map([['k', ['v']]]) },
      authenticator: 'jwt',
      email: undefined,
      idToken: undefined,
      expiresAtMs: 2_000,
    },
  })
  return { world, authenticate: cacheTokens(verify, { now: () => world.nowMs, ...options }) }
}

describe('cacheTokens()', () => {
  it('hands out the same object for the same token, verified once', async () => {
    const { world, authenticate } = start()
    const first = await authenticate('good')
    assert.equal(await authenticate('good'), first)
    assert.equal(world.verified, 1)
  })

  it('answers at once where the verifier does, and remembers it', () => {
    const verified: VerifiedToken = {
      kind: 'verified',
      freshUntilMs: 2_000,
      isKeyTrusted: () => true,
      authenticated: anonymous,
    }
    let asked = 0
    const authenticate = cacheTokens(
      (token) => {
        asked += 1
        return token === 'good' ? verified : expired
      },
      { now: () => 1_000 },
    )
    assert.equal(authenticate('good'), anonymous)
    assert.equal(authenticate('good'), anonymous)
    assert.equal(authenticate('bad'), expired)
    assert.equal(authenticate('bad'), expired)
    assert.equal(asked, 3)
  })

  it('verifies equal tokens that arrive together once', async () => {
    const { world, authenticate } = start()
    const outcomes = await Promise.all(Array.from({ length: 50 }, async () => authenticate('good')))
    assert.equal(new Set(outcomes).size, 1)
    assert.equal(world.verified, 1)
  })

  it('keeps tokens apart', async () => {
    const { authenticate } = start()
    const names = await Promise.all(
      ['good1', 'good2', 'good1'].map(async (token) => {
        const outcome = await authenticate(token)
        return outcome.kind === 'authenticated' ? outcome.user.name : outcome.kind
      }),
    )
    assert.deepEqual(names, ['good1', 'good2', 'good1'])
  })

  it('verifies again from the expiry on', async () => {
    const { world, authenticate } = start()
    await authenticate('good')
    world.nowMs = 1_999
    await authenticate('good')
    assert.equal(world.verified, 1)
    world.nowMs = 2_000
    await authenticate('good')
    assert.equal(world.verified, 2)
  })

  it('verifies again once the key is withdrawn', async () => {
    const { world, authenticate } = start()
    await authenticate('good')
    world.isKeyTrusted = false
    await authenticate('good')
    assert.equal(world.verified, 2)
  })

  it('remembers no refusal', async () => {
    const { world, authenticate } = start()
    assert.equal(await authenticate('bad'), expired)
    assert.equal(await authenticate('bad'), expired)
    assert.equal(world.verified, 2)
  })

  it('remembers no outage', async () => {
    const outage = new DependencyError('issuer', 'Cannot fetch keys: away')
    const answers = [() => Promise.reject(outage), async () => noCredential]
    const authenticate = cacheTokens(() => (answers.shift() ?? assert.fail())(), { now: () => 0 })
    await assert.rejects(async () => authenticate('good'), outage)
    assert.equal(await authenticate('good'), noCredential)
  })

  it('does not let bad tokens push good ones out', async () => {
    const { world, authenticate } = start({ maxEntries: 2 })
    await authenticate('good')
    for (let index = 0; index < 100; index += 1) await authenticate(`bad${index}`)
    world.verified = 0
    await authenticate('good')
    assert.equal(world.verified, 0)
  })

  it('forgets the token that was not used for longest when it is full', async () => {
    const { world, authenticate } = start({ maxEntries: 2 })
    for (const token of ['good1', 'good2', 'good1', 'good3']) await authenticate(token)
    world.verified = 0
    await authenticate('good1')
    assert.equal(world.verified, 0)
    await authenticate('good2')
    assert.equal(world.verified, 1)
  })

  it('keeps to its bytes', async () => {
    const { world, authenticate } = start({ maxBytes: 2_000 })
    for (let index = 0; index < 10; index += 1) await authenticate(`good${index}`)
    world.verified = 0
    for (let index = 9; index >= 0; index -= 1) await authenticate(`good${index}`)
    assert.ok(world.verified >= 6, `${world.verified} of 10 were verified again`)
  })

  it('refuses 1,000 tokens of 100 KB in less than a tenth of a second', async () => {
    const { authenticate } = start()
    const token = 'x'.repeat(100_000)
    const cpuMs = cpuStopwatch()
    for (let index = 0; index < 1_000; index += 1) await authenticate(token)
    assert.ok(cpuMs() < 100)
  })

  it('remembers no token that is too long', async () => {
    const { world, authenticate } = start()
    const token = `good${'x'.repeat(maxTokenLength)}`
    await authenticate(token)
    await authenticate(token)
    assert.equal(world.verified, 2)
  })
})
