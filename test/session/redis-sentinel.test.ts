import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { DependencyError } from '../../src/errors.ts'
import { firstAuthority } from '../support/authorities.ts'
import type { Redis } from '../support/redis.ts'
import { type RedisSentinel, startRedisSentinel } from '../support/redis-sentinel.ts'
import { redisServer } from '../support/redis-server.ts'
import { settled } from '../support/redis-settled.ts'
import { part } from '../support/require.ts'
import { redisStores } from './redis-places.ts'
import { createIn, loadFrom, sessionRecord, storeBrowser } from './store-place.ts'

const server = await part('Redis with TLS', () => redisServer('Redis 7.0 with TLS'))
const login = 'default:a%2Fpassword%40with%3Amarks@'
const { ca: certificateAuthority, client: clientCertificate } = firstAuthority

describe('createRedisStore() behind sentinels', { skip: server.skip }, () => {
  let group: RedisSentinel
  before(async () => {
    group = await startRedisSentinel({
      server: server.get(),
      password: 'a/password@with:marks',
      sentinelPassword: 'sentinels',
      tls: firstAuthority,
    })
  })
  after(() => group.stop())
  const { open } = redisStores(() => {
    const hosts = group.sentinels.map(({ port }) => `127.0.0.1:${port}`).join()
    return `rediss+sentinel://${login}${hosts}/attache?sentinelPassword=sentinels`
  })

  it('follows the primary, with TLS and passwords of both kinds', async () => {
    const store = open({ redis: { certificateAuthority, clientCertificate } })
    const browser = storeBrowser(Date.now)
    await createIn(store, sessionRecord(Date.now()), browser)
    await replicated(await group.primary())
    const results = new Set<string>()
    const over = new AbortController()
    const load = async () => {
      while (!over.signal.aborted) {
        try {
          results.add((await store.load(browser.request(), { isFresh: true })).kind)
        } catch (error) {
          assert.ok(error instanceof DependencyError)
        }
        await delay(5)
      }
    }
    const loading = load()
    try {
      await group.failOver()
      await settled('the store', async () => store.missing().length === 0)
      await createIn(store, sessionRecord(Date.now()), storeBrowser(Date.now))
      const dead = await group.primary()
      await replicated(dead)
      await dead.halt()
      await group.failedOver(dead)
      await settled('the store', async () => {
        await loadFrom(store, browser, { isFresh: true })
        return store.missing().length === 0
      })
    } finally {
      over.abort()
      await loading
    }
    assert.deepEqual([...results], ['loaded'])
    await createIn(store, sessionRecord(Date.now()), storeBrowser(Date.now))
  })

  it('says that the certificate is of an unknown authority', async () => {
    const store = open()
    const saving = createIn(store, sessionRecord(Date.now()), storeBrowser(Date.now))
    await assert.rejects(saving, DependencyError)
    assert.match(store.missing().join(), /^Redis: /)
  })
})

/** Redis does not wait for its replica, so a fail-over just now could lose what was just written. */
async function replicated(primary: Redis): Promise<void> {
  await settled('the replica', async () => {
    const info = String(await primary.command('INFO', 'replication'))
    const [, written] = /^master_repl_offset:(\d+)/m.exec(info) ?? []
    const [, copied] = /^slave0:.*state=online,offset=(\d+)/m.exec(info) ?? []
    return written !== undefined && Number(copied) >= Number(written)
  })
}
