import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { connectRedis, type RedisConnection } from '../../../src/session/redis/connection.ts'
import { createRedisIndex } from '../../../src/session/redis/session-index.ts'
import { sessionKeyOf } from '../../../src/session/redis/value.ts'
import type { SessionStore } from '../../../src/session/store.ts'
import { redisConfig } from '../../support/config.ts'
import { type Redis, startRedis } from '../../support/redis.ts'
import { redisServer } from '../../support/redis-server.ts'
import { part } from '../../support/require.ts'
import { loadFrom, opened, type StoreBrowser, sessionRecord } from '../store-place.ts'
import { redisStores } from './places.ts'

const server = await part('Redis', () => redisServer('Redis 6.2'))

describe('a session in Redis that ends', { skip: server.skip }, () => {
  let redis: Redis
  let connection: RedisConnection
  before(async () => {
    redis = await startRedis({ server: server.get() })
    connection = connectRedis({ ...redisConfig({ url: redis.url }), now: Date.now })
  })
  const { openPlace } = redisStores(() => redis.url)
  after(async () => {
    await connection.close()
    await redis.stop()
  })

  const ways: Readonly<
    Record<string, (store: SessionStore, browser: StoreBrowser) => Promise<unknown>>
  > = {
    'by sign-out': async (store, browser) => store.end(browser.request()),
    'as the provider answers so': async (store, browser) =>
      store.drop(await loadFrom(store, browser)),
    'as the provider calls so': async (store) =>
      store.endAll?.({
        provider: 'dex',
        subject: 'subject-alice',
        providerSession: undefined,
        logoutID: 'one',
        rememberMs: 60_000,
      }),
  }
  for (const [how, end] of Object.entries(ways)) {
    it(`${how}, has ended here at once and elsewhere half a second later`, async () => {
      const { place, store: here, browser } = await opened(openPlace)
      const there = place.open()
      await loadFrom(there, browser)
      const request = browser.request()
      await end(here, browser)
      assert.equal((await here.load(request)).kind, 'refused')
      assert.equal((await there.load(request)).kind, 'loaded')
      const later = { ...request, nowMs: request.nowMs + 501 }
      assert.equal((await there.load(later)).kind, 'refused')
    })
  }

  it('is asked for once in half a second, however many requests show it', async () => {
    let asked = 0
    const { store, browser } = await opened(async () => openPlace({ onCall: () => (asked += 1) }))
    const request = browser.request()
    asked = 0
    for (let n = 0; n < 1000; n += 1) {
      const nowMs = request.nowMs + 501 + Math.floor(n / 2)
      await Promise.all([store.load({ ...request, nowMs }), store.load({ ...request, nowMs })])
    }
    assert.equal(asked, 1)
  })

  it('while it is being made does not stay: its maker is told', async () => {
    const record = sessionRecord(Date.now())
    const { name } = sessionKeyOf(randomBytes(32))
    const whose = [
      { ...record, subject: undefined },
      { ...record, providerSession: undefined },
      { ...record },
    ]
    for (const each of whose) {
      const index = createRedisIndex(connection, [randomBytes(32)])
      await index.add({ name, record, nowMs: Date.now() })
      assert.equal(await index.stands(name, record), true)
      const entries = await index.markEnded(each)
      assert.deepEqual(
        entries.map((entry) => entry.name),
        [name],
      )
      assert.equal(await index.stands(name, record), false)
      // A logout that broke off finds it again, also once somebody has come after.
      await index.add({
        name: sessionKeyOf(randomBytes(32)).name,
        record,
        nowMs: Date.now(),
      })
      const again = await index.markEnded(each)
      assert.ok(again.some((entry) => entry.name === name))
      await index.remove(again)
      assert.equal(await index.stands(name, record), false)
      assert.deepEqual(await index.markEnded(each), [])
    }
  })

  it('of another provider, person or session of theirs is none of these', async () => {
    const index = createRedisIndex(connection, [randomBytes(32)])
    const record = sessionRecord(Date.now())
    await index.add({ name: 'a'.repeat(22), record, nowMs: Date.now() })
    const { provider, subject, providerSession } = record
    const others = [
      { provider: 'other', subject, providerSession },
      { provider, subject: 'other', providerSession },
      { provider, subject, providerSession: 'other' },
      { provider, subject: undefined, providerSession: 'other' },
      { provider, subject: undefined, providerSession: subject },
    ]
    for (const other of others) assert.deepEqual(await index.markEnded(other), [])
  })
})
