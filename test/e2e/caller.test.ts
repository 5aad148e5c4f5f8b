/** Who may ask: the secret that Envoy adds, as the examples show it, and nobody else's. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Edit } from '../support/example-envoy.ts'
import { envoy } from '../support/parts.ts'
import { http1Request, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Service, startGateway, startService } from '../support/service-bed.ts'
import { hosts, identityOf, platform, who } from './platform.ts'

const secret = 'a-secret-of-tests-alone'

/** The commented line of each example, with the secret in it. */
const presenting = {
  grpc: (value: string): Edit => [
    '# initial_metadata: [{ key: x-attache-caller, value: ... }]',
    `initial_metadata: [{ key: x-attache-caller, value: ${value} }]`,
  ],
  http: (value: string): Edit => [
    '# - { key: x-attache-caller, value: ... }',
    `- { key: x-attache-caller, value: ${value} }`,
  ],
}

let service: Service
before(async () => {
  const { config, files } = platform({ clientHeaders: 'remove' })
  service = await startService({
    config,
    files: { ...files, caller: secret },
    listen: { callerSecretFile: 'caller' },
  })
})
after(async () => service.stop())

const binary = await part('Envoy', async () => envoy())

async function askThrough(transport: 'grpc' | 'http', edits: readonly Edit[]) {
  const checkPorts = service.attache.ports
  const gateway = await startGateway({ transport, edits, checkPorts, binary: binary.get() })
  const token = await service.issuer.mint(who.alice.claims)
  const headers = [
    ['Authorization', `Bearer ${token}`],
    // A client that knows the secret is no Envoy.
    ['X-Attache-Caller', secret],
  ] as const
  const response = await http1Request(gateway.port, { host: hosts.kubernetes, headers })
  await gateway.stop()
  return { response, seen: gateway.upstream.seen }
}

for (const transport of ['grpc', 'http'] as const) {
  describe(`listen.callerSecretFile over ${transport}`, { skip: binary.skip }, () => {
    it('takes an Envoy that presents it', async () => {
      const { response } = await askThrough(transport, [presenting[transport](secret)])
      assert.deepEqual(identityOf(seenBy(response)), who.alice.impersonation)
    })

    for (const [what, edits] of [
      ['none', []],
      ['another', [presenting[transport](`${secret}x`)]],
    ] as const) {
      it(`denies through an Envoy that presents ${what}, whatever the client sends`, async () => {
        const { response, seen } = await askThrough(transport, edits)
        assert.equal(response.status, 403)
        assert.deepEqual(seen, [])
      })
    }
  })
}
