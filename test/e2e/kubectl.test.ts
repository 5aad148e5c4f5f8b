/** kubectl behind the gateway: as the user, with the user's rights, and nothing on the way. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Edit } from '../support/example-envoy.ts'
import { createToken } from '../support/kube-objects.ts'
import { kubectl } from '../support/kubectl.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { part } from '../support/require.ts'
import { bot } from './cluster.ts'
import {
  alice,
  bob,
  type KubectlBed,
  type Person,
  startKubectlBed,
  transports,
  userInfoIn,
} from './kubectl-bed.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const binary = await part('Envoy', async () => envoy())

const sixty: Person = {
  ...alice,
  groups: Array.from({ length: 60 }, (_, index) => `team-${index}, or „${index}“`),
}

/** What no shipped filter does: a fault that takes all that Attaché has said. */
const withoutIdentity: Edit = [
  '          - name: envoy.filters.http.router\n',
  `          - name: fault
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation
              mutations:
                request_mutations:
                - remove_on_match: { key_matcher: { prefix: impersonate- } }
          - name: envoy.filters.http.router
`,
]

describe('kubectl behind the gateway', { skip: programs.skip || binary.skip }, () => {
  let bed: KubectlBed
  before(async () => {
    bed = await startKubectlBed({ programs: programs.get(), binary: binary.get() })
  })
  after(async () => bed.stop())

  for (const transport of transports) {
    for (const [what, who] of [
      ['a comma and no ASCII', alice],
      ['60 groups', sixty],
      ['no group', bob],
    ] as const) {
      it(`is that user for the API server, over ${transport}, with ${what}`, async () => {
        const whoami = ['auth', 'whoami', '--output=json']
        const { stdout, stderr } = await bed.run(whoami, { who, transport })
        assert.equal(stderr, '')
        assert.deepEqual(userInfoIn(stdout), {
          username: who.email,
          uid: who.uid,
          groups: [...who.groups, 'system:authenticated'],
          extra: {
            'example.com/team': [who.team],
            ...(who.jti && { 'authentication.kubernetes.io/credential-id': [`JTI=${who.jti}`] }),
          },
        })
      })
    }

    it(`applies, gets and deletes over ${transport} where the user may`, async () => {
      const run = async (args: readonly string[], input?: string) =>
        bed.run(['--namespace=team', ...args], { who: alice, transport, ...(input && { input }) })
      const name = `map-${transport}`
      // More than any buffer on the way.
      const data = { text: 'x'.repeat(200_000) }
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }
      const apply = ['apply', '--server-side', '--filename=-']
      const applied = await run(apply, JSON.stringify(object))
      assert.equal(applied.stdout, `configmap/${name} serverside-applied\n`, applied.stderr)
      const got = await run(['get', 'configmap', name, '--output=jsonpath={.data.text}'])
      assert.equal(got.stdout, data.text)
      const deleted = await run(['delete', 'configmap', name])
      assert.match(deleted.stdout, /^configmap "map-\w+" deleted/)
    })

    it(`is forbidden over ${transport} what the user may not, as the API server says it`, async () => {
      for (const [who, namespace] of [
        [alice, 'other'],
        [bob, 'team'],
      ] as const) {
        const get = ['get', 'configmaps', `--namespace=${namespace}`]
        assert.deepEqual(await bed.run(get, { who, transport }), {
          code: 1,
          stdout: '',
          stderr:
            'Error from server (Forbidden): configmaps is forbidden: ' +
            `User "${who.email}" cannot list resource "configmaps" in API group "" ` +
            `in the namespace "${namespace}"\n`,
        })
      }
    })
  }

  it('can do nothing if who it is got lost on the way', async () => {
    for (const transport of transports) {
      const through = await bed.gateway(transport, { edits: [withoutIdentity] })
      const get = ['get', 'configmaps', '--namespace=team']
      const { code, stderr } = await bed.run(get, { who: alice, transport, through })
      assert.equal(code, 1)
      assert.match(stderr, /User "system:serviceaccount:attache:impersonator" cannot list resource/)
    }
  })

  it('is not what the credential of the gateway can do by itself', async () => {
    const list = async (token: string) => {
      const { url: server, ca } = bed.cluster.api
      const settings = { binary: programs.get().kubectl, server, ca, token }
      const args = ['auth', 'can-i', '--list', '--namespace=team', '--no-headers']
      const { stdout, stderr } = await kubectl(args, settings)
      assert.equal(stderr, '')
      const lines = stdout.split('\n').map((line) => line.replace(/ +/g, ' '))
      return lines.filter((line) => !line.endsWith(' [impersonate]')).toSorted()
    }
    const anyAccount = await createToken(bed.cluster.api, bot)
    assert.deepEqual(await list(bed.impersonatorToken), await list(anyAccount))
  })
})
