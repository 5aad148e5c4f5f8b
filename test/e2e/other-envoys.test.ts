/** Envoys that somebody has set up otherwise than the examples: Attaché holds its own. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Edit, exampleConfig } from '../support/example-envoy.ts'
import { envoy, envoyVersions } from '../support/parts.ts'
import { http1Request, type RequestLine, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { hosts, identityOf, platform, who } from './platform.ts'

const underscores: Edit = [
  'headers_with_underscores_action: REJECT_REQUEST',
  'headers_with_underscores_action: ALLOW',
]
const joinedHeaders: Edit = ['encode_raw_headers: true', 'encode_raw_headers: false']
// Underscores pass, so Attaché removes them, and the allow-list of the example knows none.
const anyMutation: Edit = ['                disallow_all: true\n', '']

const example = await exampleConfig('grpc')
const filterStart = example.indexOf('          # istio/pre-filter.lua')
const filterEnd = example.indexOf('          - name: envoy.filters.http.ext_authz')
const noPreFilter: Edit = [example.slice(filterStart, filterEnd), '']

const variants: readonly { readonly name: string; readonly edits: readonly Edit[] }[] = [
  { name: 'that joins header lines', edits: [joinedHeaders, underscores] },
  { name: 'that lets underscores pass', edits: [underscores] },
  { name: 'without the pre-filter', edits: [noPreFilter, underscores, anyMutation] },
  {
    name: 'without the pre-filter that joins header lines',
    edits: [noPreFilter, underscores, joinedHeaders, anyMutation],
  },
]

const forged: readonly RequestLine[] = [
  ...['Impersonate-User: root', 'IMPERSONATE-GROUP: system:masters', 'Impersonate-Group: x'],
  ...['Impersonate-Uid: 0', 'Impersonate-Extra-Foo: x', 'Impersonate-Tomorrow: x'],
  ...['Impersonate_User: root', 'impersonate_group: system:masters', 'Impersonate_Extra_Foo: x'],
  ...['Kubeflow-Userid: root', 'kubeflow_userid: root', 'Kubeflow-Groups: admins'],
  ...['X-Remote-User: root', 'X_Remote_Group: system:masters', 'X-Remote_Extra-A: b'],
  ...['X-Forwarded-User: root', 'x_forwarded_groups: admins', 'X-Forwarded_Email: root@x'],
  ...['X-Attache-Requested-Impersonate-User: root', 'X_Attache_Source: 1.2.3.4'],
  ...['X-Envoy-Auth-Failure-Mode-Allowed: true', 'X-Envoy-Auth-Partial-Body: false'],
]

let service: Service
before(async () => {
  service = await startService(platform({ clientHeaders: 'remove' }))
})
after(async () => service.stop())

for (const version of envoyVersions) {
  const binary = await part(`Envoy ${version}`, async () => envoy(version))
  for (const { name, edits } of variants) {
    describe(`an Envoy ${version} ${name}, over grpc`, { skip: binary.skip }, () => {
      let gateway: Gateway
      before(async () => {
        const checkPorts = service.attache.ports
        gateway = await startGateway({ transport: 'grpc', edits, checkPorts, binary: binary.get() })
      })
      after(async () => gateway.stop())

      it("sends on the user's identity and nothing that the client made up", async () => {
        const token = await service.issuer.mint(who.alice.claims)
        const headers = [...forged, `Authorization: Bearer ${token}`]
        for (const [host, identity] of [
          [hosts.kubernetes, who.alice.impersonation],
          [hosts.other, who.alice.headers],
        ] as const) {
          const seen = seenBy(await http1Request(gateway.port, { host, headers }))
          assert.deepEqual(identityOf(seen), identity)
        }
      })

      it('sends on no identity to a public path', async () => {
        const options = { path: '/public/x', headers: forged }
        assert.deepEqual(identityOf(seenBy(await http1Request(gateway.port, options))), [])
      })

      it('joins no two tokens into one that passes', async () => {
        const token = await service.issuer.mint(who.alice.claims)
        const headers = ['Authorization: Bearer x', `Authorization: Bearer ${token}`]
        const { status } = await http1Request(gateway.port, { host: hosts.other, headers })
        assert.equal(status, 400)
      })
    })
  }
}
