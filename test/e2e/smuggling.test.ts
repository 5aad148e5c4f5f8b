/**
 * Attempts to get an identity header past Attaché, each through a real Envoy with the configuration that
 * ships, against the whole service; what counts is what the upstream saw.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type FramedRequest, sendFrames } from '../support/http2-frames.ts'
import { envoy } from '../support/parts.ts'
import { http1Bytes, type RequestLine, seenBy, sendBytes } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { nameOf } from '../support/wire.ts'
import { credential, hosts, identityOf, platform, who } from './platform.ts'

/** One attempt over HTTP/1.1: header lines, and what must come of it. */
interface Attempt {
  readonly attempt: string
  readonly lines: readonly RequestLine[]
  /** `closed`: the upstream saw the user's identity and nothing else. A status: it saw nothing. */
  readonly outcome: 'closed' | 400
}

const closed = (attempt: string, ...lines: RequestLine[]): Attempt => ({
  attempt,
  lines,
  outcome: 'closed',
})
const refused = (attempt: string, ...lines: RequestLine[]): Attempt => ({
  attempt,
  lines,
  outcome: 400,
})

const attempts: readonly Attempt[] = [
  closed('the plain headers', 'Impersonate-User: root', 'Impersonate-Group: system:masters'),
  closed('a uid and an extra that we do not set', 'Impersonate-Uid: 0', 'Impersonate-Extra-Foo: x'),
  closed(
    'repeated lines in mixed case',
    ...['IMPERSONATE-UID: 0', 'impersonate-uid: 1', 'ImPersonate-Group: system:masters'],
    ...['Impersonate-Extra-Foo: x', 'impersonate-extra-foo: y'],
  ),
  closed('an empty value', 'Impersonate-Uid:', 'Impersonate-Group:'),
  closed('a name with an escape', 'Impersonate-Extra-a%2fb: 1'),
  closed('a name with odd signs', "Impersonate-Extra-a.b!#$&'*+^`|~: 1"),
  closed('a header not invented yet', 'Impersonate-Tomorrow: root'),
  closed('what Kubeflow reads', 'Kubeflow-Userid: root', 'kubeflow-groups: admins'),
  closed(
    'what a front proxy says',
    ...['X-Remote-User: root', 'X-Remote-Group: system:masters', 'X-Remote-Extra-Scopes: all'],
  ),
  closed(
    'what oauth2-proxy says',
    ...['X-Forwarded-User: root', 'X-Forwarded-Groups: admins', 'X-Forwarded-Email: root@x'],
  ),
  closed(
    "Attaché's own names",
    ...['X-Attache-Requested-Impersonate-User: root', 'X-Attache-Source: 10.0.0.1'],
    ...['X-Attache-Caller: guess', 'X-Attache-Decision: mine', 'X-Attache-Upgrade: websocket'],
  ),
  closed(
    'marks of ext_authz',
    ...['X-Envoy-Auth-Failure-Mode-Allowed: true', 'X-Envoy-Auth-Partial-Body: false'],
    'X-Envoy-Auth-Headers-To-Remove: impersonate-user',
  ),
  closed('a folded line', 'X-A: 1', ' Impersonate-Uid: 0'),
  closed('a folded value', 'Impersonate-Uid: 0', ' continued'),
  closed('a line feed as the end of a line', 'X-A: 1\nImpersonate-Uid: 0'),
  closed('a carriage return within a value', 'X-A: 1\rImpersonate-Uid: 0'),
  refused('a blank before the colon', 'Impersonate-Uid : 0'),
  refused('a tab before the colon', 'Impersonate-Uid\t: 0'),
  refused('a blank before the first header', ' Impersonate-Uid: 0'),
  refused('NUL in a name', 'Imperson\0ate-Uid: 0'),
  refused('NUL in a value', 'Impersonate-Uid: 0\0'),
  refused('a high byte in a name', 'Impersonate-Uid\xa0: 0'),
  refused('no colon', 'Impersonate-Uid'),
  refused('an empty name', ': x'),
  refused('a quote in a name', 'Impersonate-Extra-"a": 1'),
  refused('an underscore', 'Impersonate_User: root'),
  refused('an underscore where Kubeflow reads it', 'Kubeflow_Userid: root'),
  refused('two lengths', 'Content-Length: 5', 'Content-Length: 6'),
  refused('a length and chunks', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
  closed('Connection names our headers', 'Connection: Impersonate-User, Impersonate-Group'),
  closed(
    'Connection names the headers of others',
    'Connection: close, kubeflow-userid, x-forwarded-user, x-attache-source',
  ),
  closed('Connection says TE', 'Connection: TE', 'TE: trailers'),
  closed('Keep-Alive and Proxy-Connection name them', 'Keep-Alive: Impersonate-User'),
  closed('Proxy-Connection names them', 'Proxy-Connection: Impersonate-User, Impersonate-Group'),
]

const strangeConnections = [
  ['Upgrade, Impersonate-User, Impersonate-Group', 'websocket'],
  ['upgrade, impersonate-user', 'SPDY/3.1'],
  ['Upgrade, kubeflow-userid', 'websocket'],
  ['Upgrade, Cookie', 'websocket'],
  ['Upgrade, X-Forwarded-User', 'websocket'],
  ['Upgrade, te', 'websocket'],
  ['Upgrade,,Impersonate-User', 'websocket'],
] as const

const http2Attempts = [
  { attempt: 'an upper-case name', fields: [['Impersonate-Uid', '0']] },
  { attempt: 'a blank in a name', fields: [['impersonate-uid ', '0']] },
  { attempt: 'a colon in a name', fields: [['impersonate-uid:', '0']] },
  { attempt: 'an empty name', fields: [['', 'x']] },
  { attempt: 'a line break in a value', fields: [['x-a', 'b\r\nimpersonate-uid: 0']] },
  { attempt: 'a line feed in a value', fields: [['x-a', 'b\nimpersonate-uid: 0']] },
  { attempt: 'NUL in a value', fields: [['x-a', 'b\0c']] },
  { attempt: 'a Connection header', fields: [['connection', 'impersonate-user']] },
  { attempt: 'an Upgrade header', fields: [['upgrade', 'websocket']] },
  { attempt: 'a Transfer-Encoding header', fields: [['transfer-encoding', 'chunked']] },
  { attempt: 'a pseudo header of its own', fields: [[':impersonate-uid', '0']] },
  { attempt: 'an underscore', fields: [['impersonate_user', 'root']] },
] as const

const http2Closed = [
  {
    attempt: 'repeated lines',
    fields: [
      ['impersonate-uid', '0'],
      ['impersonate-uid', '1'],
    ],
  },
  { attempt: 'a group', fields: [['impersonate-group', 'system:masters']] },
  { attempt: 'Host beside :authority', fields: [['host', hosts.other]] },
] as const

let service: Service
let authorization: readonly [string, string]
before(async () => {
  service = await startService(platform({ clientHeaders: 'remove' }))
  authorization = ['Authorization', `Bearer ${await service.issuer.mint(who.alice.claims)}`]
})
after(async () => service.stop())

const upstreams = { '1.36.4': ['HTTP/1.1'], '1.40.0': ['HTTP/1.1', 'HTTP/2'] } as const

for (const version of ['1.36.4', '1.40.0'] as const) {
  const binary = await part(`Envoy ${version}`, async () => envoy(version))
  for (const transport of ['grpc', 'http'] as const) {
    for (const upstreamHttp of upstreams[version]) {
      const title = `smuggling over ${transport} through Envoy ${version}, ${upstreamHttp} upstream`
      describe(title, { skip: binary.skip }, () => {
        let bed: Gateway
        before(async () => {
          const checkPorts = service.attache.ports
          bed = await startGateway({ transport, upstreamHttp, checkPorts, binary: binary.get() })
        })
        after(async () => bed.stop())

        for (const { attempt, lines, outcome } of attempts) {
          it(`ends: ${attempt}`, async () => {
            const count = bed.upstream.seen.length
            // What is tried goes first and last: a parser may favour either.
            const headers = [...lines, authorization, 'X-Last: 1']
            const bytes = http1Bytes({ host: hosts.kubernetes, headers })
            const response = await sendBytes(bed.port, bytes)
            assert.equal(response.status, outcome === 'closed' ? 200 : outcome, response.body)
            const seen = bed.upstream.seen.slice(count)
            assert.deepEqual(
              seen.map(identityOf),
              outcome === 'closed' ? [who.alice.impersonation] : [],
            )
          })
        }

        it('leaves a public path without identity', async () => {
          const all = attempts.flatMap(({ lines, outcome }) => (outcome === 'closed' ? lines : []))
          const headers = all.filter((line) => !/connection|\r|\n|^ /i.test(String(line)))
          const bytes = http1Bytes({ path: '/public/x', headers })
          assert.deepEqual(identityOf(seenBy(await sendBytes(bed.port, bytes))), [])
        })

        it('gives a user without groups none', async () => {
          const token = await service.issuer.mint({ email: 'nobody@example.com' })
          const headers = [
            `Authorization: Bearer ${token}`,
            'Impersonate-Group: system:masters',
            'kubeflow-groups: admins',
            'X-Remote-Group: system:masters',
            'X-Forwarded-Groups: admins',
            'Impersonate-Extra-Foo: x',
            'Impersonate-Uid: 0',
          ]
          const expected = {
            [hosts.kubernetes]: [credential, 'impersonate-user: nobody@example.com'],
            [hosts.kubeflow]: ['kubeflow-userid: nobody@example.com'],
            [hosts.other]: [
              'x-forwarded-email: nobody@example.com',
              'x-forwarded-user: nobody@example.com',
            ],
          }
          for (const [host, identity] of Object.entries(expected)) {
            const response = await sendBytes(bed.port, http1Bytes({ host, headers }))
            assert.deepEqual(identityOf(seenBy(response)), identity)
          }
        })

        it('takes a token that Connection names for no token', async () => {
          const headers = [authorization, 'Connection: Authorization, Cookie']
          const bytes = http1Bytes({ host: hosts.kubernetes, headers })
          assert.equal((await sendBytes(bed.port, bytes)).status, 401)
        })

        it('refuses two Authorization lines', async () => {
          const headers = [authorization, 'Authorization: Bearer x']
          const bytes = http1Bytes({ host: hosts.kubernetes, headers })
          assert.equal((await sendBytes(bed.port, bytes)).status, 400)
        })

        for (const [connection, upgrade] of strangeConnections) {
          it(`refuses an upgrade to ${upgrade} with "Connection: ${connection}"`, async () => {
            const count = bed.upstream.seen.length
            const headers = [authorization, `Connection: ${connection}`, `Upgrade: ${upgrade}`]
            const bytes = http1Bytes({ host: hosts.kubernetes, headers })
            assert.equal((await sendBytes(bed.port, bytes)).status, 400)
            assert.equal(bed.upstream.seen.length, count)
          })
        }

        it('refuses an upgrade with two Connection lines', async () => {
          const connection = ['Connection: Upgrade', 'Connection: Impersonate-User']
          const headers = [authorization, ...connection, 'Upgrade: websocket']
          const bytes = http1Bytes({ host: hosts.kubernetes, headers })
          assert.equal((await sendBytes(bed.port, bytes)).status, 400)
        })

        // Side by side: Envoy takes a second to close a connection that broke the protocol.
        describe('over HTTP/2', { concurrency: true }, () => {
          for (const { attempt, fields } of http2Attempts) {
            it(`ends: ${attempt}`, async () => {
              const path = `/${encodeURIComponent(attempt)}`
              const outcome = await sendFrames(bed.port, {
                fields: [...request({ path }), ...fields],
              })
              const status = outcome.kind === 'response' ? outcome.status : 0
              assert.ok(status === 0 || status === 400, String(status))
              assert.ok(bed.upstream.seen.every((seen) => seen.path !== path))
            })
          }
        })

        for (const { attempt, fields } of http2Closed) {
          it(`ends over HTTP/2: ${attempt}`, async () => {
            const outcome = await sendFrames(bed.port, {
              fields: [...request(), ...fields],
            })
            assert.equal(outcome.kind === 'response' && outcome.status, 200)
            const seen = bed.upstream.seen.at(-1)
            assert.ok(seen !== undefined)
            assert.deepEqual(identityOf(seen), who.alice.impersonation)
          })
        }

        it('passes no trailers', async () => {
          const trailers = [
            ['impersonate-uid', '0'],
            ['x-any', '1'],
          ] as const
          const fields = request({ method: 'POST' })
          const outcome = await sendFrames(bed.port, { fields, body: 'hello', trailers })
          assert.equal(outcome.kind === 'response' && outcome.status, 200)
          const chunked = [authorization, 'Transfer-Encoding: chunked', 'Trailer: Impersonate-Uid']
          const head = http1Bytes({ method: 'POST', host: hosts.kubernetes, headers: chunked })
          const rest = '5\r\nhello\r\n0\r\nImpersonate-Uid: 0\r\n\r\n'
          await sendBytes(bed.port, Buffer.concat([head, Buffer.from(rest)]))
          for (const seen of bed.upstream.seen.slice(-2)) {
            assert.equal(seen.bodyBytes, 5)
            assert.deepEqual(seen.trailers, [])
            assert.deepEqual(identityOf(seen), who.alice.impersonation)
          }
        })
      })
    }
  }
}

function request({ method = 'GET', path = '/api' } = {}): FramedRequest['fields'] {
  return [
    [':method', method],
    [':scheme', 'http'],
    [':authority', hosts.kubernetes],
    [':path', path],
    [nameOf(authorization[0]), authorization[1]],
  ]
}
