/**
 * What every session store does, whatever it keeps sessions in. A store's own tests call it with a way
 * to open one; what it can do besides, or worse, stands in its own tests.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { userInfo } from '../support/user.ts'
import {
  createIn,
  hostname,
  isThere,
  loadFrom,
  type OpenPlace,
  opened,
  replaced,
  sessionRecord,
  storeBrowser,
} from './store-place.ts'

/** A `Cookie` header with a session's one cookie, and what a neighbouring site has set beside it. */
function besidePlanted(own: string, value: string): readonly string[] {
  return [
    `${own}=planted; ${own}=${value}`,
    `${own}=${value}; ${own}=planted; ${own}=${value.slice(0, -1)}`,
    `${own}=${value}; ${own}.1=planted`,
    `${own}.2=planted; ${own}=${value}; ${own}.0=planted; ${own}=`,
  ]
}

/** The behaviours of every store. */
export function describeStore(name: string, openPlace: OpenPlace): void {
  describe(`${name}: create() and load()`, () => {
    it('has no session for a browser without cookies of ours', async () => {
      const { store, place } = await opened(openPlace)
      for (const header of [undefined, '', 'a=1; b=2', '__Host-attache2=x']) {
        const request = { cookieHeader: header, hostname, nowMs: place.now() }
        assert.deepEqual(await store.load(request), { kind: 'none' })
      }
    })

    it('loads the record that was created, with everything in it', async () => {
      const { store, browser, record, place } = await opened(openPlace)
      const loaded = await store.load(browser.request())
      assert.ok(loaded.kind === 'loaded')
      assert.deepEqual(loaded.stored.record, record)
      assert.equal(loaded.stored.lastUsedAtMs, place.now())
      assert.deepEqual(loaded.setCookies, [])
    })

    it('loads one in which everything is absent that may be', async () => {
      const { store, browser, record } = await opened(openPlace, {
        user: userInfo({ name: 'bob' }),
        email: undefined,
        refreshToken: undefined,
        providerSession: undefined,
        refreshAtMs: undefined,
      })
      assert.deepEqual((await loadFrom(store, browser)).record, record)
    })

    it('loads one with a hundred groups', async () => {
      const groups = Array.from({ length: 100 }, (_, n) => `team-${n}-of-a-company`)
      const { store, browser } = await opened(openPlace, { user: userInfo({ groups }) })
      assert.deepEqual((await loadFrom(store, browser)).record.user.groups, groups)
    })

    it('hands out the same record object each time', async () => {
      const { store, browser } = await opened(openPlace)
      const { record } = await loadFrom(store, browser)
      assert.equal((await loadFrom(store, browser)).record, record)
    })

    it('loads it in a store that was opened later', async () => {
      const { place, browser, record } = await opened(openPlace)
      assert.deepEqual((await loadFrom(place.open(), browser)).record, record)
    })

    it('keeps sessions apart, even with the same user', async () => {
      const { store, browser, record, place } = await opened(openPlace)
      const other = storeBrowser(place.now)
      await createIn(store, sessionRecord(place.now(), { email: 'second@example.com' }), other)
      assert.deepEqual((await loadFrom(store, browser)).record, record)
      assert.equal((await loadFrom(store, other)).record.email, 'second@example.com')
      assert.notDeepEqual([...browser.jar()], [...other.jar()])
    })

    it('refuses cookies that are none of ours, and does not repeat them', async () => {
      const { store, browser, place } = await opened(openPlace)
      const [[cookieName = '', value = ''] = []] = browser.jar()
      const hostile = [
        'canary',
        '',
        `${value}x`,
        value.slice(1),
        value.slice(0, -2),
        value.toLowerCase(),
        `${value.at(-1)}${value.slice(1)}`,
        '.'.repeat(200),
        'A'.repeat(4000),
      ]
      for (const planted of hostile) {
        const cookie = `${cookieName}=${planted}`
        const request = { cookieHeader: cookie, hostname, nowMs: place.now() }
        const loaded = await store.load(request)
        assert.equal(loaded.kind, 'refused', planted)
        assert.doesNotMatch(JSON.stringify(loaded), /canary/)
      }
      const twice = {
        ...browser.request(),
        cookieHeader: `${cookieName}=${value}; ${cookieName}=${value}`,
      }
      assert.equal((await store.load(twice)).kind, 'refused')
    })

    it('ends a session that was planted before the sign-in, and never continues it', async () => {
      const { store, browser: planted, place } = await opened(openPlace)
      const victim = planted.copy()
      const record = sessionRecord(place.now(), { email: 'victim@example.com' })
      await createIn(store, record, victim)
      assert.deepEqual((await loadFrom(store, victim)).record, record)
      assert.equal(await isThere(store, planted), false)
    })
  })

  describe(`${name}: replace()`, () => {
    it('puts a record into the place of another, for the new cookies and for the old', async () => {
      const { store, browser, record } = await opened(openPlace)
      const old = browser.copy()
      const stored = await loadFrom(store, browser)
      const result = await replaced(store, stored, browser)
      assert.ok(result.kind === 'replaced')
      browser.receive(result.setCookies)
      const expected = { ...record, refreshToken: 'refresh-token-2', email: 'new@example.com' }
      assert.deepEqual((await loadFrom(store, old)).record, expected)
      assert.deepEqual((await loadFrom(store, browser)).record, expected)
      assert.ok(result.stored.version > stored.version)
      assert.equal((await loadFrom(store, browser)).record, result.stored.record)
      assert.deepEqual([...old.jar()], [...browser.jar()])
    })

    it('offers what replaced an old cookie until the browser has it', async () => {
      const { store, browser, place } = await opened(openPlace)
      const result = await replaced(store, await loadFrom(store, browser), browser)
      assert.equal(result.kind, 'replaced')
      await place.elapse(200)
      const deaf = browser.copy()
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const loaded = await store.load(deaf.request())
        assert.ok(loaded.kind === 'loaded')
        assert.equal(loaded.stored.record.email, 'new@example.com')
        browser.receive(loaded.setCookies)
      }
      assert.equal((await loadFrom(place.open(), browser)).record.email, 'new@example.com')
    })

    it('changes nothing for one that comes late', async () => {
      const { store, browser } = await opened(openPlace)
      const stored = await loadFrom(store, browser)
      const first = await replaced(store, stored, browser)
      const late = { ...stored.record, email: 'late@example.com' }
      assert.deepEqual(await store.replace(stored, { record: late, request: browser.request() }), {
        kind: 'superseded',
      })
      assert.equal(first.kind, 'replaced')
      assert.equal((await loadFrom(store, browser)).record.email, 'new@example.com')
    })

    it('still knows that the session was used while the new record was on its way', async () => {
      const { store, browser, place } = await opened(openPlace)
      const [stored, early] = [await loadFrom(store, browser), browser.request()]
      await place.elapse(200)
      const touchedAtMs = place.now()
      browser.receive(await store.touch(stored, browser.request()))
      const result = await store.replace(stored, {
        record: { ...stored.record, email: 'new' },
        request: early,
      })
      assert.ok(result.kind === 'replaced')
      assert.ok(result.stored.lastUsedAtMs >= touchedAtMs)
    })

    it('lets one of many at once win', async () => {
      const { store, browser } = await opened(openPlace)
      const stored = await loadFrom(store, browser)
      const results = await Promise.all(
        Array.from({ length: 10 }, () => replaced(store, stored, browser)),
      )
      assert.deepEqual(results.map(({ kind }) => kind).toSorted(), [
        'replaced',
        ...Array.from({ length: 9 }, () => 'superseded'),
      ])
    })

    it('does not bring back a session that has ended', async () => {
      const { store, browser } = await opened(openPlace)
      const stored = await loadFrom(store, browser)
      await store.end(browser.request())
      assert.deepEqual(await replaced(store, stored, browser), { kind: 'superseded' })
      assert.equal(await isThere(store, browser), false)
    })
  })

  describe(`${name}: touch()`, () => {
    it('notes that the session is in use, and keeps the record object', async () => {
      const { store, browser, place } = await opened(openPlace)
      const { record, version, lastUsedAtMs } = await loadFrom(store, browser)
      await place.elapse(200)
      browser.receive(await store.touch(await loadFrom(store, browser), browser.request()))
      const after = await loadFrom(store, browser)
      assert.equal(after.record, record)
      assert.equal(after.version, version)
      assert.ok(after.lastUsedAtMs >= lastUsedAtMs + 200)
    })

    it('is seen by a store that was opened later', async () => {
      const { store, browser, place } = await opened(openPlace)
      const { lastUsedAtMs } = await loadFrom(store, browser)
      await place.elapse(200)
      browser.receive(await store.touch(await loadFrom(store, browser), browser.request()))
      assert.ok((await loadFrom(place.open(), browser)).lastUsedAtMs >= lastUsedAtMs + 200)
    })

    it('undoes nothing of a record that took the place meanwhile', async () => {
      const { store, browser, place } = await opened(openPlace)
      const stored = await loadFrom(store, browser)
      const result = await replaced(store, stored, browser)
      assert.equal(result.kind, 'replaced')
      await place.elapse(200)
      await store.touch(stored, browser.request())
      assert.equal((await loadFrom(store, browser)).record.email, 'new@example.com')
    })

    it('does not bring back a session that has ended', async () => {
      const { store, browser } = await opened(openPlace)
      const stored = await loadFrom(store, browser)
      await store.drop(stored)
      browser.receive(await store.touch(stored, browser.request()))
      assert.equal(await isThere(store, browser), false)
    })
  })

  describe(`${name}: drop() and end()`, () => {
    it('drop() ends a session whose cookie is shown again', async () => {
      const { store, browser } = await opened(openPlace)
      await store.drop(await loadFrom(store, browser))
      assert.equal(await isThere(store, browser), false)
    })

    it('drop() ends the very version alone: a late one ends nothing', async () => {
      const { store, browser } = await opened(openPlace)
      const stored = await loadFrom(store, browser)
      const result = await replaced(store, stored, browser)
      assert.ok(result.kind === 'replaced')
      await store.drop(stored)
      assert.equal((await loadFrom(store, browser)).record.email, 'new@example.com')
      await store.drop(result.stored)
      assert.equal(await isThere(store, browser), false)
    })

    it('end() removes the cookies, and a copy of them opens nothing', async () => {
      const { store, browser } = await opened(openPlace)
      const copied = browser.copy()
      browser.receive((await store.end(browser.request())).setCookies)
      assert.equal(browser.jar().size, 0)
      assert.equal(await isThere(store, copied), false)
    })

    for (const how of [0, 1, 2, 3]) {
      it(`end() and create() end what stands beside planted cookies (${how})`, async () => {
        const { store, browser, place } = await opened(openPlace)
        const [[own, value] = ['', '']] = browser.jar()
        const cookieHeader = besidePlanted(own, value)[how]
        assert.equal((await store.load({ ...browser.request(), cookieHeader })).kind, 'refused')
        await store.end({ ...browser.request(), cookieHeader })
        assert.equal(await isThere(store, browser), false)
        const again = storeBrowser(place.now)
        await createIn(store, sessionRecord(place.now()), again)
        const mixed = besidePlanted(own, again.jar().get(own) ?? '')[how]
        const record = sessionRecord(place.now())
        await store.create(record, { ...again.request(), cookieHeader: mixed })
        assert.equal(await isThere(store, again), false)
      })
    }

    it('end() tells once which session has ended, as it was last', async () => {
      const { store, browser, record } = await opened(openPlace)
      const old = browser.copy()
      const newer = { ...record, refreshToken: 'refresh-token-2' }
      const stored = await loadFrom(store, browser)
      const by = { record: newer, request: browser.request() }
      assert.equal((await store.replace(stored, by)).kind, 'replaced')
      assert.deepEqual((await store.end(old.request())).records, [newer])
      assert.deepEqual((await store.end(browser.request())).records, [])
    })

    it('end() tells of each session that it ends beside planted cookies, and of none twice', async () => {
      const { store, browser, record, place } = await opened(openPlace)
      const [[own, value] = ['', '']] = browser.jar()
      const planted = storeBrowser(place.now)
      const other = sessionRecord(place.now(), { refreshToken: 'of-the-neighbour' })
      await createIn(store, other, planted)
      const cookies = [value, 'junk', planted.jar().get(own), value].map((one) => `${own}=${one}`)
      const { records } = await store.end({
        ...browser.request(),
        cookieHeader: `${cookies.join('; ')}; ${own}.1=junk; ${own}-s-x=${value}; ${own}-p=${value}`,
      })
      assert.deepEqual(records, [record, other])
    })

    it('create() tells nobody of the session in whose place it is', async () => {
      const { store, browser, place } = await opened(openPlace)
      const saved = await store.create(sessionRecord(place.now()), browser.request())
      assert.deepEqual(Object.keys(saved).toSorted(), ['kind', 'setCookies'])
    })

    it('end() removes cookies that are no session, and says nothing without any', async () => {
      const { store, browser, place } = await opened(openPlace)
      const [cookieName = ''] = browser.jar().keys()
      const junk = storeBrowser(place.now, new Map([[cookieName, 'junk']]))
      junk.receive((await store.end(junk.request())).setCookies)
      assert.equal(junk.jar().size, 0)
      assert.deepEqual(await store.end(junk.request()), { setCookies: [], records: [] })
    })

    it('ends one session and leaves the others of the same user', async () => {
      const { store, browser, place } = await opened(openPlace)
      const other = storeBrowser(place.now)
      await createIn(store, sessionRecord(place.now()), other)
      await store.end(browser.request())
      assert.equal(await isThere(store, other), true)
    })
  })

  describe(`${name}: lease()`, () => {
    it('gives the right to one at a time, and again once it is released', async () => {
      const { store, browser } = await opened(openPlace)
      const stored = await loadFrom(store, browser)
      const lease = await store.lease(stored, 10_000)
      assert.ok(lease)
      assert.equal(await store.lease(stored, 10_000), undefined)
      await lease.release()
      assert.ok(await store.lease(stored, 10_000))
    })

    it('gives it to one of many at once', async () => {
      const { store, browser } = await opened(openPlace)
      const stored = await loadFrom(store, browser)
      const leases = await Promise.all(
        Array.from({ length: 10 }, async () => store.lease(stored, 10_000)),
      )
      assert.equal(leases.filter((lease) => lease !== undefined).length, 1)
    })

    it('ends by itself, and the late holder cannot release what is another’s by then', async () => {
      const { store, browser, place } = await opened(openPlace)
      const stored = await loadFrom(store, browser)
      const late = await store.lease(stored, 300)
      await place.elapse(400)
      assert.ok(await store.lease(stored, 10_000))
      await late?.release()
      assert.equal(await store.lease(stored, 10_000), undefined)
    })

    it('is about one session', async () => {
      const { store, browser, place } = await opened(openPlace)
      const other = storeBrowser(place.now)
      await createIn(store, sessionRecord(place.now()), other)
      assert.ok(await store.lease(await loadFrom(store, browser), 10_000))
      assert.ok(await store.lease(await loadFrom(store, other), 10_000))
    })
  })
}
