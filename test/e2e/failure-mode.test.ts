/**
 * An Envoy that is set up to let requests pass when its authorization service fails: as long as Attaché
 * runs, no failure behind it becomes Envoy's to decide.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { envoy } from '../support/parts.ts'
import { http1Bytes, sendBytes } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'

const binary = await part('Envoy', async () => envoy())

/** Attaché answers a second before Envoy gives up, and before it gives up the issuer, which is after five. */
const shorterTimeout = {
  grpc: ['    timeout: 10s', '    timeout: 5s'],
  http: [' timeout: 10s }', ' timeout: 5s }'],
} as const

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const entry = (url: string) => ({
  issuer: { url, audiences: ['platform'] },
  claimMappings: { username: { claim: 'sub', prefix: '' } },
})

describe('with failure_mode_allow, an issuer that never answers', { skip: binary.skip }, () => {
  let silent: Server
  let url: string
  let service: Service
  const gateways = new Map<'grpc' | 'http', Gateway>()

  before(async () => {
    silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    assert.ok(typeof address === 'object' && address !== null)
    url = `http://127.0.0.1:${address.port}`
    service = await startService({ config: configuration })
    for (const transport of ['grpc', 'http'] as const) {
      const gateway = await startGateway({
        transport,
        binary: binary.get(),
        checkPorts: service.attache.ports,
        edits: [
          ['failure_mode_allow: false', 'failure_mode_allow: true'],
          shorterTimeout[transport],
        ],
      })
      gateways.set(transport, gateway)
    }
  })
  after(async () => {
    for (const gateway of gateways.values()) await gateway.stop()
    await service.stop()
    silent.closeAllConnections()
    silent.close()
  })

  function configuration(issuer: string): Readonly<Record<string, unknown>> {
    return {
      insecureIssuers: [issuer, url],
      authentication: {
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'AuthenticationConfiguration',
        jwt: [entry(issuer), entry(url)],
      },
      routes: [{ identity: 'headers' }],
    }
  }

  describe('is answered by Attaché', { concurrency: true }, () => {
    for (const [transport, status] of [
      ['grpc', 503],
      ['http', 403],
    ] as const) {
      it(`over ${transport}, in time, and nothing passes`, async () => {
        const gateway = gateways.get(transport)
        assert.ok(gateway !== undefined)
        const exp = Math.floor(Date.now() / 1000) + 300
        const claims = encode({ iss: url, aud: 'platform', sub: 'a', exp })
        const token = `${encode({ alg: 'RS256' })}.${claims}.c2ln`
        const headers = [`Authorization: Bearer ${token}`]
        const response = await sendBytes(gateway.port, http1Bytes({ headers }))
        assert.equal(response.status, status)
        assert.match(response.body, /"type":"unavailable"/)
        assert.equal(gateway.upstream.seen.length, 0)
      })
    }
  })

  it('would pass once Attaché is gone, so that the test proves something', async () => {
    await service.attache.stop()
    const gateway = gateways.get('grpc')
    assert.ok(gateway !== undefined)
    assert.equal((await sendBytes(gateway.port, http1Bytes())).status, 200)
    assert.equal(gateway.upstream.seen.length, 1)
  })
})
