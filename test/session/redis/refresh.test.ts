import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Redis, startRedis } from '../../support/redis.ts'
import { redisServer } from '../../support/redis-server.ts'
import { settled } from '../../support/redis-settled.ts'
import { part } from '../../support/require.ts'
import { leapingTime } from '../fake-time.ts'
import { hourMs, outcome, type SessionsBed, sessionsBed } from '../sessions-bed.ts'
import { redisStores } from './places.ts'

const server = await part('Redis', () => redisServer('Redis 6.2'))

describe('50 requests at once on 3 replicas with Redis', { skip: server.skip }, () => {
  let redis: Redis
  before(async () => {
    redis = await startRedis({ server: server.get(), keep: true })
  })
  const { open } = redisStores(() => redis.url)
  after(() => redis.stop())

  const bedWithReplicas = async () => {
    const bed = await sessionsBed({ time: leapingTime(), openStore: (config) => open({ config }) })
    const replicas = [bed.sessions, bed.replica(), bed.replica()]
    for (const replica of replicas) assert.equal(outcome(await bed.find(replica)), 'before')
    const fifty = async () =>
      Promise.all(Array.from({ length: 50 }, (_, n) => bed.ask(replicas[n % replicas.length])))
    return { bed, replicas, fifty }
  }

  it('make one call with a refresh token for one use, and all succeed with the new groups', async () => {
    const { bed, fifty } = await bedWithReplicas()
    for (const round of [1, 2, 3]) {
      await bed.time.pass(hourMs)
      assert.deepEqual((await fifty()).map(outcome), Array(50).fill('after'))
      assert.equal(bed.provider.calls.length, round)
    }
  })

  it('are all refused when the provider says that it is over', async () => {
    const { bed, fifty } = await bedWithReplicas()
    bed.provider.alter = () => ({ kind: 'ended', detail: 'invalid_grant' })
    await bed.time.pass(hourMs)
    for (const round of ['first', 'later']) {
      const outcomes = new Set((await fifty()).map(outcome))
      assert.deepEqual([...outcomes], ['credential-invalid'], round)
    }
    assert.equal(bed.provider.calls.length, 1)
  })

  it('go on as they are while a killed holder has the lease, and are renewed when it ends', async (t) => {
    const { bed, fifty } = await bedWithReplicas()
    const taken = Promise.withResolvers<void>()
    const killed = bed.replica({
      between: (store) => ({
        ...store,
        lease: async (stored) => {
          await store.lease(stored, 600_000)
          taken.resolve()
          return new Promise(() => {})
        },
      }),
    })
    await bed.time.pass(hourMs)
    const lost = bed.ask(killed)
    await taken.promise
    assert.deepEqual((await fifty()).map(outcome), Array(50).fill('before'))
    await lost
    const lease = await redis.command('KEYS', 'attache:*:lease')
    assert.ok(Array.isArray(lease) && lease.length === 1)
    await redis.command('PEXPIRE', String(lease[0]), 0)
    const areRenewed = async () => {
      // More than a replica without the lease waits before it tries again.
      await bed.time.pass(10_000)
      assert.deepEqual((await fifty()).map(outcome), Array(50).fill('after'))
    }
    // Those who asked during the lease may still wait for its holder, and others with them.
    await t.waitFor(areRenewed, { timeout: 20_000 })
    assert.equal(bed.provider.calls.length, 1)
  })

  it('succeed when Redis restarts after the provider has answered', async () => {
    const { bed, replicas, fifty } = await bedWithReplicas()
    bed.provider.mode = 'hangs'
    await bed.time.pass(hourMs)
    const asked = Promise.allSettled(replicas.map((replica) => bed.ask(replica)))
    await settled('the call', async () => bed.provider.calls.length === 1)
    await redis.halt()
    bed.provider.goOn()
    await asked
    await redis.resume()
    await settled('Redis', async () => replicas.every(({ missing }) => missing().length === 0))
    await settled('the renewal', async () => bed.heard.some(({ result }) => result === 'renewed'))
    await bed.time.pass(30_000)
    assert.deepEqual((await fifty()).map(outcome), Array(50).fill('after'))
    assert.equal(bed.provider.calls.length, 1)
  })

  it('are told once: the log has one line for each refresh', async () => {
    const { bed, fifty } = await bedWithReplicas()
    await bed.time.pass(hourMs)
    await fifty()
    assert.deepEqual(heardIn(bed), ['renewed'])
  })
})

function heardIn({ heard }: SessionsBed): readonly string[] {
  return heard.map(({ result }) => result)
}
