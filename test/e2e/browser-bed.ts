/**
 * What end-to-end tests of sign-in start: providers that know some people, an application, Envoys in front of it
 * that speak TLS, and the configuration in between.
 */
import { randomBytes } from 'node:crypto'
import type { Page } from 'playwright-core'
import type { Transport } from '../../src/check-input.ts'
import type { Attache, AttacheOptions } from '../support/attache.ts'
import { firstAuthority } from '../support/authorities.ts'
import type { Envoy } from '../support/envoy.ts'
import { type Edit, startExampleEnvoy } from '../support/example-envoy.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import type { ProviderOptions } from '../support/provider-configuration.ts'
import { type PageUpstream, startPageUpstream } from './page-upstream.ts'

export const transports = ['grpc', 'http'] as const

/** A host for each transport, at one Attaché: a browser meets the Envoy that asks in this way. */
export const hosts: Readonly<Record<Transport, string>> = {
  grpc: 'grpc.example.test',
  http: 'http.example.test',
}

/** An address at one of {@link hosts}. */
export function addressOf(transport: Transport, path: string): string {
  return `https://${hosts[transport]}${path}`
}

export const externalURLs = transports.map((transport) => new URL(`https://${hosts[transport]}`))

/** Known at every provider of {@link startPeopleProvider}. */
export const people = {
  alice: { email: 'alice@example.com', email_verified: true, groups: ['team-a', 'admins'] },
  bob: { email: 'bob@example.com', email_verified: true, groups: ['team-b'] },
} as const

/** Of the client `platform` at every provider. */
export const clientSecret = 'a client secret: %+&'

/** A provider where {@link people} sign in, with what a test wants to differ. */
export async function startPeopleProvider(
  options: Partial<ProviderOptions> = {},
): Promise<TestProvider> {
  return startProvider({
    clientID: 'platform',
    clientSecret,
    externalURL: externalURLs,
    people: Object.entries(people).map(([login, claims]) => ({ login, claims })),
    ...options,
  })
}

/** What a test's configuration is made of. */
export interface BrowserConfig {
  /** Issuers by the id of the provider. */
  readonly providers: Readonly<Record<string, string>>
  /** Further keys of each provider. */
  readonly provider?: Readonly<Record<string, unknown>>
  readonly signIn?: Readonly<Record<string, unknown>>
  /** Of a Redis: sessions are there. Default: in cookies. */
  readonly redisURL?: string
  readonly session?: Readonly<Record<string, unknown>>
  /** Default: {@link applicationRoutes}. */
  readonly routes?: readonly object[]
  /** Further sections. */
  readonly more?: Readonly<Record<string, unknown>>
}

/** Whoever has signed in may see everything but `/admin`. */
export const applicationRoutes = [
  { match: { paths: ['/public/*'] }, access: 'public' },
  {
    match: { paths: ['/admin', '/admin/*'] },
    when: "'admins' in user.groups",
    identity: 'headers',
  },
  { identity: 'headers' },
]

/** The sections and files of it; the same for each replica that is started with them. */
export function browserConfig(options: BrowserConfig): Pick<AttacheOptions, 'config' | 'files'> {
  const { providers, provider, signIn, redisURL, session, more } = options
  const issuers = Object.values(providers)
  const claimMappings = {
    username: { claim: 'email', prefix: '' },
    groups: { claim: 'groups', prefix: '' },
  }
  return {
    config: {
      insecureIssuers: issuers,
      authentication: {
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'AuthenticationConfiguration',
        jwt: issuers.map((url) => ({ issuer: { url, audiences: ['platform'] }, claimMappings })),
      },
      signIn: {
        externalURL: externalURLs.map(({ origin }) => origin),
        logoutPaths: ['/logout'],
        providers: Object.entries(providers).map(([id, issuer]) => ({
          id,
          issuer,
          clientID: 'platform',
          clientSecretFile: 'client-secret',
          scopes: ['openid', 'email', 'groups'],
          ...provider,
        })),
        ...signIn,
      },
      session: {
        keysFile: 'session-keys',
        ...(redisURL !== undefined && { store: 'redis', redis: { urlFile: 'redis-url' } }),
        ...session,
      },
      routes: options.routes ?? applicationRoutes,
      ...more,
    },
    files: {
      'client-secret': clientSecret,
      'session-keys': randomBytes(32).toString('base64'),
      ...(redisURL !== undefined && { 'redis-url': redisURL }),
    },
  }
}

/** Browser → Envoy → application. */
export interface Front {
  /** Speaks TLS, unless it was started plain. */
  readonly port: number
  readonly proxy: Envoy
  readonly upstream: PageUpstream
  readonly stop: () => Promise<void>
}

export interface FrontOptions {
  readonly transport: Transport
  readonly binary: string
  /** The replicas that Envoy asks by turns. */
  readonly replicas: readonly Pick<Attache, 'ports'>[]
  /** For the browsers of tests, which speak no TLS. Default: no. */
  readonly plain?: boolean
  readonly edits?: readonly Edit[]
}

/** Starts an application and an Envoy in front of it. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const { transport, binary, replicas, plain = false, edits = [] } = options
  const [first = 0, ...others] = replicas.map(({ ports }) => ports[transport])
  const upstream = await startPageUpstream()
  const proxy = await startExampleEnvoy({
    transport,
    binary,
    attachePort: first,
    upstream: { port: upstream.port },
    ...(plain ? {} : { tls: firstAuthority.server }),
    edits: [...(others.length === 0 ? [] : [endpoints(first, others)]), ...edits],
  })
  return {
    port: proxy.port(),
    proxy,
    upstream,
    stop: async () => {
      await proxy.stop()
      await upstream.stop()
    },
  }
}

/** One for each of {@link hosts}. */
export type Fronts = Readonly<Record<Transport, Front>>

/** Starts both of them, in front of the same replicas. */
export async function startFronts(options: Omit<FrontOptions, 'transport'>): Promise<Fronts> {
  return {
    grpc: await startFront({ ...options, transport: 'grpc' }),
    http: await startFront({ ...options, transport: 'http' }),
  }
}

/** Where a Chromium finds {@link hosts}. */
export function portsOf(fronts: Fronts): Record<string, number> {
  return { [hosts.grpc]: fronts.grpc.port, [hosts.http]: fronts.http.port }
}

function endpoints(first: number, others: readonly number[]): Edit {
  return [endpoint(first), [first, ...others].map(endpoint).join('')]
}

function endpoint(port: number): string {
  return `        - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } }\n`
}

/** Fills in the form of the provider's page that the browser is at. */
export async function fillIn(page: Page, login: string): Promise<void> {
  await page.fill('input[name=login]', login)
  await page.fill('input[name=password]', 'any')
  await page.click('button[type=submit]')
}

/** Opens an address that needs a session, and signs in at the one provider on the way. */
export async function signInAt(page: Page, address: string, login = 'alice'): Promise<void> {
  await page.goto(address)
  await fillIn(page, login)
  await page.waitForURL(address)
}

/** Whom the application has answered. */
export async function userShown(page: Page): Promise<string | null> {
  return page.textContent('#user')
}

/** Names of the cookies that a browser has for a host, sorted. */
export async function cookieNames(page: Page, host: string): Promise<readonly string[]> {
  const cookies = await page.context().cookies(`https://${host}/`)
  return cookies.map(({ name }) => name).toSorted()
}
