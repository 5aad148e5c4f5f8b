import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { DependencyError } from '../../../src/errors.ts'
import type { SessionStore } from '../../../src/session/store.ts'
import { firstAuthority } from '../../support/authorities.ts'
import type { Redis } from '../../support/redis.ts'
import { type RedisSentinel, startRedisSentinel } from '../../support/redis-sentinel.ts'
import { redisServer } from '../../support/redis-server.ts'
import { settled } from '../../support/redis-settled.ts'
import { part } from '../../support/require.ts'
import {
  createIn,
  loadFrom,
  type StoreBrowser,
  sessionRecord,
  storeBrowser,
} from '../store-place.ts'
import { redisStores } from './places.ts'

const server = await part('Redis with TLS', () => redisServer('Redis 7.0 with TLS'))
const { ca: certificateAuthority, client: clientCertificate } = firstAuthority
const password = 'a/password@with:marks'
const login = `default:${encodeURIComponent(password)}@`

describe('createRedisStore() behind sentinels', { skip: server.skip }, () => {
  const groups: RedisSentinel[] = []
  const { open } = redisStores(() => '')
  after(async () => {
    await Promise.all(groups.map(async (group) => group.stop()))
  })
  const start = async (options: Partial<Parameters<typeof startRedisSentinel>[0]>) => {
    const group = await startRedisSentinel({ server: server.get(), password, ...options })
    groups.push(group)
    return { group, hosts: group.sentinels.map(({ port }) => `127.0.0.1:${port}`).join() }
  }

  it('follows the primary when the two swap, with TLS and passwords of both kinds', async () => {
    const sentinelPassword = 'sentinels'
    const { group, hosts } = await start({ tls: firstAuthority, sentinelPassword })
    const url = `rediss+sentinel://${login}${hosts}/attache?sentinelPassword=sentinels`
    const store = open({ redis: { url, certificateAuthority, clientCertificate } })
    const browser = await signedIn(store, group)
    const seen = await seenMeanwhile(store, browser, async () => {
      await group.failOver()
      await settled('the store', async () => store.missing().length === 0)
      await createIn(store, sessionRecord(Date.now()), storeBrowser(Date.now))
    })
    assert.deepEqual(seen, ['loaded'])

    const untrusting = open({ redis: { url } })
    const saving = createIn(untrusting, sessionRecord(Date.now()), storeBrowser(Date.now))
    await assert.rejects(saving, DependencyError)
    assert.match(untrusting.missing().join(), /^Redis: /)
  })

  it('follows to the replica when the primary is killed', async () => {
    const { group, hosts } = await start({})
    const store = open({ redis: { url: `redis+sentinel://${login}${hosts}/attache` } })
    const browser = await signedIn(store, group)
    const seen = await seenMeanwhile(store, browser, async () => {
      const primary = await group.primary()
      await primary.halt()
      await group.failedOver(primary)
      await settled('the store', async () => {
        await loadFrom(store, browser, { isFresh: true })
        return store.missing().length === 0
      })
    })
    assert.deepEqual(seen, ['loaded'])
    await createIn(store, sessionRecord(Date.now()), storeBrowser(Date.now))
  })
})

/** A browser with a session that both servers have. */
async function signedIn(store: SessionStore, group: RedisSentinel): Promise<StoreBrowser> {
  const browser = storeBrowser(Date.now)
  await createIn(store, sessionRecord(Date.now()), browser)
  await replicated(await group.primary())
  return browser
}

/** What a browser that asks all the time is told meanwhile, besides that Redis is away. */
async function seenMeanwhile(
  store: SessionStore,
  browser: StoreBrowser,
  happens: () => Promise<void>,
): Promise<readonly string[]> {
  const seen = new Set<string>()
  const over = new AbortController()
  const load = async () => {
    while (!over.signal.aborted) {
      try {
        seen.add((await store.load(browser.request(), { isFresh: true })).kind)
      } catch (error) {
        assert.ok(error instanceof DependencyError)
      }
      await delay(5)
    }
  }
  const loading = load()
  try {
    await happens()
  } finally {
    over.abort()
    await loading
  }
  return [...seen]
}

/** Redis does not wait for its replica, so a fail-over just now could lose what was just written. */
async function replicated(primary: Redis): Promise<void> {
  const number = async (field: RegExp) =>
    Number(field.exec(String(await primary.command('INFO', 'replication')))?.[1])
  const written = await number(/^master_repl_offset:(\d+)/m)
  await settled('the replica', async () => {
    return (await number(/^slave0:.*state=online,offset=(\d+)/m)) >= written
  })
}
