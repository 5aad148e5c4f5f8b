/** Attachés that keep sessions in cookies, in a Redis with few and in one with many, behind an Envoy. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../examples/demo/ports.ts'
import { startProvider } from '../../examples/demo/provider.ts'
import { schedule } from '../../src/authn/schedule.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createCookieStore } from '../../src/session/cookie.ts'
import { createCookieMemory } from '../../src/session/cookie-memory.ts'
import { createSessions } from '../../src/session/create-sessions.ts'
import { createRedisStore } from '../../src/session/redis/store.ts'
import type { Sessions } from '../../src/session/sessions.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { redisServer } from '../support/redis-server.ts'
import { type OnStop, started } from '../support/started.ts'
import { userInfo } from '../support/user.ts'
import { startAttache } from './attache.ts'
import { startGateway } from './gateway.ts'
import { startFloor } from './processes.ts'
import type { Target } from './world.ts'

/** One Attaché, and whose requests it gets. */
export interface SessionTarget extends Target {
  /** Of so many browsers, one each. */
  readonly requests: (count: number) => readonly string[]
  /** Makes so many sessions, each of a browser of its own. */
  readonly signIn: (count: number) => Promise<void>
}

/** Where sessions are kept: the two Redis are the same but for what is in them. */
export type Place = 'cookies' | 'redis with few' | 'redis with many'

export interface SessionWorld {
  readonly floor: Target
  readonly targets: Readonly<Record<Place, SessionTarget>>
  /** Fills the second Redis up to so many with copies of one value: nobody has a cookie for those. */
  readonly copyUpTo: (count: number) => Promise<void>
  /** Of the second Redis. */
  readonly redisBytes: () => Promise<number>
  /** Of one value there. */
  readonly valueBytes: () => Promise<number>
  readonly stop: () => Promise<void>
}

const hostname = 'localhost'
const atOnce = 100
const copiesAtOnce = 5000

/** Starts it all; whoever calls stops it. */
export async function startSessionWorld(): Promise<SessionWorld> {
  return started(startParts)
}

async function startParts(onStop: OnStop): Promise<Omit<SessionWorld, 'stop'>> {
  const folder = await mkdtemp(join(tmpdir(), 'attache-bench-'))
  onStop(() => rm(folder, { recursive: true, force: true }))
  const [few, many] = [await startEmptyRedis(onStop), await startEmptyRedis(onStop)]
  const client = { clientID: 'bench', clientSecret: randomBytes(16).toString('hex') }
  const externalURL = `http://${hostname}:1`
  const provider = await startProvider({
    ...client,
    port: await freePort(),
    redirectURIs: [`${externalURL}/oauth2/callback`],
    postLogoutRedirectURIs: [],
    people: [],
  })
  onStop(provider.stop)

  const signIn = { ...client, issuer: provider.issuer, externalURLs: [externalURL] }
  const start = async (name: string, redisURL?: string) => {
    const own = join(folder, name)
    await mkdir(own)
    const attache = await startAttache({
      ...{ folder: own, name, issuers: [], routes: 0, signIn },
      ...(redisURL !== undefined && { redisURL }),
    })
    onStop(attache.stop)
    const sessions = sessionsOf(join(own, `${name}.yaml`))
    onStop(sessions.close)
    return { name, attache, sessions }
  }
  const [cookies, withFew, withMany] = [
    await start('cookies'),
    await start('few', few.url),
    await start('many', many.url),
  ]
  const floor = await startFloor('floor-http.ts')
  onStop(floor.stop)
  const gateway = await startGateway([
    { name: 'floor', transport: 'http', checkPort: floor.port, listenPort: 0 },
    ...[cookies, withFew, withMany].map(({ name, attache }) => {
      return { name, transport: 'http' as const, checkPort: attache.httpPort, listenPort: 0 }
    }),
  ])
  onStop(gateway.stop)

  const target = ({ name, attache, sessions }: typeof cookies): SessionTarget => {
    const made: string[] = []
    return {
      pid: attache.pid,
      port: gateway.port(name),
      requests: (count) => made.slice(0, count).map(request),
      signIn: async (count) => {
        while (made.length < count) {
          const people = Array.from({ length: atOnce }, (_, n) => made.length + n)
          made.push(...(await Promise.all(people.map((n) => cookieOf(sessions, n)))))
        }
      },
    }
  }
  return {
    floor: { pid: floor.pid, port: gateway.port('floor') },
    targets: {
      cookies: target(cookies),
      'redis with few': target(withFew),
      'redis with many': target(withMany),
    },
    copyUpTo: async (count) => {
      const there = Number(await many.command('EVAL', countScript, 0))
      for (let from = there; from < count; from += copiesAtOnce) {
        await copy(many, from, Math.min(from + copiesAtOnce, count))
      }
    },
    redisBytes: async () => {
      const info = String(await many.command('INFO', 'memory'))
      return Number(/^used_memory:(\d+)/m.exec(info)?.[1])
    },
    valueBytes: async () =>
      Number(await many.command('EVAL', `return redis.call('STRLEN', ${anyValue})`, 0)),
  }
}

async function startEmptyRedis(onStop: (stop: () => Promise<unknown>) => void): Promise<Redis> {
  const redis = await startRedis({ server: await redisServer() })
  onStop(redis.stop)
  return redis
}

/** Makes sessions as that Attaché does, from its own configuration. */
function sessionsOf(configFile: string): Sessions {
  const { config } = loadConfig(configFile, {})
  const { session, signIn } = config
  if (session === undefined || signIn === undefined) throw new TypeError('Cannot sign in: not set')
  const { redis } = session
  const common = { config: session, random: randomBytes, now: Date.now }
  return createSessions({
    ...common,
    store:
      redis === undefined
        ? createCookieStore({ ...common, memory: createCookieMemory() })
        : createRedisStore({ ...common, redis }),
    providers: signIn.providers,
    keepIDToken: redis !== undefined,
    sendIDToken: false,
    isReadOnly: false,
    refresh: async () => Promise.reject(new Error('Cannot refresh: nothing is due')),
    schedule,
    listener: { refreshed: () => {} },
  })
}

/** Signs somebody in, with tokens as long as a real provider's, and resolves with the cookie. */
async function cookieOf(sessions: Sessions, person: number): Promise<string> {
  const name = `user-${person}@example.com`
  const saved = await sessions.save(
    {
      provider: 'bench',
      user: userInfo({ name, groups: ['ml-users', 'platform-admins', 'research'] }),
      email: name,
      idToken: randomBytes(675).toString('base64url'),
      idTokenExpiresAtMs: Date.now() + 3_600_000,
      refreshToken: randomBytes(375).toString('base64url'),
      subject: `f:${randomBytes(16).toString('hex')}:${person}`,
      providerSession: randomBytes(16).toString('hex'),
    },
    { cookieHeader: undefined, hostname, nowMs: Date.now() },
  )
  if (saved.kind !== 'saved') throw new Error(`Cannot sign in: ${saved.kind}`)
  return saved.setCookies.map(([, line]) => line.split(';', 1)[0]).join('; ')
}

function request(cookie: string): string {
  const lines = [
    'GET / HTTP/1.1',
    `host: ${hostname}`,
    'user-agent: attache-bench',
    'accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'sec-fetch-dest: document',
    'sec-fetch-mode: navigate',
    'sec-fetch-site: none',
    `cookie: ${cookie}`,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

const anyValue = `redis.call('SCAN', 0, 'MATCH', 'attache:{*', 'COUNT', 10000)[2][1]`

const countScript = `return #redis.call('KEYS', 'attache:{*')`

/** All that one session has: its value, and its place in two indexes. */
const copyScript = `
local value = redis.call('GET', ${anyValue})
local endMs = ARGV[3] + 43200000
for n = ARGV[1], ARGV[2] - 1 do
  local name = string.sub(redis.sha1hex('session' .. n), 1, 22)
  redis.call('SET', 'attache:{' .. name .. '}', value, 'PX', 3600000)
  for _, kind in ipairs({ 'sub', 'sid' }) do
    local key = 'attache:index:' .. string.sub(redis.sha1hex(kind .. n), 1, 22)
    redis.call('ZADD', key, endMs, name .. 'ABCDEFGHIJKL')
    redis.call('PEXPIRE', key, 43200000)
  end
end`

async function copy(redis: Redis, from: number, to: number): Promise<void> {
  await redis.command('EVAL', copyScript, 0, from, to, Date.now())
}
