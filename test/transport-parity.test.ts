/**
 * One table for both transports: each request goes through a real Envoy that asks over gRPC and through
 * one that asks over HTTP, and what the client and the upstream saw must be the same.
 */
import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { Transport } from '../src/check-input.ts'
import { type Attache, startAttache } from './support/attache.ts'
import type { Envoy } from './support/envoy.ts'
import { startExampleEnvoy } from './support/example-envoy.ts'
import { type Issuer, startIssuer } from './support/issuer.ts'
import { envoy } from './support/parts.ts'
import {
  http1Bytes,
  type RequestLine,
  type RequestOptions,
  sendBytes,
} from './support/raw-client.ts'
import { part } from './support/require.ts'
import { trust } from './support/service-bed.ts'
import { type Seen, startHttp1Upstream, type Upstream } from './support/upstream.ts'
import { nameOf, values } from './support/wire.ts'

const binary = await part('Envoy', async () => envoy())
const transports: readonly Transport[] = ['grpc', 'http']

const app = 'app.example.com'
const kubernetes = 'kubernetes.example.com'
const groups = ['dev', 'a,b', 'Ärzte']
const bearer = (token: string): string => `Authorization: Bearer ${token}`

const deadIssuer = 'http://127.0.0.1:1'

function configuration(issuer: Issuer): Readonly<Record<string, unknown>> {
  const { authentication, insecureIssuers } = trust(issuer) as {
    authentication: { jwt: object[] }
    insecureIssuers: string[]
  }
  const dead = {
    issuer: { url: deadIssuer, audiences: ['platform'] },
    claimMappings: { username: { claim: 'sub', prefix: '' } },
  }
  return {
    authentication: { ...authentication, jwt: [...authentication.jwt, dead] },
    insecureIssuers: [...insecureIssuers, deadIssuer],
    signIn: {
      externalURL: `https://${app}`,
      logoutPaths: ['/logout'],
      providers: [
        {
          id: 'provider',
          issuer: issuer.url,
          clientID: 'platform',
          clientSecretFile: 'client-secret',
          scopes: ['openid', 'email', 'groups'],
        },
      ],
    },
    session: { keysFile: 'session-keys' },
    impersonate: { credential: 'attach', tokenFile: 'impersonator-token' },
    routes: [
      { match: { hosts: [kubernetes] }, identity: 'impersonate' },
      { match: { hosts: [app], paths: ['/public/*'] }, access: 'public' },
      { match: { hosts: [app], paths: ['/forward/*'] }, identity: 'forward' },
      { match: { hosts: [app], paths: ['/token/*'] }, identity: 'headers', authorization: 'token' },
      { match: { hosts: [app], paths: ['/keep/*'] }, identity: 'kubeflow', authorization: 'keep' },
      { match: { hosts: [app], paths: ['/cors/*'] }, identity: 'headers', preflight: 'pass' },
      { match: { hosts: [app] }, identity: 'kubeflow' },
    ],
  }
}

const navigation = ['Accept: text/html', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Site: none']
const preflight = ['Origin: https://a.example', 'Access-Control-Request-Method: PUT']
const upgrade = ['Connection: Upgrade', 'Upgrade: websocket']

type Credential = 'good' | 'expired' | 'other audience' | 'unavailable' | 'session'

interface Case extends RequestOptions {
  readonly when: string
  readonly credential?: Credential
  readonly status: number
  /** The status over HTTP, where it must differ. */
  readonly httpStatus?: number
}

const denials: readonly Case[] = [
  { when: 'nobody, from a program', status: 401 },
  { when: 'nobody, navigating', headers: navigation, status: 302 },
  {
    when: 'nobody, in a frame',
    headers: [...navigation, 'Sec-Fetch-Dest: iframe'],
    status: 200,
    httpStatus: 203,
  },
  { when: 'nobody, to an API path', path: '/api/x', headers: navigation, status: 401 },
  { when: 'nobody, to an API server', host: kubernetes, headers: navigation, status: 401 },
  { when: 'nobody, upgrading', headers: upgrade, status: 401 },
  { when: 'nobody, by HEAD', method: 'HEAD', status: 401 },
  { when: 'an expired token', credential: 'expired', status: 401 },
  { when: 'a token for somebody else', credential: 'other audience', status: 401 },
  { when: 'junk for a token', headers: ['Authorization: Bearer junk'], status: 401 },
  { when: 'a token in the query', path: '/?token=x&access_token=y', status: 401 },
  {
    when: 'a token whose issuer is away',
    credential: 'unavailable',
    status: 503,
    httpStatus: 403,
  },
  { when: 'no route', host: 'elsewhere.example.com', credential: 'good', status: 403 },
  { when: 'no route, navigating', host: 'elsewhere.example.com', headers: navigation, status: 403 },
  { when: 'two hosts', host: `${app},${kubernetes}`, credential: 'good', status: 400 },
  {
    when: 'two Authorization lines',
    headers: ['Authorization: Bearer a', 'Authorization: Bearer b'],
    status: 400,
  },
  {
    when: 'an upgrade whose Connection names more',
    credential: 'good',
    headers: ['Connection: Upgrade, Impersonate-User', 'Upgrade: websocket'],
    status: 400,
  },
  {
    when: 'a wish to act as somebody',
    host: kubernetes,
    credential: 'good',
    headers: ['Impersonate-User: root'],
    status: 400,
  },
  { when: 'a preflight', method: 'OPTIONS', headers: preflight, status: 401 },
  {
    when: 'a session from another site',
    method: 'POST',
    credential: 'session',
    headers: ['Sec-Fetch-Site: cross-site'],
    status: 403,
  },
  { when: 'a session that upgrades', credential: 'session', headers: upgrade, status: 403 },
  { when: 'a damaged session', headers: ['Cookie: __Host-attache=junk'], status: 401 },
  {
    when: 'a damaged session, navigating',
    headers: [...navigation, 'Cookie: __Host-attache=junk'],
    status: 302,
  },
]

const pages: readonly Case[] = [
  { when: 'who am I, as nobody', path: '/oauth2/userinfo', status: 401 },
  {
    when: 'who am I',
    path: '/oauth2/userinfo',
    credential: 'session',
    status: 200,
    httpStatus: 203,
  },
  { when: 'the style sheet', path: '/oauth2/style.css', status: 200, httpStatus: 203 },
  { when: 'a logo, where there is none', path: '/oauth2/logo', status: 404 },
  {
    when: 'a callback that nobody began',
    path: '/oauth2/callback?code=a&state=b',
    headers: navigation,
    status: 400,
  },
  { when: 'a start', path: '/oauth2/start?rd=/x', headers: navigation, status: 302 },
  { when: 'a method that is none of theirs', method: 'DELETE', path: '/oauth2/start', status: 405 },
]

const allowed: readonly Case[] = [
  {
    when: 'a public path',
    path: '/public/x',
    headers: ['X-A: 1', 'Kubeflow-Userid: root'],
    status: 200,
  },
  { when: 'a token, to Kubeflow', credential: 'good', status: 200 },
  { when: 'a token, by POST', method: 'POST', body: 'hello', credential: 'good', status: 200 },
  { when: 'a token, by an unusual method', method: 'PROPFIND', credential: 'good', status: 200 },
  { when: 'a token, to an API server', host: kubernetes, credential: 'good', status: 200 },
  { when: 'a token, forwarded', path: '/forward/x', credential: 'good', status: 200 },
  { when: 'a token, where a token is wanted', path: '/token/x', credential: 'good', status: 200 },
  { when: 'a session', credential: 'session', headers: ['Cookie: theirs=1'], status: 200 },
  {
    when: 'a session, where a token is wanted',
    path: '/token/x',
    credential: 'session',
    status: 200,
  },
  {
    when: 'a session with a scheme that is not ours',
    path: '/keep/x',
    credential: 'session',
    headers: ['Authorization: Digest a="b", c="d"'],
    status: 200,
  },
  {
    when: 'a preflight that passes',
    method: 'OPTIONS',
    path: '/cors/x',
    headers: [...preflight, 'Cookie: theirs=1'],
    status: 200,
  },
  {
    when: 'a good session beside a wish of the client',
    credential: 'session',
    headers: ['Kubeflow-Groups: admins', 'X-Remote-User: root'],
    status: 200,
  },
]

describe('both transports', { skip: binary.skip }, () => {
  let issuer: Issuer
  let attache: Attache
  let upstream: Upstream
  const envoys = new Map<Transport, Envoy>()
  const credentials = new Map<Credential, string>()

  before(async () => {
    const claims = { email: 'alice@example.com', email_verified: true, groups }
    issuer = await startIssuer({
      externalURL: new URL(`https://${app}`),
      people: [{ login: 'alice', claims }],
    })
    const keys = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')
    const files = {
      'client-secret': 'a secret of tests alone',
      'session-keys': keys,
      'impersonator-token': 'ours',
    }
    attache = await startAttache({ config: configuration(issuer), files })
    upstream = await startHttp1Upstream()
    for (const transport of transports) {
      const running = await startExampleEnvoy({
        transport,
        binary: binary.get(),
        attachePort: attache.ports[transport],
        upstream: { port: upstream.port },
      })
      envoys.set(transport, running)
    }
    credentials.set('good', bearer(await issuer.mint(claims)))
    credentials.set('expired', bearer(await issuer.mint(claims, { validSeconds: -5 })))
    credentials.set('other audience', bearer(await issuer.mint(claims, { audience: 'other' })))
    credentials.set('unavailable', bearer(tokenOf(deadIssuer)))
    credentials.set('session', await signIn())
  })
  after(async () => {
    for (const running of envoys.values()) await running.stop()
    await upstream.stop()
    await attache.stop()
    await issuer.close()
  })

  /** A browser's way through the Envoy that asks over gRPC; a session made there is good over both. */
  async function signIn(): Promise<string> {
    const started = await send('grpc', { headers: navigation, path: '/page?a=b' })
    const state = cookiesOf(started.lines)
    const back = await issuer.signIn(new URL(locationOf(started.lines)), 'alice')
    const finished = await send('grpc', {
      path: back.pathname + back.search,
      headers: [...navigation, `Cookie: ${state}`],
    })
    assert.equal(finished.status, 302, finished.body)
    assert.equal(locationOf(finished.lines), `https://${app}/page?a=b`)
    return `Cookie: ${cookiesOf(finished.lines)}`
  }

  async function send(transport: Transport, { host = app, ...request }: RequestOptions) {
    const running = envoys.get(transport)
    assert.ok(running !== undefined)
    return sendBytes(running.port(), http1Bytes({ host, ...request }))
  }

  /** What both sides saw of one request; `status` apart, which may differ by design. */
  async function observe(transport: Transport, { credential, headers = [], ...rest }: Case) {
    const seenBefore = upstream.seen.length
    const own = credential === undefined ? [] : [credentials.get(credential) ?? '']
    const sent = oneCookieLine([...headers, ...own])
    const response = await send(transport, { ...rest, headers: sent })
    const reached = upstream.seen.slice(seenBefore)
    return {
      status: response.status,
      saw: {
        lines: clientLines(response.lines, { isEmpty: response.body === '' }),
        body: reached.length > 0 ? 'of the upstream' : withoutSecrets(response.body),
        upstream: reached.map(upstreamLines),
      },
      decision: values(response.lines, 'x-attache-decision'),
      reached: reached.length,
    }
  }

  for (const sample of [...denials, ...pages, ...allowed]) {
    it(`say the same to ${sample.when}`, async () => {
      const grpc = await observe('grpc', sample)
      const http = await observe('http', sample)
      assert.equal(grpc.status, sample.status)
      assert.equal(http.status, sample.httpStatus ?? sample.status)
      assert.deepEqual(http.saw, grpc.saw)
      assert.equal(grpc.reached, allowed.includes(sample) ? 1 : 0)
      for (const { decision } of [grpc, http]) assert.match(decision.join(), /^[\w-]{22}$/)
    })
  }

  it('say 200 to nothing but an allow, on any sign-in path, by any method, over HTTP', async () => {
    const paths = ['sign_in', 'start', 'callback', 'sign_out', 'userinfo', 'style.css', 'logo']
    const asked = ['/logout', ...paths.map((name) => `/oauth2/${name}`)]
    const seenBefore = upstream.seen.length
    for (const method of METHODS) {
      for (const path of asked) {
        for (const cookie of [[], [credentials.get('session') ?? '']]) {
          const headers = [...cookie, 'x-attache-source: 127.0.0.1', 'Connection: close']
          const bytes = http1Bytes({ method, path, host: app, headers })
          const { status } = await sendBytes(attache.ports.http, bytes)
          const isDenial = status === 0 ? method === 'CONNECT' : status !== 200 && status < 500
          assert.ok(isDenial, `${method} ${path}: ${status}`)
        }
      }
    }
    assert.equal(upstream.seen.length, seenBefore)
  })

  it('log no credential', () => {
    const secrets = [...credentials.values()].flatMap((line) => line.split(/[ ;=]/))
    const output = attache.output()
    const leaked = secrets.filter((secret) => secret.length > 30 && output.includes(secret))
    assert.deepEqual(leaked, [])
    assert.ok(output.includes('alice@example.com'))
  })
})

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token that nobody has signed. */
function tokenOf(iss: string): string {
  const claims = { iss, aud: 'platform', sub: 'alice', exp: Math.floor(Date.now() / 1000) + 300 }
  return `${encode({ alg: 'RS256', kid: 'k' })}.${encode(claims)}.${encode({})}`
}

function locationOf(lines: readonly string[]): string {
  return values(lines, 'location')[0] ?? ''
}

/** As browsers send them (RFC 6265 §5.4). Of two lines Envoy makes one that is not to be believed over HTTP. */
function oneCookieLine(lines: readonly RequestLine[]): readonly RequestLine[] {
  const cookies: string[] = []
  const others: RequestLine[] = []
  for (const line of lines) {
    if (typeof line === 'string' && line.startsWith('Cookie: ')) cookies.push(line.slice(8))
    else others.push(line)
  }
  return cookies.length === 0 ? others : [...others, `Cookie: ${cookies.join('; ')}`]
}

function cookiesOf(lines: readonly string[]): string {
  return values(lines, 'set-cookie')
    .map((line) => line.split(';', 1)[0] ?? '')
    .filter((pair) => !pair.endsWith('='))
    .join('; ')
}

const ofTheHop = new Set([
  ...['date', 'server', 'content-length', 'x-envoy-upstream-service-time'],
  'x-attache-decision',
])
const ofTheBody = new Set(['content-type', 'transfer-encoding'])

/** What the client saw, without what is random or Envoy's own. */
function clientLines(
  lines: readonly string[],
  { isEmpty }: { readonly isEmpty: boolean },
): readonly string[] {
  return (
    lines
      .filter((line) => !ofTheHop.has(nameOf(line)))
      // Envoy says the type and the length of a body that HEAD does not get over gRPC alone.
      .filter((line) => !ofTheBody.has(nameOf(line)) || !isEmpty)
      .map((line) => {
        if (nameOf(line) === 'set-cookie') return line.replace(/(-s-)?[\w-]*=[^;]*/, '$1=…')
        return nameOf(line) === 'location' ? line.replace(/\?.*/, '') : line
      })
      .toSorted()
  )
}

function withoutSecrets(body: string): string {
  return body.replace(/[\w-]{22}/g, 'decision')
}

const random = new Set(['x-request-id', 'x-envoy-expected-rq-timeout-ms'])

function upstreamLines({ method, path, lines }: Seen): unknown {
  return { method, path, lines: lines.filter((line) => !random.has(nameOf(line))).toSorted() }
}
