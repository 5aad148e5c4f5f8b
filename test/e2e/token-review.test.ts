/** Tokens of every kind that a real kube-apiserver reviews for Attaché. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { signToken } from '../authn/jwt/signed-token.ts'
import type { KubeApiserver } from '../support/kube-apiserver.ts'
import {
  createPod,
  createSecret,
  createServiceAccount,
  createToken,
  deleteObject,
} from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { part } from '../support/require.ts'
import {
  bot,
  botName,
  type Cluster,
  nameIn,
  opaqueToken,
  startCluster,
  until,
  userOf,
} from './cluster.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)

describe('tokens that the API server reviews', { skip: programs.skip }, () => {
  let cluster: Cluster
  let api: KubeApiserver

  before(async () => {
    cluster = await startCluster(programs.get())
    api = cluster.api
  })
  after(async () => cluster.stop())

  it('end with their ServiceAccount, pod and Secret', async () => {
    const { authenticateToken } = cluster.accounts()
    const gone = { namespace: 'team', name: 'gone' }
    await createServiceAccount(api, gone)
    const pod = { namespace: 'team', name: 'pod-that-goes' }
    const uid = await createPod(api, pod, { serviceAccountName: 'bot' })
    const tokens = [
      await createToken(api, gone),
      await createToken(api, bot, { boundTo: { kind: 'Pod', name: pod.name, uid } }),
    ]
    await deleteObject(api, '/api/v1/namespaces/team/serviceaccounts/gone')
    await deleteObject(api, '/api/v1/namespaces/team/pods/pod-that-goes')
    for (const token of tokens) {
      assert.equal(nameIn(await authenticateToken(token)), 'rejected')
    }
  })

  it('end within ten seconds of ours after the API server refuses them', async () => {
    let nowMs = Date.now()
    const { authenticateToken } = cluster.accounts({ now: () => nowMs })
    const gone = { namespace: 'team', name: 'gone-later' }
    await createServiceAccount(api, gone)
    const pod = { namespace: 'team', name: 'pod-that-goes-later' }
    const uid = await createPod(api, pod, { serviceAccountName: 'bot' })
    const tokens = [
      await createToken(api, gone),
      await createToken(api, bot, { boundTo: { kind: 'Pod', name: pod.name, uid } }),
    ]
    const judge = async () =>
      Promise.all(tokens.map(async (token) => nameIn(await authenticateToken(token))))
    const names = ['system:serviceaccount:team:gone-later', botName]
    assert.deepEqual(await judge(), names)
    await deleteObject(api, '/api/v1/namespaces/team/serviceaccounts/gone-later')
    await deleteObject(api, '/api/v1/namespaces/team/pods/pod-that-goes-later')
    // kube-apiserver itself remembers a yes for ten seconds.
    for (const token of tokens) {
      await until(async () => (await cluster.whoami(token)) === undefined)
    }
    nowMs += 9_999
    assert.deepEqual(await judge(), names)
    nowMs += 1
    assert.deepEqual(await judge(), ['rejected', 'rejected'])
  })

  it('may be legacy tokens', async () => {
    const prefix = 'kubernetes.io/serviceaccount'
    const secret = { namespace: 'team', name: 'legacy' }
    const token = signToken(
      {
        iss: 'kubernetes/serviceaccount',
        sub: botName,
        [`${prefix}/namespace`]: 'team',
        [`${prefix}/secret.name`]: secret.name,
        [`${prefix}/service-account.name`]: bot.name,
        [`${prefix}/service-account.uid`]: cluster.uids.get('team'),
      },
      { key: cluster.signingKey },
    )
    await createSecret(api, secret, {
      type: 'kubernetes.io/service-account-token',
      metadata: { annotations: { 'kubernetes.io/service-account.name': bot.name } },
      stringData: { token },
    })
    const reviewed = await cluster.accounts().authenticateToken(token)
    assert.deepEqual(userOf(reviewed), await cluster.whoami(token))
    const verified = await cluster.accounts({ validation: 'jwks' }).authenticateToken(token)
    assert.equal(verified.kind, 'no-credential')
  })

  it('may be any other token that the API server knows', async () => {
    const { authenticateToken } = cluster.accounts()
    assert.deepEqual(await authenticateToken(opaqueToken), {
      kind: 'authenticated',
      authenticator: 'token-review',
      user: { name: 'carol', uid: '7', groups: ['staff'], extra: new Map() },
      email: undefined,
      idToken: undefined,
      expiresAtMs: 8.64e15,
    })
    assert.equal(nameIn(await authenticateToken('opaque-tokem')), 'rejected')
    const other = cluster.accounts({ audiences: ['pipelines'] })
    assert.equal(nameIn(await other.authenticateToken(opaqueToken)), 'rejected')
  })

  it('need a right of Attaché, and say which', async () => {
    const tokenFile = join(cluster.folder, 'powerless')
    await writeFile(tokenFile, await createToken(api, bot))
    const { authenticateToken } = cluster.accounts({ kubernetes: { tokenFile } })
    await assert.rejects(authenticateToken(await createToken(api, bot)), {
      name: 'DependencyError',
      message: /answered 403 Forbidden; .* ClusterRole "system:auth-delegator"/,
    })
  })

  it("need Attaché's own token to be good", async () => {
    const tokenFile = join(cluster.folder, 'bad')
    await writeFile(tokenFile, 'bad-token')
    const { authenticateToken } = cluster.accounts({ kubernetes: { tokenFile } })
    await assert.rejects(authenticateToken(await createToken(api, bot)), {
      message: /does not accept the token in ".*bad"$/,
    })
  })
})
