/**
 * A real Redis on loopback. How it fails its clients while it runs is in redis-faults.ts; groups of
 * several are in redis-sentinel.ts and redis-cluster.ts.
 */
import { createHash, randomUUID } from 'node:crypto'
import { type RedisProcess, type RedisTls, startRedisProcess } from './redis-process.ts'
import type { RedisServer } from './redis-server.ts'

/** A running server. */
export interface Redis extends RedisProcess {
  /** `redis://127.0.0.1:PORT` or `rediss://…`, with the password of the default user if there is one. */
  readonly url: string
}

export interface RedisOptions {
  /** `redisServer()` of redis-server.ts. */
  readonly server: RedisServer
  /** Default: one that is free. */
  readonly port?: number
  /** Of the default user. Default: none is asked for. */
  readonly password?: string
  /** Further users, by name; the default one cannot log in then, unless it has a password. */
  readonly users?: Readonly<Record<string, RedisUser>>
  /** Whether data outlives a kill. Default: no. */
  readonly keep?: boolean
  /** Default: plain TCP. */
  readonly tls?: RedisTls
  /** Further lines of its configuration. */
  readonly config?: readonly string[]
  /** Of the user `admin`. Default: a new one; servers of one group log in to each other with it. */
  readonly adminPassword?: string
}

/** A user of Redis' access control lists. */
export interface RedisUser {
  readonly password: string
  /** Such as `~attache:* &attache:* +@all -@dangerous`. */
  readonly rules: string
}

/** Starts a server and resolves when it answers; rejects with its log otherwise. */
export async function startRedis(options: RedisOptions): Promise<Redis> {
  const { server, password, tls, port, adminPassword = randomUUID() } = options
  const running = await startRedisProcess({
    server,
    port,
    tls,
    login: { user: 'admin', password: adminPassword },
    lines: configLines({ ...options, adminPassword }),
  })
  const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`
  const scheme = tls === undefined ? 'redis' : 'rediss'
  return { ...running, url: `${scheme}://${login}127.0.0.1:${running.port}` }
}

function configLines(options: RedisOptions & { readonly adminPassword: string }): string[] {
  const { password, users = {}, keep = false, adminPassword, config = [] } = options
  const everything = '~* &* +@all'
  const named = Object.entries(users)
  const defaultUser = password === undefined ? 'on nopass' : `on ${hashed(password)}`
  return [
    'save ""',
    `appendonly ${keep ? 'yes' : 'no'}`,
    // A kill loses nothing that was written, only a power cut would.
    'appendfsync no',
    `user admin on ${hashed(adminPassword)} ${everything}`,
    named.length > 0 && password === undefined
      ? 'user default off'
      : `user default ${defaultUser} ${everything}`,
    // Redis 6.2 gives every channel to a user who is told nothing about channels.
    ...named.map(
      ([name, user]) => `user ${name} on resetchannels ${hashed(user.password)} ${user.rules}`,
    ),
    'masteruser admin',
    `masterauth ${adminPassword}`,
    'repl-diskless-sync-delay 0',
    ...config,
  ]
}

/** As the lists have it, so that a password may be of any characters. */
function hashed(password: string): string {
  return `#${createHash('sha256').update(password).digest('hex')}`
}
