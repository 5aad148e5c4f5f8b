import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { SessionRecord } from '../../src/session/record.ts'
import type { SessionRequest } from '../../src/session/sessions.ts'
import type { SessionStore, StoredSession } from '../../src/session/store.ts'
import { applySetCookies, cookieHeader } from '../support/cookie-jar.ts'
import { userInfo } from '../support/user.ts'

/** One empty place to keep sessions in. */
export interface StorePlace {
  /** Another store over the same place; what the stores share besides is as in one replica. */
  readonly open: () => SessionStore
  /** Milliseconds since the epoch, as the stores see it. */
  readonly now: () => number
  /** Lets that much time pass. */
  readonly elapse: (ms: number) => Promise<void>
}

/** A place for each test; it is emptied or closed by whoever gives it. */
export type OpenPlace = () => Promise<StorePlace>

export const hostname = 'app.example.com'

/** A browser that talks to one store or to several. */
export interface StoreBrowser {
  readonly jar: () => ReadonlyMap<string, string>
  readonly request: () => SessionRequest
  /** Takes what a reply sets. */
  readonly receive: (lines: Parameters<typeof applySetCookies>[1]) => void
  /** One with the same cookies, which go different ways from here. */
  readonly copy: () => StoreBrowser
}

/** A browser with the cookies of `start`. */
export function storeBrowser(
  now: () => number,
  start: ReadonlyMap<string, string> = new Map(),
): StoreBrowser {
  let jar = start
  return {
    jar: () => jar,
    request: () => ({ cookieHeader: cookieHeader(jar), hostname, nowMs: now() }),
    receive: (lines) => {
      jar = applySetCookies(jar, lines)
    },
    copy: () => storeBrowser(now, jar),
  }
}

/** A record of alice at dex, with everything that a record may hold. */
export function sessionRecord(
  nowMs: number,
  overrides: Partial<SessionRecord> = {},
): SessionRecord {
  return {
    id: randomBytes(16).toString('base64url'),
    provider: 'dex',
    mapping: 'mapping-digest',
    user: userInfo({
      name: 'alice',
      uid: 'u1',
      groups: ['b', 'a', 'b', 'ünï → 🦊', 'a,"b" \\ c'],
      extra: new Map([
        ['example.com/team', ['x', '']],
        ['__proto__', ['y']],
      ]),
    }),
    email: 'alice@example.com',
    idToken: undefined,
    idTokenExpiresAtMs: undefined,
    refreshToken: 'refresh-token-1',
    subject: 'subject-alice',
    providerSession: 'sid-1',
    createdAtMs: nowMs,
    expiresAtMs: nowMs + 12 * 3_600_000,
    refreshAtMs: nowMs + 3_600_000,
    ...overrides,
  }
}

/** Creates a session in a browser without cookies. */
export async function createIn(
  store: SessionStore,
  record: SessionRecord,
  browser: StoreBrowser,
): Promise<void> {
  const saved = await store.create(record, browser.request())
  assert.ok(saved.kind === 'saved')
  browser.receive(saved.setCookies)
}

/** The session that the browser shows, which must be one; the browser takes what comes with it. */
export async function loadFrom(
  store: SessionStore,
  browser: StoreBrowser,
  options: { readonly isFresh?: boolean } = {},
): Promise<StoredSession> {
  const loaded = await store.load(browser.request(), options)
  assert.ok(loaded.kind === 'loaded', `is ${loaded.kind}`)
  browser.receive(loaded.setCookies)
  return loaded.stored
}

/** Whether the browser shows a session. */
export async function isThere(store: SessionStore, browser: StoreBrowser): Promise<boolean> {
  return (await store.load(browser.request(), { isFresh: true })).kind === 'loaded'
}

/** A place with one store, and one session in one browser. */
export async function opened(openPlace: OpenPlace, overrides: Partial<SessionRecord> = {}) {
  const place = await openPlace()
  const store = place.open()
  const browser = storeBrowser(place.now)
  const record = sessionRecord(place.now(), overrides)
  await createIn(store, record, browser)
  return { place, store, browser, record }
}

/** Puts another record into the place of one: another refresh token, another `email`. */
export async function replaced(store: SessionStore, stored: StoredSession, browser: StoreBrowser) {
  const record = { ...stored.record, refreshToken: 'refresh-token-2', email: 'new@example.com' }
  return store.replace(stored, { record, request: browser.request() })
}
