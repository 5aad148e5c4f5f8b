import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { SessionRecord } from '../../src/session/record.ts'
import type { SessionsOf } from '../../src/session/sessions.ts'
import {
  createIn,
  isThere,
  loadFrom,
  type OpenPlace,
  opened,
  replaced,
  sessionRecord,
  storeBrowser,
} from './store-place.ts'

function whose(overrides: Partial<SessionsOf>): SessionsOf {
  return {
    provider: 'dex',
    subject: undefined,
    providerSession: undefined,
    logoutID: randomBytes(8).toString('hex'),
    rememberMs: 60_000,
    ...overrides,
  }
}

/** What stores do besides that several replicas share. */
export function describeSharedStore(name: string, openPlace: OpenPlace): void {
  const twoReplicas = async (about: Partial<SessionRecord> = {}) => {
    const { place, store: here, browser, record } = await opened(openPlace, about)
    const there = place.open()
    await loadFrom(there, browser)
    return { place, here, there, browser, record }
  }

  describe(`${name}: several replicas`, () => {
    it('see at once what another one replaced, when they ask', async () => {
      const { here, there, browser } = await twoReplicas()
      const result = await replaced(here, await loadFrom(here, browser), browser)
      assert.ok(result.kind === 'replaced')
      const seen = await loadFrom(there, browser, { isFresh: true })
      assert.equal(seen.record.email, 'new@example.com')
      assert.equal(seen.version, result.stored.version)
      assert.equal((await loadFrom(there, browser)).record, seen.record)
    })

    it('change nothing that another one was faster with', async () => {
      const { here, there, browser } = await twoReplicas()
      const old = await loadFrom(there, browser)
      await replaced(here, await loadFrom(here, browser), browser)
      const late = { ...old.record, email: 'late@example.com' }
      assert.deepEqual(await there.replace(old, { record: late, request: browser.request() }), {
        kind: 'superseded',
      })
      await there.drop(old)
      const now = await loadFrom(here, browser, { isFresh: true })
      assert.equal(now.record.email, 'new@example.com')
    })

    it('share the lease', async () => {
      const { here, there, browser } = await twoReplicas()
      const lease = await here.lease(await loadFrom(here, browser), 10_000)
      assert.equal(await there.lease(await loadFrom(there, browser), 10_000), undefined)
      await lease?.release()
      assert.ok(await there.lease(await loadFrom(there, browser), 10_000))
    })

    it('see what another one ended or dropped', async () => {
      const ended = await twoReplicas()
      await ended.here.end(ended.browser.request())
      assert.equal(await isThere(ended.there, ended.browser), false)
      const dropped = await twoReplicas()
      await dropped.here.drop(await loadFrom(dropped.here, dropped.browser))
      assert.equal(await isThere(dropped.there, dropped.browser), false)
    })
  })

  describe(`${name}: endAll()`, () => {
    const cases = [
      { of: { subject: 'a' }, ended: ['a at 1', 'a at 2', 'a at none'] },
      { of: { providerSession: '1' }, ended: ['a at 1', 'b at 1'] },
      // The one without a \`sid\` may be the very one that is meant.
      { of: { subject: 'a', providerSession: '1' }, ended: ['a at 1', 'a at none'] },
      { of: { subject: 'nobody' }, ended: [] },
      { of: { providerSession: 'nowhere' }, ended: [] },
    ]
    for (const { of, ended } of cases) {
      it(`ends ${ended.length} sessions of ${JSON.stringify(of)}, on every replica`, async () => {
        const { place, here, there } = await twoReplicas()
        const people = [
          { what: 'a at 1', provider: 'dex', subject: 'a', providerSession: '1' },
          { what: 'a at 2', provider: 'dex', subject: 'a', providerSession: '2' },
          { what: 'a at none', provider: 'dex', subject: 'a', providerSession: undefined },
          { what: 'b at 1', provider: 'dex', subject: 'b', providerSession: '1' },
          { what: 'a elsewhere', provider: 'other', subject: 'a', providerSession: '1' },
        ]
        const browsers = await Promise.all(
          people.map(async ({ what, ...about }) => {
            const browser = storeBrowser(place.now)
            await createIn(here, sessionRecord(place.now(), about), browser)
            await loadFrom(there, browser)
            return { what, browser }
          }),
        )
        assert.equal(await there.endAll?.(whose(of)), 'ended')
        const gone = []
        for (const { what, browser } of browsers) {
          if (!(await isThere(here, browser))) gone.push(what)
        }
        assert.deepEqual(gone, ended)
      })
    }

    it('still finds a session that was replaced and touched', async () => {
      const { place, here, there, browser } = await twoReplicas()
      const result = await replaced(here, await loadFrom(here, browser), browser)
      assert.ok(result.kind === 'replaced')
      await place.elapse(200)
      await here.touch(result.stored, browser.request())
      assert.equal(await there.endAll?.(whose({ providerSession: 'sid-1' })), 'ended')
      assert.equal(await isThere(here, browser), false)
    })

    it('finds a session by what only a refresh has told', async () => {
      const { here, there, browser } = await twoReplicas({ providerSession: undefined })
      const stored = await loadFrom(here, browser)
      const record = { ...stored.record, providerSession: 'sid-2' }
      const { kind } = await here.replace(stored, { record, request: browser.request() })
      assert.equal(kind, 'replaced')
      assert.equal(await there.endAll?.(whose({ providerSession: 'sid-2' })), 'ended')
      assert.equal(await isThere(here, browser), false)
    })

    it('follows one logout token once', async () => {
      const { place, here, there } = await twoReplicas()
      const once = whose({ subject: 'subject-alice' })
      assert.equal(await here.endAll?.(once), 'ended')
      const later = storeBrowser(place.now)
      await createIn(here, sessionRecord(place.now()), later)
      assert.equal(await there.endAll?.(once), 'replayed')
      assert.equal(await isThere(here, later), true)
    })
  })
}
