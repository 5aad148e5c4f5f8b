import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type KubeApiserver, startKubeApiserver } from './kube-apiserver.ts'
import {
  createNamespace,
  createNode,
  createPod,
  createServiceAccount,
  createToken,
} from './kube-objects.ts'
import { kubectl } from './kubectl.ts'
import { kubernetesPrograms, kubernetesVersion } from './kubernetes-programs.ts'
import { part } from './require.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)

describe('the test bed with kube-apiserver', { skip: programs.skip }, () => {
  let api: KubeApiserver

  before(async () => {
    api = await startKubeApiserver({
      programs: programs.get(),
      staticUsers: [{ token: 'carol-token', name: 'carol', uid: '7', groups: ['a', 'b'] }],
      auditRules: [{ level: 'Metadata' }],
    })
  })
  after(async () => api.stop())

  it('is the version that answers are compared with', async () => {
    const { body } = await api.request('GET', '/version')
    assert.equal(body['gitVersion'], kubernetesVersion)
  })

  it('gives tokens of ServiceAccounts, bound to a pod on a node', async () => {
    await createNamespace(api, 'team')
    await createServiceAccount(api, { namespace: 'team', name: 'bot' })
    await createNode(api, 'node-1')
    const pod = { serviceAccountName: 'bot', nodeName: 'node-1' }
    const uid = await createPod(api, { namespace: 'team', name: 'pod-1' }, pod)
    const boundTo = { kind: 'Pod', name: 'pod-1', uid } as const
    const token = await createToken(api, { namespace: 'team', name: 'bot' }, { boundTo })
    const { binary, server, ca } = connection(api)
    const whoami = ['auth', 'whoami', '--output=json']
    const { stdout } = await kubectl(whoami, { binary, server, ca, token })
    const { status } = JSON.parse(stdout) as WhoAmI
    assert.equal(status.userInfo.username, 'system:serviceaccount:team:bot')
    assert.deepEqual(status.userInfo.extra?.['authentication.kubernetes.io/node-name'], ['node-1'])
  })

  it('knows static users, and kubectl acts for others', async () => {
    const { binary, server, ca, adminToken } = connection(api)
    const args = ['auth', 'whoami', '--output=json', '--as=dave', '--as-user-extra=team=x']
    const { stdout } = await kubectl(args, { binary, server, ca, token: adminToken })
    const { status } = JSON.parse(stdout) as WhoAmI
    assert.deepEqual([status.userInfo.username, status.userInfo.extra], ['dave', { team: ['x'] }])
    const asDave = ['get', 'namespaces', '--as=dave']
    const refused = await kubectl(asDave, { binary, server, ca, token: 'carol-token' })
    assert.match(refused.stderr, /Error from server \(Forbidden\)/)
    const log = JSON.stringify(await api.auditLog())
    assert.match(log, /"impersonatedUser":\{"username":"dave"/)
  })

  it('goes away and comes back with what it had', async () => {
    await api.halt()
    await assert.rejects(api.request('GET', '/readyz'))
    await api.resume()
    assert.equal((await api.request('GET', '/api/v1/namespaces/team')).status, 200)
  })
})

interface WhoAmI {
  readonly status: {
    readonly userInfo: {
      readonly username: string
      readonly extra?: Readonly<Record<string, readonly string[]>>
    }
  }
}

function connection({ url, ca, adminToken }: KubeApiserver) {
  return { binary: programs.get().kubectl, server: url, ca, adminToken }
}
