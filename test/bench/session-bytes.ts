/**
 * What a session weighs, by how many groups its user has: `node test/bench/session-bytes.ts` prints the
 * table of docs/sessions.md.
 */
import { randomBytes } from 'node:crypto'
import type { SessionConfig } from '../../src/config/browser-types.ts'
import { createCookieStore } from '../../src/session/cookie.ts'
import { createCookieMemory } from '../../src/session/cookie-memory.ts'
import { createSessions } from '../../src/session/create-sessions.ts'
import type { SessionRecord } from '../../src/session/record.ts'
import { createRedisCookie } from '../../src/session/redis/cookie.ts'
import { sealValue } from '../../src/session/redis/value.ts'
import { providerConfig, sessionConfig } from '../support/config.ts'
import { newSession } from '../support/sessions.ts'
import { userInfo } from '../support/user.ts'

interface Bytes {
  readonly groups: number
  /** What the browser sends with each request, name included; and in how many cookies. */
  readonly cookie: number
  readonly cookies: number
  /** The same with a refresh token of 100 bytes, and with one of 1,000. */
  readonly withRefresh: number
  readonly withLongRefresh: number
  /** With Redis: what the browser sends, and the value there. */
  readonly redisCookie: number
  readonly redisValue: number
}

const counts = [0, 10, 100, 300]
const nowMs = Date.UTC(2026, 0, 1)
const random = randomBytes
const config: SessionConfig = sessionConfig({
  idleLifetimeMs: 3_600_000,
  cookie: { ...sessionConfig().cookie, maxBytes: 65_536, refresh: true },
})

/** The session of one user: an address as name, groups of 20 characters, as many as `groups`. */
async function saved(groups: number, refreshToken: string | undefined) {
  let record: SessionRecord | undefined
  const now = () => nowMs
  const store = createCookieStore({ config, random, now, memory: createCookieMemory() })
  const sessions = createSessions({
    store: {
      ...store,
      create: (created, request) => {
        record = created
        return store.create(created, request)
      },
    },
    refresh: () => Promise.reject(new Error('not asked')),
    config,
    providers: [providerConfig()],
    keepIDToken: false,
    sendIDToken: false,
    isReadOnly: false,
    now,
    random,
    schedule: () => () => {},
    listener: { refreshed: () => {} },
  })
  const user = userInfo({
    name: 'alice@example.com',
    groups: Array.from(
      { length: groups },
      (_, n) => `team-${String(n).padStart(3, '0')}-at-example`,
    ),
  })
  const session = newSession({ user, email: user.name, refreshToken, subject: 's'.repeat(36) })
  const request = { cookieHeader: undefined, hostname: 'app.example.com', nowMs }
  const result = await sessions.save(session, request)
  if (result.kind === 'too-large' || record === undefined) throw new Error('Cannot measure')
  // `name=value; ` for each.
  const bytes = result.setCookies.map(([, line]) => line.split(';', 1).join().length + 2)
  return { record, cookies: bytes.length, bytes: bytes.reduce((sum, one) => sum + one, 0) }
}

async function bytesOf(groups: number): Promise<Bytes> {
  const { bytes, cookies } = await saved(groups, undefined)
  const short = await saved(groups, 'r'.repeat(100))
  const long = await saved(groups, 'r'.repeat(1000))
  const { session, value } = createRedisCookie(config.keys, random).create()
  const head = { version: 1, lastUsedAtMs: nowMs }
  return {
    groups,
    cookie: bytes,
    cookies,
    withRefresh: short.bytes,
    withLongRefresh: long.bytes,
    redisCookie: config.cookie.name.length + value.length + 3,
    redisValue: sealValue({ record: long.record, ...head }, { session, random }).length,
  }
}

function format(bytes: number): string {
  return bytes.toLocaleString('en')
}

/** The table, in Markdown. */
export async function sessionBytesTable(): Promise<string> {
  const rows = await Promise.all(counts.map(bytesOf))
  return [
    '| groups | cookie | with `cookie.refresh`, a token of 100 bytes | of 1,000 bytes | with Redis: cookie | with Redis: value there |',
    '|---|---|---|---|---|---|',
    ...rows.map(
      ({ groups, cookie, cookies, withRefresh, withLongRefresh, redisCookie, redisValue }) =>
        `| ${groups} | ${format(cookie)} in ${cookies} | ${format(withRefresh)} | ${format(withLongRefresh)} | ${format(redisCookie)} | ${format(redisValue)} |`,
    ),
  ].join('\n')
}

if (import.meta.main) console.log(await sessionBytesTable())
