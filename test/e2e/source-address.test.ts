/** `source.address`, through a real Envoy: what a client says of itself is not believed. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { envoy } from '../support/parts.ts'
import { http1Request, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { values } from '../support/wire.ts'

const binary = await part('Envoy', async () => envoy())
const host = 'kubernetes.example'

/** Envoy writes one entry itself, at the end: of a peer on loopback it is an address of the machine's own. */
const ofEnvoy = 'what Envoy has written'
const cases = [
  { trustedHops: 0, forwardedFor: '6.6.6.6', expected: '127.0.0.1' },
  { trustedHops: 1, forwardedFor: '6.6.6.6', expected: ofEnvoy },
  { trustedHops: 2, forwardedFor: '6.6.6.6, 10.1.2.3:4711', expected: '10.1.2.3' },
  { trustedHops: 2, forwardedFor: '6.6.6.6, unknown', expected: 403 },
] as const

for (const { trustedHops, forwardedFor, expected } of cases) {
  describe(`source.address with trustedHops ${trustedHops} and "${forwardedFor}"`, {
    skip: binary.skip,
  }, () => {
    let service: Service
    let gateways: Readonly<Record<'grpc' | 'http', Gateway>>
    before(async () => {
      service = await startService({
        listen: { trustedHops },
        config: {
          routes: [
            {
              match: { hosts: [host] },
              identity: 'impersonate',
              when: "source.address != '6.6.6.6'",
            },
          ],
          impersonate: { credential: 'none', extra: { 'example.com/source': 'source.address' } },
        },
      })
      const shared = { checkPorts: service.attache.ports, binary: binary.get() }
      gateways = {
        grpc: await startGateway({ ...shared, transport: 'grpc' }),
        http: await startGateway({ ...shared, transport: 'http' }),
      }
    })
    after(async () => {
      await gateways.grpc.stop()
      await gateways.http.stop()
      await service.stop()
    })

    for (const transport of ['grpc', 'http'] as const) {
      it(`is ${expected} over ${transport}`, async () => {
        const token = await service.issuer.mint({ email: 'alice@example.com' })
        const headers = [`Authorization: Bearer ${token}`, `X-Forwarded-For: ${forwardedFor}`]
        const response = await http1Request(gateways[transport].port, { host, headers })
        const { lines } = response.status === 200 ? seenBy(response) : { lines: [] }
        const [told = response.status] = values(lines, 'impersonate-extra-example.com%2fsource')
        const written = values(lines, 'x-forwarded-for').join().split(',').at(-1)
        assert.equal(told, expected === ofEnvoy ? written : expected, response.body)
      })
    }
  })
}
