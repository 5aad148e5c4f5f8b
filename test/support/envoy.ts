import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Child, startChild } from './child.ts'

/** A real Envoy that is ready to take requests. */
export interface Envoy {
  /** The port of the only listener; with several, of the one with that name. */
  readonly port: (listener?: string) => number
  /** The body of `GET path` on the admin interface, such as `/stats?filter=ext_authz`. */
  readonly admin: (path: string) => Promise<string>
  /** What it has logged, access log on standard output included. */
  readonly log: () => string
  readonly stop: () => Promise<void>
}

/** What {@link startEnvoy} runs. */
export interface EnvoyOptions {
  /** Path of the binary: `envoy()` of parts.ts. */
  readonly binary: string
  /** A bootstrap without `admin`: an object, or the text of a YAML file. Port 0 is any free port. */
  readonly config: object | string
  /** Default `warning`. */
  readonly logLevel?: 'trace' | 'debug' | 'info' | 'warning'
}

const readyWithinMs = 60_000

/** Starts Envoy and resolves when it is ready; rejects with its log when it refuses the config. */
export async function startEnvoy({
  binary,
  config,
  logLevel = 'warning',
}: EnvoyOptions): Promise<Envoy> {
  const folder = await mkdtemp(join(tmpdir(), 'attache-envoy-'))
  const configFile = join(folder, 'envoy.yaml')
  const adminFile = join(folder, 'admin')
  const admin = { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } }
  const text = typeof config === 'string' ? config : JSON.stringify(config)
  await writeFile(
    configFile,
    typeof config === 'string'
      ? `${text}\nadmin: ${JSON.stringify(admin)}\n`
      : JSON.stringify({ ...config, admin }),
  )
  const child = startChild(
    binary,
    [
      ['--config-path', configFile, '--admin-address-path', adminFile],
      ['--concurrency', '1', '--use-dynamic-base-id', '--disable-hot-restart'],
      ['--log-level', logLevel],
    ].flat(),
  )
  const stop = async () => {
    await child.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const address = await untilReady(child, adminFile)
    const get = async (path: string) => (await fetch(`http://${address}${path}`)).text()
    const ports = listeningPorts(await get('/listeners?format=json'))
    return {
      port: (listener) => onlyPort(ports, listener),
      admin: get,
      log: () => child.stderr() + child.stdout(),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function untilReady(child: Child, adminFile: string): Promise<string> {
  const giveUpAt = Date.now() + readyWithinMs
  while (child.exit() === undefined && Date.now() < giveUpAt) {
    const address = await readFile(adminFile, 'utf8').catch(() => '')
    if (address !== '') {
      const response = await fetch(`http://${address}/ready`).catch(() => undefined)
      if (response?.status === 200) return address
    }
    await delay(20)
  }
  throw new Error(`Cannot start Envoy: it is not ready. Its log:\n${child.stderr()}`)
}

interface ListenersBody {
  readonly listener_statuses?: readonly {
    readonly name: string
    readonly local_address: { readonly socket_address?: { readonly port_value: number } }
  }[]
}

function listeningPorts(body: string): ReadonlyMap<string, number> {
  const parse: (text: string) => ListenersBody = JSON.parse
  const { listener_statuses: statuses = [] } = parse(body)
  return new Map(
    statuses.map(({ name, local_address: address }) => [
      name,
      address.socket_address?.port_value ?? 0,
    ]),
  )
}

function onlyPort(ports: ReadonlyMap<string, number>, name: string | undefined): number {
  const found =
    name === undefined && ports.size === 1 ? [...ports.values()][0] : ports.get(name ?? '')
  if (found === undefined) {
    throw new RangeError(
      `Cannot find listener "${name}": Envoy has ${[...ports.keys()].join(', ')}`,
    )
  }
  return found
}
