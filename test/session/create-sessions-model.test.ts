import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Arbitrary,
  array,
  asyncProperty,
  constant,
  constantFrom,
  assert as holds,
  nat,
  oneof,
  record,
} from 'fast-check'
import { hourMs, minuteMs, type SessionsBed, sessionsBed } from './sessions-bed.ts'

type Step =
  | { readonly kind: 'pass'; readonly ms: number }
  /** `isTaken`: the browser gets what is set, as with an allowed request; a denied one sets nothing. */
  | { readonly kind: 'ask'; readonly replica: number; readonly isTaken: boolean }
  | { readonly kind: 'provider'; readonly mode: 'answers' | 'away' | 'hangs' }
  | { readonly kind: 'revoke' }
  | { readonly kind: 'sign-out' }

const steps: Arbitrary<Step> = oneof(
  {
    weight: 60,
    arbitrary: record({
      kind: constant('ask' as const),
      replica: nat(2),
      isTaken: constantFrom(true, true, false),
    }),
  },
  {
    weight: 60,
    arbitrary: record({
      kind: constant('pass' as const),
      ms: constantFrom(500, minuteMs, 5 * minuteMs, 20 * minuteMs, 40 * minuteMs, hourMs),
    }),
  },
  {
    weight: 20,
    arbitrary: record({
      kind: constant('provider' as const),
      mode: constantFrom('answers' as const, 'answers' as const, 'away' as const, 'hangs' as const),
    }),
  },
  { weight: 1, arbitrary: constant({ kind: 'revoke' as const }) },
  { weight: 1, arbitrary: constant({ kind: 'sign-out' as const }) },
)

const idleMs = hourMs
const absoluteMs = 6 * hourMs

interface Seen {
  /** When it was asked and when it was answered, milliseconds since the epoch. */
  readonly fromMs: number
  readonly untilMs: number
  readonly isRevoked: boolean
}

/** What must be true of each answer, from what was seen before it. */
function createModel(startMs: number) {
  let lastUsedAtMs = startMs
  let lastGroup = 0
  let isOver = false
  return {
    signedOut: () => {
      isOver = true
    },
    /** `group` is undefined for a request that found no session. */
    saw: (group: number | undefined, { fromMs, untilMs, isRevoked }: Seen) => {
      const endsAtMs = Math.min(startMs + absoluteMs, lastUsedAtMs + idleMs)
      if (group === undefined) {
        // It is noted as used every tenth of the idle lifetime, so it may end that much earlier.
        const isIdle = untilMs >= lastUsedAtMs + 0.9 * idleMs
        assert.ok(isOver || isRevoked || isIdle || untilMs >= endsAtMs, 'ended without a reason')
        isOver = true
        return
      }
      assert.ok(!isOver && fromMs < endsAtMs, 'found after its end')
      assert.ok(group >= lastGroup, 'old groups came back')
      lastUsedAtMs = fromMs
      lastGroup = group
    },
  }
}

async function run(bed: SessionsBed, list: readonly Step[]): Promise<void> {
  const { time, provider, sessions } = bed
  const replicas = [sessions, bed.replica(), bed.replica()]
  const model = createModel(time.now())
  let isRevoked = false
  provider.alter = (refreshed) => {
    assert.equal(refreshed.kind, 'renewed', 'a refresh token was spent twice')
    if (isRevoked) return { kind: 'ended', detail: 'revoked' }
    provider.groups = [String(Number(provider.groups[0]) + 1)]
    return refreshed
  }
  provider.groups = ['1']
  for (const step of list) {
    switch (step.kind) {
      case 'pass':
        await time.pass(step.ms)
        break
      case 'provider':
        provider.mode = step.mode
        provider.goOn()
        break
      case 'revoke':
        isRevoked = true
        break
      case 'sign-out': {
        const nowMs = time.now()
        const cookie = [...bed.jar()].map(([name, value]) => `${name}=${value}`).join('; ')
        await sessions.end({ cookieHeader: cookie, hostname: 'app.example.com', nowMs })
        model.signedOut()
        break
      }
      case 'ask': {
        const fromMs = time.now()
        const replica = replicas[step.replica]
        const asked = step.isTaken ? bed.find(replica) : bed.ask(replica)
        // A request that waits, for the provider or for another replica, goes on after two seconds.
        const lookup = await Promise.race([asked, time.pass(2_500).then(() => asked)])
        const group =
          lookup.kind === 'found'
            ? Number(lookup.session.authenticated.user.groups[0]) || 0
            : undefined
        model.saw(group, { fromMs, untilMs: time.now(), isRevoked })
      }
    }
  }
  provider.goOn()
}

describe('createSessions(), whatever happens in whatever order', () => {
  it('ends no session without a reason, brings none back, and spends no refresh token twice', async () => {
    await holds(
      asyncProperty(array(steps, { maxLength: 60, size: 'max' }), async (list) => {
        const config = {
          idleLifetimeMs: idleMs,
          absoluteLifetimeMs: absoluteMs,
          refreshAfterMs: 30 * minuteMs,
        }
        await run(await sessionsBed({ config }), list)
      }),
      { numRuns: 150 },
    )
  })
})
