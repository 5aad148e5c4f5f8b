import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startChild } from './child.ts'
import { freePort } from './free-port.ts'
import { type RedisCommand, type RedisReply, redisCommands } from './redis-commands.ts'
import type { RedisServer } from './redis-server.ts'
import { startRestartable } from './restartable.ts'
import { ownFolder, started } from './started.ts'

/** A server or a sentinel that runs; a test may treat it as badly as it likes. */
export interface RedisProcess {
  readonly port: number
  /** Its data: `appendonly` files, `nodes.conf`. */
  readonly folder: string
  /** One command, as an administrator. Throws an error reply. */
  readonly command: (...command: RedisCommand) => Promise<RedisReply>
  /** Several in one go; an error reply is a value. */
  readonly commands: (commands: readonly RedisCommand[]) => Promise<readonly RedisReply[]>
  readonly log: () => string
  /** Kills it, as a crash would. */
  readonly halt: () => Promise<void>
  /** Brings it back at the same port: with the data that it kept, else empty. */
  readonly resume: () => Promise<void>
  /** Stops the process without closing a connection: its clients get no answer and no error. */
  readonly freeze: () => void
  readonly thaw: () => void
  readonly stop: () => Promise<void>
}

/** PEM texts: an authority of authorities.ts has them. */
export interface RedisTls {
  readonly ca: string
  readonly server: { readonly cert: string; readonly key: string }
  /** If given, clients must show a certificate of this CA; the tests' own commands show this one. */
  readonly client?: { readonly cert: string; readonly key: string }
}

interface ProcessOptions {
  readonly server: RedisServer
  /** Default: one that is free. */
  readonly port?: number | undefined
  /** Lines of its configuration besides those of addresses and TLS. */
  readonly lines: readonly string[]
  /** After the file on its command line. */
  readonly args?: readonly string[]
  /** As whom the tests' own commands run. */
  readonly login?: { readonly user: string; readonly password: string } | undefined
  readonly tls?: RedisTls | undefined
}

/** Starts the process and resolves when it answers; rejects with its log otherwise. */
export async function startRedisProcess(options: ProcessOptions): Promise<RedisProcess> {
  const { server, lines, args = [], login, tls } = options
  if (tls !== undefined && !server.hasTls) {
    throw new TypeError('Cannot start Redis: this server is built without TLS')
  }
  return started(async (onStop) => {
    const folder = await ownFolder('redis', onStop)
    const port = options.port ?? (await freePort())
    const configFile = join(folder, 'redis.conf')
    const ports = tls === undefined ? [`port ${port}`] : await tlsLines(folder, { port, tls })
    const config = ['bind 127.0.0.1', `dir ${folder}`, ...ports, ...lines]
    await writeFile(configFile, `${config.join('\n')}\n`)

    const address = { port, login, tls: tls && { ca: tls.ca, ...tls.client } }
    const commands = async (list: readonly RedisCommand[]) => redisCommands(address, list)
    const command = async (...words: RedisCommand) => {
      const [reply = null] = await commands([words])
      if (reply instanceof Error) throw reply
      return reply
    }
    const { log, halt, resume, signal } = await startRestartable('Redis', {
      start: () => startChild(server.file, [configFile, ...args], { env: server.env }),
      probe: async () => (await command('PING')) === 'PONG',
      onStop,
    })
    return {
      port,
      folder,
      command,
      commands,
      log,
      halt,
      resume,
      freeze: () => signal('SIGSTOP'),
      thaw: () => signal('SIGCONT'),
    }
  })
}

/** Writes the certificates and returns the lines that name them. */
async function tlsLines(
  folder: string,
  { port, tls }: { readonly port: number; readonly tls: RedisTls },
): Promise<string[]> {
  const file = async (name: string, content: string) => {
    await writeFile(join(folder, name), content, { mode: 0o600 })
    return join(folder, name)
  }
  return [
    `port 0`,
    `tls-port ${port}`,
    `tls-ca-cert-file ${await file('ca.crt', tls.ca)}`,
    `tls-cert-file ${await file('server.crt', tls.server.cert)}`,
    `tls-key-file ${await file('server.key', tls.server.key)}`,
    `tls-auth-clients ${tls.client === undefined ? 'no' : 'yes'}`,
    'tls-replication yes',
    'tls-cluster yes',
  ]
}
