import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { ProviderConfig, SessionConfig } from '../../src/config/browser-types.ts'
import type { HeaderLine } from '../../src/headers/changes.ts'
import { createCookieStore } from '../../src/session/cookie.ts'
import { createCookieMemory } from '../../src/session/cookie-memory.ts'
import { createSessions } from '../../src/session/create-sessions.ts'
import type { NewSession, SessionLookup, Sessions } from '../../src/session/sessions.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { providerConfig, sessionConfig } from '../support/config.ts'
import { applySetCookies, cookieHeader } from '../support/cookie-jar.ts'
import { type FakeTime, fakeTime } from './fake-time.ts'
import {
  firstSession,
  type Heard,
  type ScriptedProvider,
  scriptedProvider,
} from './scripted-provider.ts'

export interface SessionsBedOptions {
  readonly config?: Partial<SessionConfig>
  readonly cookie?: Partial<SessionConfig['cookie']>
  readonly provider?: Partial<ProviderConfig>
  readonly keepIDToken?: boolean
  readonly sendIDToken?: boolean
  readonly isReadOnly?: boolean
  /** What stands between the sessions and their store. */
  readonly between?: (store: SessionStore) => SessionStore
  /** Default: in cookies. */
  readonly openStore?: (config: SessionConfig) => SessionStore
  /** Default: one that stands still. */
  readonly time?: FakeTime
}

/** One browser with a session, replicas that it talks to, a provider, and time. */
export interface SessionsBed {
  readonly time: FakeTime
  readonly provider: ScriptedProvider
  readonly heard: readonly Heard[]
  /** Another replica; with `isApart` it shares nothing with the others but the keys. */
  readonly replica: (options?: SessionsBedOptions & { readonly isApart?: boolean }) => Sessions
  readonly sessions: Sessions
  readonly jar: () => ReadonlyMap<string, string>
  readonly setJar: (jar: ReadonlyMap<string, string>) => void
  /** Asks without taking what is set. */
  readonly ask: (sessions?: Sessions, jar?: ReadonlyMap<string, string>) => Promise<SessionLookup>
  /** Asks, and takes what is set, as with an allowed request. */
  readonly find: (sessions?: Sessions) => Promise<SessionLookup>
  readonly signIn: (session?: NewSession) => Promise<readonly HeaderLine[]>
}

function unchanged(store: SessionStore): SessionStore {
  return store
}

/** A {@link SessionsBed} whose browser has signed in. Refresh is on; sessions are due after an hour. */
export async function sessionsBed(options: SessionsBedOptions = {}): Promise<SessionsBed> {
  const { time = fakeTime() } = options
  const provider = scriptedProvider(time.now)
  const heard: Heard[] = []
  const shared = createCookieMemory()
  let jar: ReadonlyMap<string, string> = new Map()

  const replica: SessionsBed['replica'] = ({ isApart = false, ...overrides } = {}) => {
    const {
      between = unchanged,
      keepIDToken = false,
      sendIDToken = keepIDToken,
      isReadOnly = false,
      ...rest
    } = { ...options, ...overrides }
    const base = sessionConfig(rest.config)
    const config = { ...base, cookie: { ...base.cookie, refresh: true, ...rest.cookie } }
    const { now, schedule } = time
    const memory = isApart ? createCookieMemory() : shared
    const { openStore = () => createCookieStore({ config, random: randomBytes, now, memory }) } =
      rest
    return createSessions({
      store: between(openStore(config)),
      refresh: provider.refresh,
      config,
      providers: [providerConfig(rest.provider)],
      keepIDToken,
      sendIDToken,
      isReadOnly,
      now,
      random: randomBytes,
      schedule,
      listener: { refreshed: (result, about) => heard.push({ result, ...about }) },
    })
  }

  const sessions = replica()
  const request = (cookies: ReadonlyMap<string, string>) => ({
    cookieHeader: cookieHeader(cookies),
    hostname: 'app.example.com',
    nowMs: time.now(),
  })
  const ask: SessionsBed['ask'] = async (asked = sessions, cookies = jar) =>
    asked.find(request(cookies))
  const bed: SessionsBed = {
    time,
    provider,
    heard,
    replica,
    sessions,
    jar: () => jar,
    setJar: (next) => {
      jar = next
    },
    ask,
    find: async (asked) => {
      const lookup = await ask(asked)
      jar = lookup.kind === 'found' ? applySetCookies(jar, lookup.setCookies) : jar
      return lookup
    },
    signIn: async (session = firstSession()) => {
      const saved = await sessions.save(session, request(jar))
      assert.ok(saved.kind === 'saved')
      jar = applySetCookies(jar, saved.setCookies)
      return saved.setCookies
    },
  }
  await bed.signIn()
  return bed
}

/** What a test compares of a lookup: the groups of who was found, or why nobody was. */
export function outcome(lookup: SessionLookup): string {
  switch (lookup.kind) {
    case 'none':
      return 'none'
    case 'found':
      return lookup.session.authenticated.user.groups.join()
    case 'refused':
      return lookup.reason
  }
}

export const hourMs = 3_600_000
export const minuteMs = 60_000
