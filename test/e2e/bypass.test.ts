/**
 * Attempts to get past the check, or to another verdict than the path's own. Run as Envoy ships, and
 * once more with its own normalisation off, where Attaché alone has to see through the path.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Edit } from '../support/example-envoy.ts'
import { envoy } from '../support/parts.ts'
import { http1Bytes, type RequestLine, sendBytes } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { hosts, identityOf, platform, who } from './platform.ts'

const normalisationOff: readonly Edit[] = [
  ['          normalize_path: true\n', ''],
  ['          merge_slashes: true\n', ''],
  [
    'path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT',
    'path_with_escaped_slashes_action: KEEP_UNCHANGED',
  ],
]

const beds = [
  { name: 'as it ships', edits: [] },
  { name: 'with its normalisation off', edits: normalisationOff },
] as const

/** Header lines that such systems have taken for a permission, or for the path. */
const headerBypasses: readonly RequestLine[] = [
  'X-Forwarded-Uri: /public/x',
  'X-Original-URL: /public/x',
  'X-Original-URI: /public/x',
  'X-Rewrite-URL: /public/x',
  'X-Envoy-Original-Path: /public/x',
  'X-Envoy-Auth-Failure-Mode-Allowed: true',
  'X-Envoy-Internal: true',
  'X-Forwarded-Host: other.example',
  'X-HTTP-Method-Override: OPTIONS',
  'User-Agent: GoogleHC/1.0',
  'User-Agent: kube-probe/1.36',
  'User-Agent: ELB-HealthChecker/2.0',
  'Authorization: Bearer',
  'Authorization: Bearer x',
  'Authorization: Bearer a b c',
  'Authorization: Bearer eyJhbGciOiJub25lIn0.eyJlbWFpbCI6InJvb3QifQ.',
  'Authorization: Bearer null',
  'Authorization: Basic cm9vdDpyb290',
  'Authorization: Negotiate x',
  'Proxy-Authorization: Bearer x',
  'Cookie: __Host-attache=x; __Host-attache.0=y',
  'X-Forwarded-Access-Token: x',
  'Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.eA',
]

/** Paths below which nothing is public, however they are read. */
const pathBypasses = [
  '/private',
  '/private?x=/public/x',
  '/private?/public/x',
  '/private;/public/x',
  '/private/;/public/../x',
  '/private%3F/public/x',
  '/private%23/public/x',
  '/private#/public/x',
  '/private%00/public/x',
  '//private',
  '/./private',
  '/PUBLIC/x',
  '/Public/x',
  '/publicx/x',
  '/public',
  '/%70rivate/../private',
  '/public/../private',
  '/public/..//private',
  '/public/%2e%2e/private',
  '/public/%2E%2E/private',
  '/public/.%2e/private',
  '/public/..;/private',
  '/public/..%2fprivate',
  '/public/..%2Fprivate',
  '/public%2f..%2fprivate',
  '/public/..%5cprivate',
  '/public/..\\private',
  '/public\\..\\private',
  '/private?access_token=x',
  '/private?token=x',
] as const

for (const { name, edits } of beds) {
  const binary = await part('Envoy', async () => envoy())
  describe(`a request without a credential, Envoy ${name}`, { skip: binary.skip }, () => {
    let service: Service
    let gateways: readonly Gateway[] = []
    before(async () => {
      service = await startService(platform({ clientHeaders: 'refuse' }))
      const checkPorts = service.attache.ports
      const shared = { checkPorts, edits, binary: binary.get() }
      gateways = [
        await startGateway({ ...shared, transport: 'grpc' }),
        await startGateway({ ...shared, transport: 'http' }),
      ]
    })
    after(async () => {
      for (const gateway of gateways) await gateway.stop()
      await service.stop()
    })

    /** Sends to both transports, which must agree; what reached an upstream, and the status. */
    async function send(bytes: Buffer) {
      const outcomes = []
      for (const { port, upstream } of gateways) {
        const count = upstream.seen.length
        const { status, lines } = await sendBytes(port, bytes)
        outcomes.push({ status, lines, seen: upstream.seen.slice(count) })
      }
      const [grpc, http] = outcomes
      assert.ok(grpc !== undefined && http !== undefined)
      assert.equal(grpc.status, http.status)
      assert.equal(grpc.seen.length, http.seen.length)
      return grpc
    }

    for (const line of headerBypasses) {
      it(`is not let through by "${String(line)}"`, async () => {
        for (const host of [hosts.kubernetes, hosts.other]) {
          const { status, seen } = await send(
            http1Bytes({ host, path: '/private', headers: [line] }),
          )
          assert.ok([400, 401].includes(status), String(status))
          assert.deepEqual(seen, [])
        }
      })
    }

    for (const path of pathBypasses) {
      it(`is not let through at ${path}`, async () => {
        const { status, seen } = await send(http1Bytes({ host: hosts.other, path }))
        assert.deepEqual(seen, [])
        // 307 is Envoy's: it asks for the path again with its slashes unescaped.
        assert.ok([307, 400, 401].includes(status), String(status))
      })
    }

    it('is not let through by an absolute target', async () => {
      const target = `GET http://${hosts.other}/private HTTP/1.1\r\nHost: public.example\r\n\r\n`
      const { status, seen } = await send(Buffer.from(target))
      assert.equal(status, 401)
      assert.deepEqual(seen, [])
    })

    for (const host of [
      'OTHER.example',
      'other.example:443',
      'other.example.',
      'Other.Example.:80',
    ]) {
      it(`is judged as other.example when it asks ${host}`, async () => {
        const token = await service.issuer.mint(who.alice.claims)
        const headers = [`Authorization: Bearer ${token}`]
        const { status, seen } = await send(http1Bytes({ host, path: '/x', headers }))
        assert.equal(status, 200)
        assert.deepEqual(seen.map(identityOf), [who.alice.headers])
      })
    }

    for (const host of [
      'unknown.example',
      'other.example.evil.example',
      'xother.example',
      'other',
    ]) {
      it(`gets no route at ${host}, with a credential`, async () => {
        const token = await service.issuer.mint(who.alice.claims)
        const headers = [`Authorization: Bearer ${token}`]
        const { status, seen } = await send(http1Bytes({ host, path: '/x', headers }))
        assert.equal(status, 403)
        assert.deepEqual(seen, [])
      })
    }

    it('may have what is public', async () => {
      const { status, seen } = await send(http1Bytes({ path: '/public/x?y=/private' }))
      assert.equal(status, 200)
      assert.deepEqual(seen.map(identityOf), [[]])
    })

    it('may have a public path with a doubly escaped name, which goes on as it is', async () => {
      const path = '/public/%252e%252e/private'
      const { status, seen } = await send(http1Bytes({ path }))
      assert.equal(status, 200)
      assert.deepEqual(
        seen.map((request) => request.path),
        [path],
      )
    })
  })
}
