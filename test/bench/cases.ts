/** What is measured: which requests go to which Attaché, and which status each must get. */
import type { Transport } from '../../src/check-input.ts'
import { computing } from './attache.ts'
import type { SigningAlgorithm } from './issuers.ts'
import type { Variant, World } from './world.ts'

export interface Case {
  readonly name: string
  readonly transport: Transport
  readonly variant: Variant
  /** Whole requests, sent in turn. */
  readonly requests: readonly string[]
  /** Each request is sent once, ever. */
  readonly once: boolean
  readonly status: string
  readonly goal: Goal | undefined
}

/** What the cost of a case may be: a multiple of its floor, so much above it, or as another case's. */
export type Goal =
  | { readonly kind: 'ratio'; readonly max: number }
  | { readonly kind: 'micros'; readonly aboveFloor: number }
  | { readonly kind: 'growth'; readonly like: string }

export interface CaseOptions {
  /** Tokens that were not seen before, for all measurements of one case. */
  readonly newTokens: number
}

const user = 'bob@example.com'
const groups = ['ml-users', 'platform-admins', 'research']

/** All cases of one transport. */
export function casesOf(world: World, transport: Transport, options: CaseOptions): readonly Case[] {
  const { issuers, cookie, host } = world
  const over = { transport, variant: 'usual', once: false, status: '200' } as const
  const usual = bearer(issuers.mint({ user, groups }))
  const ratio = (http: number, grpc: number): Goal => {
    return { kind: 'ratio', max: transport === 'http' ? http : grpc }
  }
  const asSeenBefore: Goal = { kind: 'growth', like: 'JWT seen before' }
  return [
    {
      ...{ ...over, name: 'JWT seen before', goal: ratio(1.3, 0.9) },
      requests: [request('/', usual)],
    },
    {
      ...{ ...over, name: 'cookie session', goal: ratio(1.5, 1.2) },
      requests: [request('/', { ...navigation, host: host[transport], cookie: cookie[transport] })],
    },
    ...(['RS256', 'ES256'] as const).map((algorithm) => ({
      ...{ ...over, name: `JWT not seen before, ${algorithm}` },
      goal: { kind: 'micros' as const, aboveFloor: issuers.verificationMicros(algorithm) + 60 },
      requests: newTokens(world, algorithm, options).map((token) => request('/', bearer(token))),
      once: true,
      variant: 'filling' as const,
    })),
    {
      ...{ ...over, name: 'no credential: 401', status: '401', goal: ratio(1.5, 1.5) },
      requests: [request('/', { accept: '*/*' })],
    },
    {
      ...{ ...over, name: 'navigation: 302 to sign in', status: '302', goal: ratio(1.5, 1.5) },
      requests: [request('/', { ...navigation, host: host[transport] })],
    },
    ...[1, 100, 500].map((count) => ({
      ...{ ...over, name: `${count} ${count === 1 ? 'group' : 'groups'}`, goal: undefined },
      requests: [
        request('/kubernetes/api', bearer(issuers.mint({ user, groups: numbered(count) }))),
      ],
    })),
    {
      ...{ ...over, name: '1,000 routes', variant: 'routes', goal: asSeenBefore },
      requests: [request('/', usual)],
    },
    {
      ...{ ...over, name: '64 issuers, 100 rules', variant: 'issuers', goal: asSeenBefore },
      requests: [request('/', bearer(issuers.mint({ issuer: computing.ruled, user, groups })))],
    },
    {
      ...{ ...over, name: 'JWT not seen before, RS256, 4 expressions', variant: 'issuers' },
      goal: {
        kind: 'micros',
        // Some microseconds of CEL besides; `test/bench` measures no part by itself.
        aboveFloor: issuers.verificationMicros('RS256') + 60 + 10,
      },
      requests: newTokens(world, 'RS256', { ...options, issuer: computing.mapped }).map((token) =>
        request('/', bearer(token)),
      ),
      once: true,
    },
  ]
}

const navigation = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'none',
}

function request(path: string, headers: Readonly<Record<string, string>>): string {
  const lines = { host: 'localhost', 'user-agent': 'attache-bench', ...headers }
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${path} HTTP/1.1\r\n${head.join('')}\r\n`
}

/** Names as long as those that directories have, 30 characters. */
function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `department-${index}`.padEnd(30, '-'))
}

function newTokens(
  { issuers }: World,
  algorithm: SigningAlgorithm,
  { newTokens: count, issuer = 0 }: CaseOptions & { readonly issuer?: number },
): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    issuers.mint({ issuer, algorithm, user: `user-${index}@example.com`, groups }),
  )
}

function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` }
}
