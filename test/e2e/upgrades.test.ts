/** Requests that switch the protocol, and what must end before any upstream sees it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { envoy } from '../support/parts.ts'
import { http1Bytes, openTunnel, sendBytes } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { values } from '../support/wire.ts'
import { hosts, identityOf, platform, who } from './platform.ts'

let service: Service
let authorization: string
before(async () => {
  service = await startService(platform({ clientHeaders: 'refuse' }))
  authorization = `Authorization: Bearer ${await service.issuer.mint(who.alice.claims)}`
})
after(async () => service.stop())

for (const version of ['1.36.4', '1.40.0'] as const) {
  const binary = await part(`Envoy ${version}`, async () => envoy(version))
  for (const transport of ['grpc', 'http'] as const) {
    describe(`upgrades over ${transport} through Envoy ${version}`, { skip: binary.skip }, () => {
      let bed: Gateway
      before(async () => {
        const checkPorts = service.attache.ports
        bed = await startGateway({ transport, checkPorts, binary: binary.get() })
      })
      after(async () => bed.stop())

      for (const [upgrade, method] of [
        ['websocket', 'GET'],
        ['SPDY/3.1', 'POST'],
      ] as const) {
        it(`lets a user's ${upgrade} pass with the identity alone`, async () => {
          const headers = [authorization, 'Connection: Upgrade, keep-alive', `Upgrade: ${upgrade}`]
          const tunnel = await openTunnel(bed.port, { method, host: hosts.kubernetes, headers })
          assert.equal(tunnel.response.status, 101)
          assert.equal(await tunnel.read(), 'hello')
          assert.equal(await tunnel.exchange('ping'), 'ping')
          tunnel.close()
          const seen = bed.upstream.seen.at(-1)
          assert.ok(seen !== undefined)
          assert.deepEqual(identityOf(seen), who.alice.impersonation)
        })

        it(`refuses a ${upgrade} without a credential, and what follows on the connection`, async () => {
          const count = bed.upstream.seen.length
          const headers = ['Connection: Upgrade', `Upgrade: ${upgrade}`]
          const first = http1Bytes({ method, host: hosts.kubernetes, headers })
          const second = http1Bytes({ host: hosts.kubernetes, headers: ['Connection: close'] })
          const { status } = await sendBytes(bed.port, Buffer.concat([first, second]))
          assert.equal(status, 401)
          assert.equal(bed.upstream.seen.length, count)
        })
      }

      it('takes a bearer token among the WebSocket subprotocols, and takes it out', async () => {
        const token = authorization.replace(/^.* /, '')
        const encoded = `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`
        const upgrade = ['Connection: Upgrade', 'Upgrade: websocket']
        const asked = (protocols: readonly string[], host: string = hosts.kubernetes) => {
          const headers = [...upgrade, ...protocols.map((p) => `Sec-WebSocket-Protocol: ${p}`)]
          return openTunnel(bed.port, { host, headers })
        }
        for (const protocols of [
          [`v5.channel.k8s.io, ${encoded}`],
          [encoded, 'v5.channel.k8s.io'],
        ]) {
          const tunnel = await asked(protocols)
          assert.equal(tunnel.response.status, 101)
          tunnel.close()
          const seen = bed.upstream.seen.at(-1)
          assert.ok(seen !== undefined)
          assert.deepEqual(identityOf(seen), who.alice.impersonation)
          assert.deepEqual(values(seen.lines, 'sec-websocket-protocol'), ['v5.channel.k8s.io'])
          assert.ok(!seen.lines.some((line) => line.includes('base64url.bearer')))
        }
        const forwarded = await asked([`x, ${encoded}`], hosts.forward)
        forwarded.close()
        assert.deepEqual(identityOf(bed.upstream.seen.at(-1) ?? { lines: [] }), [
          authorization.replace('A', 'a'),
        ])
        const count = bed.upstream.seen.length
        for (const [protocols, status] of [
          [[encoded], 401],
          [[`x, ${encoded}AAAA`], 401],
          [[`x, ${encoded}, ${encoded}`], 401],
        ] as const) {
          assert.equal((await asked(protocols)).response.status, status)
        }
        const both = [...upgrade, authorization, `Sec-WebSocket-Protocol: x, ${encoded}`]
        const bytes = http1Bytes({ host: hosts.kubernetes, headers: both })
        assert.equal((await sendBytes(bed.port, bytes)).status, 400)
        assert.equal(bed.upstream.seen.length, count)
      })

      it('refuses what asks to act as somebody, where nobody may', async () => {
        const count = bed.upstream.seen.length
        for (const line of ['Impersonate-User: jane', 'Impersonate-Tomorrow: x']) {
          const bytes = http1Bytes({ host: hosts.kubernetes, headers: [authorization, line] })
          assert.equal((await sendBytes(bed.port, bytes)).status, 400)
        }
        assert.equal(bed.upstream.seen.length, count)
      })

      it('does not take CONNECT', async () => {
        const count = bed.upstream.seen.length
        const bytes = 'CONNECT 10.0.0.1:443 HTTP/1.1\r\nHost: 10.0.0.1:443\r\n\r\n'
        assert.equal((await sendBytes(bed.port, bytes)).status, 404)
        assert.equal(bed.upstream.seen.length, count)
      })

      it('answers 503, even for a public path, when the service is gone', async () => {
        // A port that nobody listens on any more.
        const gone = await startGateway({
          transport,
          binary: binary.get(),
          checkPorts: { grpc: 1, http: 1 },
        })
        const bytes = http1Bytes({ path: '/public/x', headers: [authorization] })
        const { status } = await sendBytes(gone.port, bytes)
        await gone.stop()
        assert.equal(status, 503)
        assert.deepEqual(gone.upstream.seen, [])
      })
    })
  }
}
