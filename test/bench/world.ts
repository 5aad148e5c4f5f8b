/** Everything that runs during a benchmark: floors, three Attachés, one Envoy, and a signed-in browser. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBrowser } from '../../examples/demo/browser.ts'
import { freePort } from '../../examples/demo/ports.ts'
import { type Person, startProvider } from '../../examples/demo/provider.ts'
import type { Transport } from '../../src/check-input.ts'
import { type OnStop, started } from '../support/started.ts'
import { type Attache, startAttache } from './attache.ts'
import { startGateway } from './gateway.ts'
import { type Issuers, startIssuers } from './issuers.ts'
import { startFloor } from './processes.ts'

/** What answers the checks behind one listener of Envoy. */
export interface Target {
  readonly pid: number
  readonly port: number
}

export const transports = ['http', 'grpc'] as const satisfies readonly Transport[]

/**
 * Which Attaché: the usual one; the same in another process, whose memory fills with tokens that were
 * not seen before; one with 1,000 routes; one with 64 issuers.
 */
export type Variant = 'usual' | 'filling' | 'routes' | 'issuers'

export interface World {
  readonly issuers: Issuers
  readonly floor: Readonly<Record<Transport, Target>>
  readonly attache: Readonly<Record<Variant, Readonly<Record<Transport, Target>>>>
  /** A listener that asks nobody. */
  readonly alonePort: number
  /** What a browser sends as `Host` to the usual Attaché's listener. */
  readonly host: Readonly<Record<Transport, string>>
  /** The value of `Cookie` of somebody who signed in through that transport. */
  readonly cookie: Readonly<Record<Transport, string>>
  /** What starting and idling take, told by the one that then fills with tokens. */
  readonly filling: Attache
  readonly stop: () => Promise<void>
}

const person: Person = {
  login: 'alice',
  password: 'bench',
  email: 'alice@example.com',
  groups: ['ml-users', 'platform-admins', 'research'],
}

/** Browsers see each listener under a name of its own, since a cookie knows no ports. */
const hosts = { http: 'localhost', grpc: '127.0.0.1' }

/** Starts it all; whoever calls stops it. */
export async function startWorld(): Promise<World> {
  return started(startParts)
}

async function startParts(onStop: OnStop): Promise<Omit<World, 'stop'>> {
  const folder = await mkdtemp(join(tmpdir(), 'attache-bench-'))
  onStop(() => rm(folder, { recursive: true, force: true }))
  // With the provider they are 64, as many as kube-apiserver accepts.
  const issuers = await startIssuers(63)
  onStop(issuers.stop)

  const listenPorts = { http: await freePort(), grpc: await freePort() }
  const externalURL = {
    http: new URL(`http://${hosts.http}:${listenPorts.http}`),
    grpc: new URL(`http://${hosts.grpc}:${listenPorts.grpc}`),
  }
  const externalURLs = transports.map((transport) => externalURL[transport].origin)
  const client = { clientID: 'bench', clientSecret: randomBytes(16).toString('hex') }
  const provider = await startProvider({
    ...client,
    port: await freePort(),
    redirectURIs: externalURLs.map((url) => `${url}/oauth2/callback`),
    postLogoutRedirectURIs: [],
    people: [person],
  })
  onStop(provider.stop)

  const signIn = { ...client, issuer: provider.issuer, externalURLs }
  const start = async (name: Variant, trusted: readonly string[], routes: number) => {
    const attache = await startAttache({ folder, name, issuers: trusted, routes, signIn })
    onStop(attache.stop)
    return attache
  }
  const attaches = {
    usual: await start('usual', issuers.urls.slice(0, 1), 0),
    filling: await start('filling', issuers.urls.slice(0, 1), 0),
    routes: await start('routes', issuers.urls.slice(0, 1), 1000),
    issuers: await start('issuers', issuers.urls, 0),
  }
  const floors = {
    http: await startFloor('floor-http.ts'),
    grpc: await startFloor('floor-grpc.ts'),
  }
  for (const floor of Object.values(floors)) onStop(floor.stop)

  const gateway = await startGateway([
    { name: 'alone', transport: 'http', checkPort: undefined, listenPort: 0 },
    ...transports.flatMap((transport) => [
      { name: `floor-${transport}`, transport, checkPort: floors[transport].port, listenPort: 0 },
      ...Object.entries(attaches).map(([name, attache]) => ({
        name: `${name}-${transport}`,
        transport,
        checkPort: transport === 'grpc' ? attache.grpcPort : attache.httpPort,
        listenPort: name === 'usual' ? listenPorts[transport] : 0,
      })),
    ]),
  ])
  onStop(gateway.stop)

  const target = (name: string, { pid }: { readonly pid: number }) => ({
    http: { pid, port: gateway.port(`${name}-http`) },
    grpc: { pid, port: gateway.port(`${name}-grpc`) },
  })
  return {
    issuers,
    filling: attaches.filling,
    floor: {
      http: target('floor', floors.http).http,
      grpc: target('floor', floors.grpc).grpc,
    },
    attache: {
      usual: target('usual', attaches.usual),
      filling: target('filling', attaches.filling),
      routes: target('routes', attaches.routes),
      issuers: target('issuers', attaches.issuers),
    },
    alonePort: gateway.port('alone'),
    host: { http: externalURL.http.host, grpc: externalURL.grpc.host },
    cookie: {
      http: await signedIn(externalURL.http),
      grpc: await signedIn(externalURL.grpc),
    },
  }
}

/** Signs in as a browser does and resolves with Attaché's cookies. */
async function signedIn(url: URL): Promise<string> {
  const browser = createBrowser()
  const login = await browser.open(url)
  const { status } = await browser.submit(login, { login: person.login, password: person.password })
  if (status !== 200) throw new Error(`Cannot sign in: the answer is ${status}`)
  const own = browser
    .cookies(url)
    .split('; ')
    .filter((cookie) => cookie.startsWith('attache'))
  return own.join('; ')
}
