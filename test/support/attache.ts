import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { type Child, startChild } from './child.ts'

/** The whole service as a process of its own, as an operator starts it. */
export interface Attache {
  /** Ports by the name under `listen`; those that were configured as port 0 too. */
  readonly ports: {
    readonly grpc: number
    readonly http: number
    readonly admin: number
    /** 0 unless `listen` has it, as any other that it has not. */
    readonly pages: number
  }
  readonly pid: number
  /** The folder of the configuration, for files that tests change. */
  readonly folder: string
  /** Everything that it has printed. */
  readonly output: () => string
  /** The log, one object a line. */
  readonly logLines: () => readonly LogLine[]
  /** Sends SIGTERM and resolves with the exit code when it has gone. */
  readonly stop: () => Promise<{ readonly code: number | null }>
}

/** A line of the log; `msg` says what happened. */
export type LogLine = Readonly<Record<string, unknown>>

/** What {@link startAttache} starts. */
export interface AttacheOptions {
  /** Sections of the configuration besides `listen`. */
  readonly config: Readonly<Record<string, unknown>>
  /** Joins the addresses, which are free loopback ports; undefined takes one away. */
  readonly listen?: Readonly<Record<string, unknown>>
  /** Files beside the configuration, by name: what `…File` points to. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** Default `debug`, so that a test of the log sees everything. */
  readonly logLevel?: string
  readonly env?: Readonly<Record<string, string>>
}

const startsWithinMs = 60_000
const mainFile = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Starts the service and resolves when all its ports are open; rejects with its output otherwise. */
export async function startAttache(options: AttacheOptions): Promise<Attache> {
  const { config, listen = {}, files = {}, logLevel = 'debug', env } = options
  const folder = await mkdtemp(join(tmpdir(), 'attache-test-'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const configFile = join(folder, 'attache.yaml')
  const free = '127.0.0.1:0'
  const allListen = { grpc: free, http: free, admin: free, pages: undefined, ...listen }
  await writeFile(configFile, stringify({ listen: allListen, ...config }))
  const args = [mainFile, 'serve', '--config', configFile, '--log-level', logLevel]
  const child = startChild(process.execPath, args, env === undefined ? {} : { env })
  const stop = async () => {
    const exit = await child.stop('SIGTERM')
    await rm(folder, { recursive: true, force: true })
    return exit
  }
  try {
    const { grpc, http, admin, pages } = allListen
    const servers = Object.entries({ grpc, http, admin, pages })
      .filter(([, address]) => address !== undefined)
      .map(([name]) => name)
    const ports = await listeningPorts(child, servers)
    const output = () => child.stdout() + child.stderr()
    return { ports, pid: child.pid, folder, output, logLines: () => logLines(child.stdout()), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function listeningPorts(child: Child, servers: readonly string[]): Promise<Attache['ports']> {
  const found = new Map<unknown, number>()
  const { promise, resolve } = Promise.withResolvers<void>()
  child.onLine((line) => {
    const { msg, server, address } = parseLine(line)
    if (msg !== 'listening' || typeof address !== 'string') return
    found.set(server, Number(address.split(':').at(-1)))
    if (servers.every((name) => found.has(name))) resolve()
  })
  const giveUp = setTimeout(resolve, startsWithinMs)
  await Promise.race([promise, child.ended])
  clearTimeout(giveUp)
  for (const name of servers) {
    if (found.has(name)) continue
    throw new Error(`Cannot start Attaché: no "${name}" port.\n${child.stderr()}${child.stdout()}`)
  }
  const portOf = (name: string) => found.get(name) ?? 0
  return {
    grpc: portOf('grpc'),
    http: portOf('http'),
    admin: portOf('admin'),
    pages: portOf('pages'),
  }
}

function logLines(output: string): LogLine[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine)
}

function parseLine(line: string): LogLine {
  try {
    const parse: (text: string) => LogLine = JSON.parse
    return parse(line)
  } catch {
    return { msg: line }
  }
}
