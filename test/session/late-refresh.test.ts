import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cookieHeader } from '../support/cookie-jar.ts'
import { firstSession } from './scripted-provider.ts'
import {
  hourMs,
  outcome,
  type SessionsBed,
  type SessionsBedOptions,
  sessionsBed,
} from './sessions-bed.ts'

/** The provider has given the next refresh token, and its answer is still under way. */
async function refreshing(options?: SessionsBedOptions): Promise<SessionsBed> {
  const bed = await sessionsBed(options)
  bed.provider.mode = 'hangs'
  await bed.time.pass(hourMs)
  const asked = bed.ask()
  await bed.time.pass(2_000)
  assert.equal(outcome(await asked), 'before')
  return bed
}

const signOut = (bed: SessionsBed) =>
  bed.sessions.end({
    cookieHeader: cookieHeader(bed.jar()),
    hostname: 'app.example.com',
    nowMs: bed.time.now(),
  })
const issued = (n: number) => ({ provider: 'dex', refreshToken: `refresh-${n}` })

describe('a refresh that a sign-out has overtaken', () => {
  it('hands over what it got, and the session does not come back', async () => {
    const bed = await refreshing()
    const { refreshTokens, lateRefreshTokens } = await signOut(bed)
    assert.deepEqual(refreshTokens, [issued(1)])
    bed.provider.goOn()
    assert.deepEqual(await lateRefreshTokens, [issued(2)])
    assert.equal(outcome(await bed.ask()), 'credential-invalid')
    assert.deepEqual(
      bed.heard.map(({ result }) => result),
      ['failed'],
    )
  })

  it('hands over nothing when the provider gives no other token', async () => {
    for (const answer of [
      { kind: 'ended', detail: 'invalid_grant' } as const,
      { kind: 'refused', detail: 'invalid_client' } as const,
      { kind: 'continued', identity: undefined, refreshToken: 'refresh-1' } as const,
      // Somebody else's token is not to be ended.
      {
        kind: 'renewed',
        session: firstSession({ subject: 'mallory', refreshToken: 'theirs' }),
      } as const,
    ]) {
      const bed = await refreshing()
      bed.provider.alter = () => answer
      const { lateRefreshTokens } = await signOut(bed)
      bed.provider.goOn()
      assert.deepEqual(await lateRefreshTokens, [])
    }
  })

  it('hands over each token once when the store has taken it', async () => {
    const bed = await refreshing()
    bed.provider.goOn()
    await bed.time.pass(0)
    const { refreshTokens, lateRefreshTokens } = await signOut(bed)
    assert.deepEqual([refreshTokens, await lateRefreshTokens], [[issued(2)], []])
  })

  it('hands over what the store has taken while it was ending the session', async () => {
    const slow = Promise.withResolvers<void>()
    const bed = await refreshing({
      between: (store) => ({
        ...store,
        end: async (request) => {
          const ended = await store.end(request)
          await slow.promise
          return ended
        },
      }),
    })
    const ending = signOut(bed)
    bed.provider.goOn()
    await bed.time.pass(0)
    slow.resolve()
    const { refreshTokens, lateRefreshTokens } = await ending
    assert.deepEqual([refreshTokens, await lateRefreshTokens], [[issued(1)], [issued(2)]])
  })

  it('hands over nothing of a session that somebody else has', async () => {
    const bed = await refreshing()
    const { refreshTokens, lateRefreshTokens } = await bed.sessions.end({
      cookieHeader: undefined,
      hostname: 'app.example.com',
      nowMs: bed.time.now(),
    })
    bed.provider.goOn()
    assert.deepEqual([refreshTokens, await lateRefreshTokens], [[], []])
  })
})
