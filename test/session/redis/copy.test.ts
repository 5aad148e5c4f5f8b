import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { openValue, sessionKeyOf } from '../../../src/session/redis/value.ts'
import { createSealer, type SealPurpose } from '../../../src/session/seal.ts'
import type { SessionStore } from '../../../src/session/store.ts'
import { type Redis, startRedis } from '../../support/redis.ts'
import type { RedisReply } from '../../support/redis-commands.ts'
import { redisServer } from '../../support/redis-server.ts'
import { part } from '../../support/require.ts'
import { createIn, isThere, loadFrom, sessionRecord, storeBrowser } from '../store-place.ts'
import { documentedRights, redisStores } from './places.ts'

const server = await part('Redis', () => redisServer('Redis 6.2'))

const oldKey = randomBytes(32)
const newKey = randomBytes(32)
const logout = { logoutID: 'one', rememberMs: 60_000 }

describe('what Redis holds', { skip: server.skip }, () => {
  let redis: Redis
  before(async () => {
    redis = await startRedis({ server: server.get() })
  })
  const { open } = redisStores(() => redis.url)
  after(() => redis.stop())
  beforeEach(async () => {
    await redis.command('FLUSHALL')
  })
  const openWith = (...keys: readonly Buffer[]) => open({ config: { keys } })

  const keys = async () => strings(await redis.command('KEYS', '*')).toSorted()
  const valueKeys = async () => (await keys()).filter((key) => /^attache:\{[\w-]+\}$/.test(key))
  /** A script says the bytes in digits, since a reply is read as text here. */
  const valueOf = async (key: string) => {
    const script = `return (string.gsub(redis.call('GET', KEYS[1]), '.', function(c)
      return string.format('%02x', string.byte(c)) end))`
    const hex = await redis.command('EVAL', script, 1, key)
    return Buffer.from(String(hex), 'hex')
  }

  it('names nobody and no session: not in a key, a value or a member of the index', async () => {
    const browser = await inUse(openWith(oldKey))
    const found: Buffer[] = []
    for (const key of await keys()) {
      found.push(Buffer.from(key))
      const isIndex = key.startsWith('attache:index:')
      const members = isIndex ? strings(await redis.command('ZRANGE', key, 0, -1)) : []
      found.push(...(isIndex ? members.map((each) => Buffer.from(each)) : [await valueOf(key)]))
    }
    assert.ok(found.length > 10)
    const [cookie = ''] = browser.jar().values()
    const secrets = [
      'alice',
      'u1',
      'keycloak',
      'sid-1',
      'refresh-token-1',
      'example',
      'a,"b"',
      cookie,
    ]
    for (const bytes of found) {
      for (const secret of secrets) assert.equal(bytes.includes(secret), false, secret)
    }
  })

  it('opens neither by itself, nor with the keys file, but with the cookie and the keys file', async () => {
    const browser = await inUse(openWith(oldKey))
    const [valueKey = ''] = await valueKeys()
    const value = await valueOf(valueKey)
    const everyPurpose: readonly SealPurpose[] = ['session', 'redis-session', 'sign-in-state']
    for (const purpose of everyPurpose) {
      const { open: unseal } = createSealer({ keys: [oldKey], purpose, random: randomBytes })
      for (const encoding of ['latin1', 'utf8', 'base64url'] as const) {
        assert.equal(unseal(value.toString(encoding)), undefined)
        assert.equal(unseal(value.subarray(11).toString(encoding)), undefined)
      }
    }
    assert.equal(openValue(value, sessionKeyOf(oldKey)), undefined)
    assert.equal(
      openValue(value, { ...sessionKeyOf(oldKey), name: valueKey.slice(9, -1) }),
      undefined,
    )
    // Nor with the copied cookie and another keys file.
    assert.equal((await openWith(newKey).load(browser.request())).kind, 'refused')
    assert.equal((await loadFrom(openWith(oldKey), browser)).record.user.name, 'alice')
  })

  it('is no session of one browser in the place of another’s', async () => {
    const store = openWith(oldKey)
    const [mallory, victim] = [storeBrowser(Date.now), storeBrowser(Date.now)]
    await createIn(store, sessionRecord(Date.now(), { email: 'm@example.com' }), mallory)
    const [malloryKey = ''] = await valueKeys()
    await createIn(store, sessionRecord(Date.now()), victim)
    const [victimKey = ''] = (await valueKeys()).filter((key) => key !== malloryKey)
    await redis.command('COPY', malloryKey, victimKey, 'REPLACE')
    assert.equal(await isThere(store, victim), false)
    assert.equal(await isThere(store, mallory), true)
    for (const junk of ['', 'junk', 'x'.repeat(5000)]) {
      await redis.command('SET', malloryKey, junk)
      assert.equal(await isThere(store, mallory), false)
    }
  })

  it('goes by itself: every key has an end, the session’s is its idle or absolute one', async () => {
    const store = openWith(oldKey)
    await inUse(store)
    for (const key of await keys()) {
      const ttlMs = Number(await redis.command('PTTL', key))
      assert.ok(ttlMs > 0 && ttlMs <= 12 * 3_600_000 + 1000, `${key} ${ttlMs}`)
    }
    const [valueKey = ''] = await valueKeys()
    const idleMs = Number(await redis.command('PTTL', valueKey))
    assert.ok(idleMs > 3_590_000 && idleMs <= 3_600_000, `${idleMs}`)
    const browser = storeBrowser(Date.now)
    await redis.command('FLUSHALL')
    await createIn(store, sessionRecord(Date.now(), { expiresAtMs: Date.now() + 60_000 }), browser)
    await store.touch(await loadFrom(store, browser), browser.request())
    const [shortKey = ''] = await valueKeys()
    assert.ok(Number(await redis.command('PTTL', shortKey)) <= 60_000)
  })

  it('stays when the keys rotate, and the browser gets a cookie of the new key', async () => {
    const browser = storeBrowser(Date.now)
    await createIn(openWith(oldKey), sessionRecord(Date.now()), browser)
    const appended = openWith(oldKey, newKey)
    const [first] = browser.jar().values()
    await loadFrom(appended, browser)
    assert.deepEqual([...browser.jar().values()], [first])
    const old = browser.copy()
    const moved = openWith(newKey, oldKey)
    // A reply that never reaches the browser changes nothing.
    for (let times = 0; times < 3; times += 1) await moved.load(browser.request())
    await loadFrom(moved, browser)
    const [renewed] = browser.jar().values()
    assert.notEqual(renewed, first)
    const removed = openWith(newKey)
    assert.equal((await removed.load(old.request())).kind, 'refused')
    const loaded = await removed.load(browser.request())
    assert.ok(loaded.kind === 'loaded')
    assert.deepEqual(loaded.setCookies, [])
    const whose = { provider: 'dex', subject: undefined, providerSession: 'sid-1' }
    await removed.endAll?.({ ...logout, ...whose })
    assert.equal(await isThere(removed, browser), false)
  })

  it('is found by a logout while the key that it was written under is not the first', async () => {
    const browser = storeBrowser(Date.now)
    await createIn(openWith(oldKey), sessionRecord(Date.now()), browser)
    const whose = { provider: 'dex', subject: 'subject-alice', providerSession: undefined }
    await openWith(newKey, oldKey).endAll?.({ ...logout, ...whose })
    assert.equal(await isThere(openWith(oldKey), browser), false)
  })

  it('is bounded for each person: beyond 500 sessions the one that ends first ends now', async () => {
    const store = openWith(oldKey)
    const browsers = Array.from({ length: 502 }, () => storeBrowser(Date.now))
    for (const [n, browser] of browsers.entries()) {
      const expiresAtMs = Date.now() + 3_600_000 + n * 1000
      await createIn(store, sessionRecord(Date.now(), { expiresAtMs }), browser)
    }
    const gone: number[] = []
    for (const [n, browser] of browsers.entries()) {
      if (!(await isThere(store, browser))) gone.push(n)
    }
    assert.deepEqual(gone, [0, 1])
    const whose = { provider: 'dex', subject: 'subject-alice', providerSession: undefined }
    await store.endAll?.({ ...logout, ...whose })
    assert.deepEqual(await valueKeys(), [])
  })

  it('is no more than a session may take', async () => {
    const store = openWith(oldKey)
    const email = 'a'.repeat(600_000)
    const browser = storeBrowser(Date.now)
    const big = await store.create(sessionRecord(Date.now(), { email }), browser.request())
    assert.ok(big.kind === 'too-large' && big.bytes > 600_000)
    await createIn(store, sessionRecord(Date.now()), browser)
    const stored = await loadFrom(store, browser)
    const grown = await store.replace(stored, {
      record: { ...stored.record, email },
      request: browser.request(),
    })
    assert.equal(grown.kind, 'too-large')
    assert.equal((await loadFrom(store, browser)).record.email, 'alice@example.com')
  })

  it('is read and written with the few rights that are documented, in another database too', async () => {
    const rights = (await documentedRights()).split(' ')
    const user = ['ACL', 'SETUSER', 'attache', 'on', '>pass', 'resetkeys', ...rights, '+select']
    await redis.command(...user)
    const url = `${redis.url.replace('redis://', 'redis://attache:pass@')}/3`
    const store = open({ redis: { url } })
    const browser = await inUse(store)
    const stored = await loadFrom(store, browser, { isFresh: true })
    const replaced = await store.replace(stored, {
      record: { ...stored.record },
      request: browser.request(),
    })
    assert.ok(replaced.kind === 'replaced')
    await store.drop(replaced.stored)
    await createIn(store, sessionRecord(Date.now()), browser)
    await store.end(browser.request())
    assert.deepEqual(store.missing(), [])
  })
})

/** A session that has been used, and a logout of somebody else. */
async function inUse(store: SessionStore) {
  const browser = storeBrowser(Date.now)
  await createIn(store, sessionRecord(Date.now(), { provider: 'keycloak' }), browser)
  const stored = await loadFrom(store, browser)
  await store.touch(stored, browser.request())
  await store.lease(stored, 60_000)
  await store.endAll?.({ ...logout, provider: 'dex', subject: 'x', providerSession: undefined })
  return browser
}

function strings(reply: RedisReply): readonly string[] {
  return Array.isArray(reply) ? reply.map(String) : []
}
