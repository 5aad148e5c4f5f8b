import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { DependencyError } from '../../../src/errors.ts'
import type { SessionStore } from '../../../src/session/store.ts'
import { type Redis, startRedis } from '../../support/redis.ts'
import { dropClients, setOutOfMemory, setReadOnly } from '../../support/redis-faults.ts'
import { redisServer } from '../../support/redis-server.ts'
import { settled } from '../../support/redis-settled.ts'
import { part } from '../../support/require.ts'
import { createIn, loadFrom, replaced, sessionRecord, storeBrowser } from '../store-place.ts'
import { redisStores } from './places.ts'

const server = await part('Redis', () => redisServer('Redis 6.2'))

function isUnavailable(error: unknown): boolean {
  assert.ok(error instanceof DependencyError)
  assert.equal(error.dependency, 'session-store')
  assert.match(error.message, /^Cannot ask Redis for sessions: /)
  assert.doesNotMatch(error.message, /secret/)
  assert.equal(error.cause, undefined)
  return true
}

async function signedIn(store: SessionStore) {
  const browser = storeBrowser(Date.now)
  await createIn(store, sessionRecord(Date.now()), browser)
  return browser
}

async function healthy(store: SessionStore): Promise<void> {
  await settled('Redis', async () => store.missing().length === 0)
}

describe('createRedisStore() while Redis', { skip: server.skip }, () => {
  let redis: Redis
  before(async () => {
    redis = await startRedis({ server: server.get(), keep: true, password: 'secret' })
  })
  const { open } = redisStores(() => redis.url)
  after(() => redis.stop())
  afterEach(async () => {
    redis.thaw()
    await redis.command('PING').catch(() => redis.resume())
    await setReadOnly(redis, false)
    await setOutOfMemory(redis, false)
  })

  it('is killed and comes back under load: sessions stay, and none is ever refused', async (t) => {
    const store = open()
    const browsers = await Promise.all(Array.from({ length: 20 }, () => signedIn(store)))
    const results = new Map<string, number>()
    const over = new AbortController()
    const load = async () => {
      while (!over.signal.aborted) {
        for (const browser of browsers) {
          const result = await loadKind(store, browser)
          results.set(result, (results.get(result) ?? 0) + 1)
        }
      }
    }
    const loads = Promise.all([load(), load(), load()])
    try {
      await redis.halt()
      await t.waitFor(() => assert.ok(results.has('unavailable')), { timeout: 20_000 })
      assert.equal(store.missing().length, 1)
      await redis.resume()
      await healthy(store)
      results.delete('loaded')
      await settled('a session', async () => results.has('loaded'))
    } finally {
      over.abort()
      await loads
    }
    assert.deepEqual([...results.keys()].toSorted(), ['loaded', 'unavailable'])
    for (const browser of browsers) await loadFrom(store, browser, { isFresh: true })
  })

  it('comes back without its data: people are asked to sign in, and can', async () => {
    const store = open()
    const browser = await signedIn(store)
    const stored = await loadFrom(store, browser)
    await redis.command('FLUSHALL')
    await redis.halt()
    await redis.resume()
    await healthy(store)
    assert.equal((await store.load(browser.request(), { isFresh: true })).kind, 'refused')
    assert.deepEqual(await replaced(store, stored, browser), { kind: 'superseded' })
    assert.deepEqual(await store.touch(stored, browser.request()), [])
    await store.drop(stored)
    await createIn(store, sessionRecord(Date.now()), browser)
    await loadFrom(store, browser, { isFresh: true })
    assert.notEqual((await store.end(browser.request())).setCookies.length, 0)
  })

  it('closes every connection: nobody notices', async () => {
    const store = open()
    const browser = await signedIn(store)
    for (let round = 0; round < 3; round += 1) {
      await dropClients(redis)
      await loadFrom(store, browser, { isFresh: true })
    }
  })

  it('answers nobody: a command fails in time, and all is well again afterwards', async (t) => {
    const store = open()
    const browser = await signedIn(store)
    redis.freeze()
    const refusedWithin = async (ms: number) => {
      const startedMs = performance.now()
      await assert.rejects(
        async () => store.load(browser.request(), { isFresh: true }),
        isUnavailable,
      )
      const tookMs = performance.now() - startedMs
      assert.ok(tookMs < ms, `${tookMs} ms`)
    }
    // What a check may take.
    await refusedWithin(8000)
    // The dead connection is dropped, and from then on nobody waits, which would be for two seconds.
    await t.waitFor(async () => refusedWithin(1500), { timeout: 20_000 })
    assert.match(store.missing().join(), /^Redis: /)
    redis.thaw()
    await healthy(store)
    await loadFrom(store, browser, { isFresh: true })
  })

  it('has no memory left: sessions go on, new ones are not made', async () => {
    const store = open()
    const browser = await signedIn(store)
    await setOutOfMemory(redis, true)
    await loadFrom(store, browser, { isFresh: true })
    await assert.rejects(signedIn(store), isUnavailable)
    const stored = await loadFrom(store, browser, { isFresh: true })
    await store.touch(stored, browser.request())
    // A refresh token for one use that was used must not be lost.
    assert.equal((await replaced(store, stored, browser)).kind, 'replaced')
    assert.deepEqual(store.missing(), ['Redis: its memory is full'])
    await setOutOfMemory(redis, false)
    await healthy(store)
    await signedIn(store)
    await loadFrom(store, browser, { isFresh: true })
  })

  it('is a replica: sessions go on, new ones are not made', async () => {
    const store = open()
    const browser = await signedIn(store)
    await setReadOnly(redis, true)
    await assert.rejects(signedIn(store), isUnavailable)
    await loadFrom(store, browser, { isFresh: true })
    await settled('that it tells', async () => store.missing().join().includes('replica'))
    await setReadOnly(redis, false)
    await healthy(store)
    await signedIn(store)
  })

  it('is a replica that has no data yet: nobody is signed out, and no logout is lost', async () => {
    const store = open()
    const browser = await signedIn(store)
    const stored = await loadFrom(store, browser)
    await redis.command('FLUSHALL')
    await setReadOnly(redis, true)
    const whose = { provider: 'dex', subject: 'subject-alice', providerSession: undefined }
    const attempts: readonly (() => Promise<unknown>)[] = [
      async () => store.load(browser.request(), { isFresh: true }),
      async () => replaced(store, stored, browser),
      async () => store.touch(stored, browser.request()),
      async () => store.drop(stored),
      async () => store.end(browser.request()),
      async () => store.endAll?.({ ...whose, logoutID: 'one', rememberMs: 1000 }),
      async () => signedIn(store),
    ]
    await Promise.all(attempts.map((attempt) => assert.rejects(attempt, isUnavailable)))
  })

  it('is a replica for a moment: what is written meanwhile is written after', async () => {
    const isReplica = Promise.withResolvers<unknown>()
    const startMs = Date.now()
    // The moment lasts as long as it lasts here: time is not up meanwhile.
    const store = open({ now: () => startMs, onFault: isReplica.resolve })
    const browser = await signedIn(store)
    const stored = await loadFrom(store, browser)
    await setReadOnly(redis, true)
    const writing = replaced(store, stored, browser)
    assert.match(String(await isReplica.promise), /replica/)
    await setReadOnly(redis, false)
    assert.equal((await writing).kind, 'replaced')
  })

  it('was never there: nobody waits for long, and it is found when it comes', async () => {
    await redis.halt()
    const faults: (string | undefined)[] = []
    const store = open({ onFault: (reason) => faults.push(reason) })
    const startedAt = performance.now()
    await assert.rejects(signedIn(store), isUnavailable)
    assert.ok(performance.now() - startedAt < 8000)
    assert.deepEqual(store.missing(), ['Redis: ECONNREFUSED'])
    await redis.resume()
    await healthy(store)
    await signedIn(store)
    assert.deepEqual(faults, ['ECONNREFUSED', undefined])
  })

  it('does not accept the password: nothing repeats it', async () => {
    const url = redis.url.replace(':secret@', ':wrong-secret@')
    const store = open({ redis: { url } })
    await assert.rejects(signedIn(store), isUnavailable)
    assert.deepEqual(store.missing(), ['Redis: it does not accept the user name and password'])
  })

  it('is let go: what is under way is answered, then nothing is asked any more', async () => {
    const store = open()
    const browser = await signedIn(store)
    const loading = loadFrom(store, browser, { isFresh: true })
    await Promise.all([store.close(), loading])
    await assert.rejects(
      async () => store.load(browser.request(), { isFresh: true }),
      isUnavailable,
    )
    const clients = String(await redis.command('CLIENT', 'LIST', 'TYPE', 'normal'))
    assert.ok(clients.length > 0)
  })
})

async function loadKind(store: SessionStore, browser: ReturnType<typeof storeBrowser>) {
  try {
    return (await store.load(browser.request(), { isFresh: true })).kind
  } catch (error) {
    assert.ok(isUnavailable(error))
    // As a browser that tries again; the answers shall not be all that the machine does.
    await delay(10)
    return 'unavailable'
  }
}
