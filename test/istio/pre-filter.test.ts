import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Bed, startBed } from '../support/bed.ts'
import type { Edit } from '../support/example-envoy.ts'
import { envoy, envoyVersions } from '../support/parts.ts'
import { http1Request, http2Request, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { linesNamed } from '../support/wire.ts'

// The filter must hold its own where Envoy lets underscores pass, as Istio does unless told otherwise.
const allowUnderscores: Edit = [
  'headers_with_underscores_action: REJECT_REQUEST',
  'headers_with_underscores_action: ALLOW',
]

const identity = [
  ...['Kubeflow-Userid', 'kubeflow_userid', 'KUBEFLOW-GROUPS', 'kubeflow-anything', 'Kubeflow_x-y'],
  ...['X-Remote-User', 'x_remote_group', 'X-Remote_Extra-Scopes', 'X-Remote-Uid'],
  ...['X-Forwarded-User', 'X_Forwarded_Groups', 'x-forwarded_email'],
  ...[
    'X-Envoy-Auth-Failure-Mode-Allowed',
    'x_envoy_auth_partial_body',
    'X-Envoy-Auth-Headers-To-Remove',
  ],
  ...['X-Attache-Requested-Impersonate-User', 'x_attache_requested_impersonate_user'],
  ...['X-Attache-Source', 'X-Attache-Connection', 'X-Attache-Upgrade', 'X-Attache-Caller'],
  ...['X-Attache-Decision', 'x-attache_anything'],
]

const kept = [
  'X-Forwarded-For-Real',
  'X-Kubeflow-Userid',
  'Impersonate',
  'Kubeflow',
  'X-Forwarded-Users',
]

const requested = [
  ['Impersonate-User', 'jane'],
  ['Impersonate-Group', 'b,c'],
  ['IMPERSONATE-GROUP', 'a'],
  ['Impersonate-Group', ''],
  ['Impersonate-Extra-Acme.com%2Fx_y', 'z'],
  ['Impersonate_User', 'joe'],
  ['Impersonate-Not-Invented-Yet', '1'],
] as const

for (const version of envoyVersions) {
  const binary = await part(`Envoy ${version}`, async () => envoy(version))
  for (const transport of ['grpc', 'http'] as const) {
    describe(`pre-filter.lua in Envoy ${version} over ${transport}`, { skip: binary.skip }, () => {
      let bed: Bed
      before(async () => {
        bed = await startBed({ transport, binary: binary.get(), edits: [allowUnderscores] })
      })
      after(async () => bed.stop())

      for (const [http, request] of [
        ['HTTP/1.1', http1Request],
        ['HTTP/2', http2Request],
      ] as const) {
        it(`shows identity headers of an ${http} client to nobody`, async () => {
          const headers = identity.map((name) => [name, 'forged'] as const)
          const { lines } = seenBy(await request(bed.port, { headers }))
          const checked = [...(bed.server.checks.at(-1)?.headers ?? [])]
          assert.deepEqual(
            lines.filter((line) => line.includes('forged')),
            [],
          )
          assert.deepEqual(
            checked.filter(([, value]) => value.includes('forged')),
            [],
          )
        })

        it(`renames what an ${http} client asks for, and shows it to Attaché alone`, async () => {
          const { lines } = seenBy(await request(bed.port, { headers: requested }))
          const checked = bed.server.checks.at(-1)?.headers ?? new Map<string, string>()
          const shown = [...checked].filter(([name]) => /impersonate/.test(name))
          const prefix = 'x-attache-requested'
          assert.deepEqual(
            new Map(shown),
            new Map([
              [`${prefix}-impersonate-user`, 'jane'],
              [`${prefix}-impersonate-group`, 'b%2Cc,a,'],
              [`${prefix}-impersonate-extra-acme.com%2fx_y`, 'z'],
              [`${prefix}-impersonate_user`, 'joe'],
              [`${prefix}-impersonate-not-invented-yet`, '1'],
            ]),
          )
          assert.deepEqual(linesNamed(lines, /impersonate/), [])
        })
      }

      it('leaves other headers alone', async () => {
        const headers = kept.map((name) => [name, 'kept'] as const)
        const { lines } = seenBy(await http1Request(bed.port, { headers }))
        assert.equal(lines.filter((line) => line.endsWith(': kept')).length, kept.length)
      })
    })
  }
}
