import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { NewSession, Refreshed, SessionLookup, Sessions } from '../../src/session/sessions.ts'
import { firstSession } from './scripted-provider.ts'
import { hourMs, type SessionsBed, sessionsBed } from './sessions-bed.ts'

const secondMs = 1_000

/** A browser with a session whose ID token ends in five seconds; so do those of refreshes. */
async function bedOfShortTokens(
  options: Parameters<typeof sessionsBed>[0] = {},
  session: Partial<NewSession> = {},
): Promise<SessionsBed> {
  const bed = await sessionsBed({ keepIDToken: true, ...options })
  const endsAtMs = () => bed.time.now() + 5 * secondMs
  bed.provider.alter = (answer) => shortened(answer, endsAtMs())
  await bed.signIn(firstSession({ ...session, idTokenExpiresAtMs: endsAtMs() }))
  return bed
}

function shortened(answer: Refreshed, idTokenExpiresAtMs: number): Refreshed {
  if (answer.kind !== 'renewed') return answer
  return { ...answer, session: { ...answer.session, idTokenExpiresAtMs } }
}

/** The ID token that may go on now, or what is to be done for one; the session itself is always there. */
function sent(lookup: SessionLookup, { time }: SessionsBed): string {
  assert.ok(lookup.kind === 'found', lookup.kind === 'refused' ? lookup.detail : 'no session')
  const { authenticated } = lookup.session
  assert.equal(authenticated.user.name, 'alice')
  const { idToken } = authenticated
  assert.ok(idToken !== undefined)
  const hasEnded = time.now() >= idToken.goodUntilMs
  assert.equal(lookup.signInHelps, hasEnded && idToken.remedy === 'sign-in')
  return hasEnded ? idToken.remedy : idToken.text
}

describe('an ID token that ends before its session', () => {
  it('is renewed, once, however many requests come', async () => {
    const bed = await bedOfShortTokens()
    for (const round of [2, 3, 4]) {
      await bed.time.pass(20 * secondMs)
      const found = await Promise.all(Array.from({ length: 20 }, () => bed.ask()))
      const tokens = new Set(found.map((lookup) => sent(lookup, bed)))
      assert.deepEqual([...tokens], [`id-token-${round}`])
      await bed.find()
    }
    assert.equal(bed.provider.calls.length, 3)
  })

  it('is renewed a second and a tenth of its life before its end, and good for half a second then', async () => {
    const bed = await bedOfShortTokens()
    await bed.time.pass(3.5 * secondMs - 1)
    assert.equal(sent(await bed.find(), bed), 'id.token.canary')
    assert.equal(bed.provider.calls.length, 0)
    await bed.time.pass(1)
    bed.provider.mode = 'away'
    assert.equal(sent(await bed.find(), bed), 'id.token.canary')
    await bed.time.pass(0.5 * secondMs - 1)
    assert.equal(sent(await bed.find(), bed), 'id.token.canary')
    await bed.time.pass(1)
    assert.equal(sent(await bed.find(), bed), 'wait')
  })

  it('needs a new sign-in without a refresh token, while the session lives on to its end', async () => {
    const bed = await bedOfShortTokens({}, { refreshToken: undefined })
    assert.equal(sent(await bed.find(), bed), 'id.token.canary')
    await bed.time.pass(4 * secondMs)
    const objects = new Set<unknown>()
    for (let hour = 0; hour < 11; hour += 1) {
      const lookup = await bed.find()
      assert.equal(sent(lookup, bed), 'sign-in')
      objects.add(lookup.kind === 'found' && lookup.session.authenticated)
      await bed.time.pass(hourMs)
    }
    // What is made of a user is kept with the object.
    assert.equal(objects.size, 1)
    await bed.time.pass(hourMs)
    assert.equal((await bed.find()).kind, 'refused')
  })

  it('comes back with the sign-in', async () => {
    const bed = await bedOfShortTokens({}, { refreshToken: undefined })
    await bed.time.pass(hourMs)
    assert.equal(sent(await bed.find(), bed), 'sign-in')
    await bed.signIn(firstSession({ idTokenExpiresAtMs: bed.time.now() + hourMs, idToken: 'new' }))
    assert.equal(sent(await bed.find(), bed), 'new')
  })

  it('ends with the session when the provider says that this is over', async () => {
    const bed = await bedOfShortTokens({}, { refreshToken: 'spent' })
    await bed.time.pass(20 * secondMs)
    assert.equal((await bed.find()).kind, 'refused')
  })

  for (const mode of ['away', 'breaks'] as const) {
    it(`is waited for while the provider is ${mode}, and comes back with it`, async () => {
      const bed = await bedOfShortTokens()
      bed.provider.mode = mode
      await bed.time.pass(4 * secondMs)
      for (let second = 0; second < 60; second += 1) {
        assert.equal(sent(await bed.find(), bed), 'wait')
        await bed.time.pass(secondMs)
      }
      const asked = bed.provider.calls.length
      assert.ok(asked >= 6 && asked <= 7, `asked ${asked} times in a minute`)
      bed.provider.mode = 'answers'
      await bed.time.pass(10 * secondMs)
      assert.equal(sent(await bed.find(), bed), 'id-token-2')
    })
  }

  it('is waited for no longer than two seconds while the provider hangs', async () => {
    const bed = await bedOfShortTokens()
    bed.provider.mode = 'hangs'
    await bed.time.pass(4 * secondMs)
    const first = bed.ask()
    await bed.time.pass(2 * secondMs)
    assert.equal(sent(await first, bed), 'wait')
    assert.equal(sent(await bed.ask(), bed), 'wait')
    bed.provider.goOn()
    await bed.time.pass(0)
    assert.equal(sent(await bed.find(), bed), 'id-token-2')
  })

  const refusing: readonly (readonly [what: string, alter: (answer: Refreshed) => Refreshed])[] = [
    ['refuses without ending it', () => ({ kind: 'refused', detail: 'invalid_request' })],
    [
      'renews it without an ID token',
      () => ({ kind: 'continued', identity: undefined, refreshToken: 'refresh-2' }),
    ],
  ]
  for (const [what, alter] of refusing) {
    it(`needs a new sign-in when the provider ${what}, and the provider is let alone`, async () => {
      const bed = await bedOfShortTokens()
      bed.provider.alter = alter
      await bed.time.pass(5 * secondMs)
      for (let second = 0; second < 25; second += 1) {
        assert.equal(sent(await bed.find(), bed), 'sign-in')
        await bed.time.pass(secondMs)
      }
      assert.equal(bed.provider.calls.length, 1)
    })
  }

  it('is renewed once the provider that refused does so no more', async () => {
    const bed = await bedOfShortTokens()
    bed.provider.alter = () => ({ kind: 'refused', detail: 'invalid_client' })
    await bed.time.pass(5 * secondMs)
    assert.equal(sent(await bed.find(), bed), 'sign-in')
    // The client's secret has been put right; the refresh token was not spent.
    bed.provider.alter = ({ kind }) =>
      shortened(
        { kind: 'renewed', session: firstSession({ idToken: `after ${kind}` }) },
        bed.time.now() + 5 * secondMs,
      )
    await bed.time.pass(30 * secondMs)
    assert.match(sent(await bed.find(), bed), /^after /)
  })

  it('is renewed at once where another replica was refused, and here it was not', async () => {
    const bed = await bedOfShortTokens()
    const other: Sessions = bed.replica()
    bed.provider.alter = () => ({ kind: 'refused', detail: 'invalid_client' })
    await bed.time.pass(5 * secondMs)
    assert.equal(sent(await bed.find(other), bed), 'sign-in')
    bed.provider.alter = () => ({
      kind: 'renewed',
      session: firstSession({ idToken: 'new', idTokenExpiresAtMs: bed.time.now() + hourMs }),
    })
    assert.equal(sent(await bed.find(), bed), 'new')
    // The version that was refused there is no longer in question.
    assert.equal(sent(await bed.find(other), bed), 'new')
  })

  it('is of no interest where no route sends it on', async () => {
    const bed = await bedOfShortTokens({ sendIDToken: false }, { refreshToken: undefined })
    await bed.time.pass(hourMs)
    const lookup = await bed.find()
    assert.ok(lookup.kind === 'found')
    assert.equal(lookup.signInHelps, false)
  })

  it('is not renewed by who only reads, and is said to be outstanding', async () => {
    const bed = await bedOfShortTokens()
    const reader = bed.replica({ isReadOnly: true })
    await bed.time.pass(5 * secondMs)
    assert.equal(sent(await bed.ask(reader), bed), 'wait')
    assert.equal(bed.provider.calls.length, 0)
  })

  it('without a known end is one that has ended', async () => {
    const bed = await bedOfShortTokens({}, { refreshToken: undefined })
    await bed.signIn(
      firstSession({ refreshToken: undefined, idTokenExpiresAtMs: Number.NEGATIVE_INFINITY }),
    )
    assert.equal(sent(await bed.find(), bed), 'sign-in')
  })
})
