/** `kubectl --as`, reviews of routes and audit lines: a real API server decides, a real Envoy asks. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { http1Request, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { type Cluster, startCluster, until } from './cluster.ts'
import { hosts, identityOf } from './platform.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const binary = await part('Envoy', async () => envoy())

const rbac = 'rbac.authorization.k8s.io'
const alice = { email: 'alice@example.com', groups: ['leads'] }
const bob = { email: 'bob@example.com', groups: [] }

/** Leads may act as jane in the group ops; they may read the models of the namespace `team`. */
async function grant({ api }: Cluster): Promise<void> {
  const roles = `/apis/${rbac}/v1`
  const subjects = [{ kind: 'Group', apiGroup: rbac, name: 'leads' }]
  const create = async (path: string, body: object) => {
    const { status } = await api.request('POST', `${roles}/${path}`, { body })
    assert.equal(status, 201)
  }
  await create('clusterroles', {
    metadata: { name: 'as-jane' },
    rules: [
      { apiGroups: [''], resources: ['users'], verbs: ['impersonate'], resourceNames: ['jane'] },
      { apiGroups: [''], resources: ['groups'], verbs: ['impersonate'], resourceNames: ['ops,b'] },
    ],
  })
  const roleRef = { apiGroup: rbac, name: 'as-jane' }
  await create('clusterrolebindings', {
    metadata: { name: 'as-jane' },
    subjects,
    roleRef: { ...roleRef, kind: 'ClusterRole' },
  })
  await create('namespaces/team/roles', {
    metadata: { name: 'models' },
    rules: [{ apiGroups: ['serving.kserve.io'], resources: ['inferenceservices'], verbs: ['get'] }],
  })
  await create('namespaces/team/rolebindings', {
    metadata: { name: 'models' },
    subjects,
    roleRef: { ...roleRef, kind: 'Role', name: 'models' },
  })
}

/** Roles take a moment until the API server knows them. */
async function untilKnown({ api }: Cluster): Promise<void> {
  const body = {
    spec: {
      user: 'x',
      groups: ['leads'],
      resourceAttributes: {
        verb: 'get',
        group: 'serving.kserve.io',
        resource: 'inferenceservices',
        namespace: 'team',
      },
    },
  }
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
    const answer = JSON.stringify(await api.request('POST', path, { body }))
    if (answer.includes('"allowed":true')) return
    await delay(100)
  }
  assert.fail('the API server does not know the roles')
}

describe('acting as somebody else, and what the cluster allows', {
  skip: programs.skip || binary.skip,
}, () => {
  let cluster: Cluster
  let service: Service
  let gateways: Readonly<Record<'grpc' | 'http', Gateway>>

  before(async () => {
    cluster = await startCluster(programs.get())
    await grant(cluster)
    await untilKnown(cluster)
    const { server, certificateAuthorityFile, tokenFile } = cluster.kubernetes
    service = await startService({
      config: {
        kubernetes: { server: server.href, certificateAuthorityFile, tokenFile },
        routes: [
          {
            match: { hosts: [hosts.kubernetes] },
            identity: 'impersonate',
            allowImpersonation: true,
          },
          {
            match: { paths: ['/serving/{namespace}/{name}/*'] },
            identity: 'kubeflow',
            subjectAccessReview: {
              group: 'serving.kserve.io',
              resource: 'inferenceservices',
              verb: 'get',
              namespace: '{namespace}',
              name: '{name}',
            },
          },
        ],
        impersonate: { credential: 'none' },
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
    await cluster.stop()
  })

  for (const transport of ['grpc', 'http'] as const) {
    const ask = async (claims: object, lines: readonly string[], path = '/api') => {
      const token = await service.issuer.mint({ ...claims })
      const host = path === '/api' ? hosts.kubernetes : hosts.kubeflow
      const headers = [`Authorization: Bearer ${token}`, ...lines]
      return http1Request(gateways[transport].port, { host, path, headers })
    }
    /** The answer may be here before the line that Attaché wrote before it. */
    const lastAuditIs = async (expected: object) => {
      await until(async () => partlyEqual(lastAudit(service), expected))
    }

    it(`is said to the API server with who asked, over ${transport}`, async () => {
      const lines = ['Impersonate-User: jane', 'Impersonate-Group: ops,b']
      const response = await ask(alice, lines)
      assert.deepEqual(identityOf(seenBy(response)), [
        'impersonate-extra-originaluser.attache.io%2fgroups: leads',
        'impersonate-extra-originaluser.attache.io%2fuser: alice@example.com',
        'impersonate-group: ops,b',
        'impersonate-user: jane',
      ])
      await lastAuditIs({
        verdict: 'allowed',
        inbound: { name: 'alice@example.com', groups: ['leads'] },
        outbound: { name: 'jane', groups: ['ops,b'] },
        route: 'routes[0]',
      })
    })

    const denied = [
      { what: 'another user', lines: ['Impersonate-User: root'], status: 403 },
      {
        what: 'a group more',
        lines: ['Impersonate-User: jane', 'Impersonate-Group: system:masters'],
        status: 403,
      },
      {
        what: 'the parts of a group',
        lines: ['Impersonate-User: jane', 'Impersonate-Group: ops', 'Impersonate-Group: b'],
        status: 403,
      },
      { what: 'a uid', lines: ['Impersonate-User: jane', 'Impersonate-Uid: 1'], status: 403 },
      {
        what: 'an extra',
        lines: ['Impersonate-User: jane', 'Impersonate-Extra-Scopes: view'],
        status: 403,
      },
      {
        what: 'who asked',
        lines: ['Impersonate-User: jane', 'Impersonate-Extra-originaluser.attache.io%2Fuser: root'],
        status: 400,
      },
      { what: 'a group without a user', lines: ['Impersonate-Group: ops,b'], status: 400 },
      {
        what: 'something unknown',
        lines: ['Impersonate-User: jane', 'Impersonate-Tomorrow: x'],
        status: 400,
      },
      {
        what: 'a name of ours',
        lines: ['x-attache-requested-impersonate-user: root'],
        status: 200,
      },
    ]
    for (const { what, lines, status } of denied) {
      it(`is ${status} for ${what} over ${transport}, and never more than the cluster allows`, async () => {
        const response = await ask(alice, lines)
        assert.equal(response.status, status)
        assert.ok(!JSON.stringify(response).includes('root') || status === 403)
      })
    }

    it(`is denied to who has no right to it, over ${transport}, in a form that kubectl prints`, async () => {
      const { status, body } = await ask(bob, ['Impersonate-User: jane'])
      assert.equal(status, 403)
      assert.match(body, /"kind":"Status".*"reason":"Forbidden"/)
      await lastAuditIs({
        verdict: 'denied',
        reason: 'not-allowed',
        inbound: { name: 'bob@example.com' },
        outbound: { name: 'jane' },
      })
    })

    it(`lets to a model over ${transport} who may get it, in its namespace alone`, async () => {
      const allowed = await ask(alice, [], '/serving/team/model/v1')
      assert.deepEqual(identityOf(seenBy(allowed)), [
        'kubeflow-groups: leads',
        'kubeflow-userid: alice@example.com',
      ])
      assert.equal((await ask(alice, [], '/serving/other/model/v1')).status, 403)
      assert.equal((await ask(bob, [], '/serving/team/model/v1')).status, 403)
    })
  }

  it('is unavailable, in time, while the API server is away', async () => {
    await cluster.api.halt()
    const token = await service.issuer.mint({ email: 'carol@example.com', groups: ['leads'] })
    const headers = [`Authorization: Bearer ${token}`, 'Impersonate-User: jane']
    const { status, body } = await http1Request(gateways.grpc.port, {
      host: hosts.kubernetes,
      headers,
    })
    assert.equal(status, 503)
    // Attaché's own answer, so it came before Envoy's ten seconds were over.
    assert.match(body, /"kind":"Status"/)
  })
})

function lastAudit({ attache }: Service): object {
  return attache.logLines().findLast(({ audit }) => audit === true) ?? {}
}

function partlyEqual(actual: object, expected: object): boolean {
  try {
    assert.partialDeepStrictEqual(actual, expected)
    return true
  } catch {
    return false
  }
}
