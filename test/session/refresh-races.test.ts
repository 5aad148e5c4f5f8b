import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DependencyError } from '../../src/errors.ts'
import type { Sessions } from '../../src/session/sessions.ts'
import type { Lease, SessionStore } from '../../src/session/store.ts'
import { hourMs, outcome, type SessionsBed, sessionsBed } from './sessions-bed.ts'

// The replicas here share one memory of cookies, which keeps, fences and leases as a shared store does;
// test/session/redis*.test.ts has the same with Redis.

async function manyRequests(bed: SessionsBed, replicas: readonly Sessions[], count = 50) {
  return Promise.all(
    Array.from({ length: count }, (_, n) => bed.ask(replicas[n % replicas.length])),
  )
}

/** A store whose holder of a lease is killed as soon as it has it: nothing of it comes back. */
function killedHolder(store: SessionStore): SessionStore {
  return {
    ...store,
    lease: async (stored, forMs) => {
      await store.lease(stored, forMs)
      return new Promise<Lease>(() => {})
    },
  }
}

describe('50 requests at once on 3 replicas, with a refresh token for one use', () => {
  it('make one call, and all of them succeed with the new groups', async () => {
    const bed = await sessionsBed()
    const replicas = [bed.sessions, bed.replica(), bed.replica()]
    await bed.time.pass(hourMs)
    const asked = manyRequests(bed, replicas)
    await bed.time.pass(1000)
    assert.deepEqual((await asked).map(outcome), Array(50).fill('after'))
    assert.equal(bed.provider.calls.length, 1)
  })

  it('do so when the provider takes its time', async () => {
    const bed = await sessionsBed()
    const replicas = [bed.sessions, bed.replica(), bed.replica()]
    bed.provider.mode = 'hangs'
    await bed.time.pass(hourMs)
    const asked = manyRequests(bed, replicas)
    await bed.time.pass(1500)
    bed.provider.goOn()
    await bed.time.pass(400)
    assert.deepEqual((await asked).map(outcome), Array(50).fill('after'))
    assert.equal(bed.provider.calls.length, 1)
  })

  it('go on as they are when the provider gives no answer, with one call for each replica', async () => {
    const bed = await sessionsBed()
    const replicas = [bed.sessions, bed.replica(), bed.replica()]
    bed.provider.mode = 'away'
    await bed.time.pass(hourMs)
    for (let second = 0; second < 20; second += 4) {
      const asked = manyRequests(bed, replicas)
      await bed.time.pass(4000)
      assert.deepEqual((await asked).map(outcome), Array(50).fill('before'))
    }
    assert.ok(bed.provider.calls.length <= 3, `${bed.provider.calls.length} calls`)
  })

  it('are all refused when the provider says that it is over', async () => {
    const bed = await sessionsBed()
    const replicas = [bed.sessions, bed.replica(), bed.replica()]
    bed.provider.alter = () => ({ kind: 'ended', detail: 'invalid_grant' })
    await bed.time.pass(hourMs)
    const asked = manyRequests(bed, replicas)
    await bed.time.pass(1000)
    assert.deepEqual((await asked).map(outcome), Array(50).fill('credential-invalid'))
    assert.equal(bed.provider.calls.length, 1)
  })
})

describe('a holder of the lease that is killed half-way', () => {
  it('costs nobody anything but time: another replica takes over when its lease has ended', async () => {
    const bed = await sessionsBed()
    const killed = bed.replica({ between: killedHolder })
    const replicas = [bed.sessions, bed.replica()]
    await bed.time.pass(hourMs)
    const lost = bed.ask(killed)
    await bed.time.pass(0)
    const seen: string[] = []
    for (let second = 0; second < 42; second += 3) {
      const asked = manyRequests(bed, replicas, 10)
      await bed.time.pass(3000)
      seen.push(...(await asked).map(outcome))
    }
    assert.equal(outcome(await lost), 'before')
    assert.deepEqual([...new Set(seen)], ['before', 'after'])
    assert.equal(seen.at(-1), 'after')
    assert.equal(bed.provider.calls.length, 1)
  })

  it('changes nothing when it comes back late', async () => {
    const bed = await sessionsBed()
    const late = Promise.withResolvers<void>()
    const slow = bed.replica({
      between: (store) => ({
        ...store,
        replace: async (...given) => {
          await late.promise
          return store.replace(...given)
        },
      }),
    })
    await bed.time.pass(hourMs)
    const first = bed.ask(slow)
    await bed.time.pass(35_000)
    assert.equal(outcome(await first), 'before')
    // The provider takes a spent token for a while, as some do, and has other groups by now.
    bed.provider.alter = () => ({
      kind: 'continued',
      identity: {
        user: { name: 'alice', uid: '', groups: ['latest'], extra: new Map() },
        email: '',
      },
      refreshToken: 'refresh-2',
    })
    assert.equal(outcome(await bed.find()), 'latest')
    late.resolve()
    await bed.time.pass(1000)
    assert.equal(outcome(await bed.find()), 'latest')
    assert.equal(outcome(await bed.find(slow)), 'latest')
    assert.deepEqual(
      bed.heard.map(({ result }) => result),
      ['renewed', 'failed'],
    )
  })
})

describe('a store that is away while a session is refreshed', () => {
  it('is given what the provider answered when it is back: the token is spent', async () => {
    let isAway = false
    const bed = await sessionsBed({
      between: (store) => ({
        ...store,
        replace: (...given) => {
          if (isAway) throw new DependencyError('session-store', 'Cannot replace: away')
          return store.replace(...given)
        },
      }),
    })
    isAway = true
    await bed.time.pass(hourMs)
    const asked = bed.ask()
    await bed.time.pass(20_000)
    assert.equal(outcome(await asked), 'before')
    assert.equal(outcome(await bed.ask()), 'before')
    isAway = false
    await bed.time.pass(500)
    assert.equal(outcome(await bed.find()), 'after')
    assert.equal(bed.provider.calls.length, 1)
  })

  it('is not waited for without end', async () => {
    const bed = await sessionsBed({
      between: (store) => ({
        ...store,
        replace: () => {
          throw new DependencyError('session-store', 'Cannot replace: away')
        },
      }),
    })
    await bed.time.pass(hourMs)
    const asked = bed.ask()
    await bed.time.pass(65_000)
    assert.equal(outcome(await asked), 'before')
    assert.deepEqual(bed.heard, [
      { result: 'failed', user: 'alice', detail: 'Cannot replace: away' },
    ])
  })

  it('asks no provider while it cannot give the lease', async () => {
    const bed = await sessionsBed({
      between: (store) => ({
        ...store,
        lease: () => Promise.reject(new DependencyError('session-store', 'Cannot lease: away')),
      }),
    })
    await bed.time.pass(hourMs)
    assert.equal(outcome(await bed.find()), 'before')
    assert.equal(bed.provider.calls.length, 0)
  })

  it('need not take back a lease: that ends by itself', async () => {
    const bed = await sessionsBed({
      between: (store) => ({
        ...store,
        lease: async (...given) => {
          const lease = await store.lease(...given)
          return lease && { release: () => Promise.reject(new Error('away')) }
        },
      }),
    })
    await bed.time.pass(hourMs)
    assert.equal(outcome(await bed.find()), 'after')
  })
})
