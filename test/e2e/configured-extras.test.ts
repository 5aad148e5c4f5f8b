/** `impersonate.extra`, from the request to the audit log of a real API server. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { KubeApiserver } from '../support/kube-apiserver.ts'
import { bindClusterRole, createObject } from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { part } from '../support/require.ts'
import { until } from './cluster.ts'
import { bob, type KubectlBed, startKubectlBed, transports, userInfoIn } from './kubectl-bed.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const binary = await part('Envoy', async () => envoy())

const extra = {
  'example.com/cluster': "'blue, Öl'",
  'example.com/path': "[request.method, request.path, '']",
  // The token has a team of its own.
  'example.com/team': "['of ' + user.username, 'b']",
  'example.com/none': "request.headers[?'x-none'].orValue('')",
  'remote-client-ip': 'source.address',
}

/** Of everybody at every path but the path itself. */
const told = {
  'example.com/cluster': ['blue, Öl'],
  'example.com/team': [`of ${bob.email}`, 'b'],
  'remote-client-ip': ['127.0.0.1'],
}

async function grantExtras(api: KubeApiserver): Promise<void> {
  const name = 'configured-extras'
  const resources = Object.keys(extra).map((key) => `userextras/${key}`)
  const rules = [{ apiGroups: ['authentication.k8s.io'], resources, verbs: ['impersonate'] }]
  await createObject(api, '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: { name },
    rules,
  })
  await bindClusterRole(api, name, { namespace: 'attache', name: 'impersonator' })
}

const whoami = ['auth', 'whoami', '--output=json']
const reviews = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

describe('impersonate.extra', { skip: programs.skip || binary.skip }, () => {
  let bed: KubectlBed
  before(async () => {
    bed = await startKubectlBed({
      programs: programs.get(),
      binary: binary.get(),
      impersonate: { extra },
      auditRules: [{ level: 'Metadata' }],
    })
    await grantExtras(bed.cluster.api)
    // Roles take a moment until the API server knows them.
    await until(async () => {
      const { code } = await bed.run(whoami, { who: bob, transport: 'grpc' })
      return code === 0
    })
  })
  after(async () => bed.stop())

  for (const transport of transports) {
    it(`is in the audit log over ${transport}, in the place of what the token says`, async () => {
      const { code, stdout, stderr } = await bed.run(whoami, { who: bob, transport })
      assert.equal(code, 0, stderr)
      const expected = {
        username: bob.email,
        uid: bob.uid,
        groups: ['system:authenticated'],
        extra: { ...told, 'example.com/path': ['POST', reviews] },
      }
      assert.deepEqual(userInfoIn(stdout), expected)
      const event = (await bed.cluster.api.auditLog()).findLast(
        ({ requestURI, stage, impersonatedUser }) =>
          stage === 'ResponseComplete' &&
          String(requestURI).includes('selfsubjectreviews') &&
          impersonatedUser !== undefined,
      )
      assert.deepEqual(event?.['impersonatedUser'], expected)
    })

    it(`is of each request anew over ${transport}`, async () => {
      for (const path of ['/version', '/healthz']) {
        const { code, stderr } = await bed.run(['get', `--raw=${path}`], { who: bob, transport })
        assert.equal(code, 0, stderr)
        const event = (await bed.cluster.api.auditLog()).findLast(
          ({ requestURI, impersonatedUser }) =>
            requestURI === path && impersonatedUser !== undefined,
        )
        assert.partialDeepStrictEqual(event, {
          impersonatedUser: { extra: { ...told, 'example.com/path': ['GET', path] } },
        })
      }
    })

    it(`is not for a client to choose over ${transport}`, async () => {
      for (const key of Object.keys(extra)) {
        const forged = ['--as=jane', `--as-user-extra=${key}=forged`]
        const { code, stderr } = await bed.run([...whoami, ...forged], {
          who: bob,
          transport,
          host: 'acting',
        })
        assert.equal(code, 1)
        assert.match(stderr, /Impersonation not accepted/)
      }
    })

    it(`is in Attaché's own audit line over ${transport}`, async () => {
      await bed.run(['get', '--raw=/version'], { who: bob, transport })
      const line = bed.attache.logLines().findLast(({ audit }) => audit === true)
      assert.partialDeepStrictEqual(line, {
        inbound: { extra: { 'example.com/team': ['red'] } },
        outbound: { extra: { ...told, 'example.com/path': ['GET', '/version'] } },
      })
    })
  }
})
