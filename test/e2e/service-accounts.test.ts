/** ServiceAccount tokens, judged by TokenReview and by the cluster's keys, with a real kube-apiserver. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createServiceAccounts } from '../../src/authn/service-account/service-accounts.ts'
import { capturedLog } from '../authn/issuer/issuer-fixtures.ts'
import { secondAuthority } from '../support/authorities.ts'
import type { KubeApiserver } from '../support/kube-apiserver.ts'
import { createNode, createPod, createSecret, createToken } from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { part } from '../support/require.ts'
import { bot, botName, type Cluster, nameIn, otherBot, startCluster, userOf } from './cluster.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)

describe('ServiceAccount tokens', { skip: programs.skip }, () => {
  let cluster: Cluster
  let api: KubeApiserver

  before(async () => {
    cluster = await startCluster(programs.get())
    api = cluster.api
  })
  after(async () => cluster.stop())

  const modes = ['tokenReview', 'jwks'] as const

  for (const validation of modes) {
    describe(`with ${validation}`, () => {
      it('are who kube-apiserver says', async () => {
        const { authenticateToken } = cluster.accounts({ validation })
        const token = await createToken(api, bot)
        const outcome = await authenticateToken(token)
        assert.deepEqual(userOf(outcome), await cluster.whoami(token))
        assert.equal(nameIn(outcome), botName)
        assert.equal(outcome.kind === 'authenticated' && outcome.authenticator, 'service-account')
      })

      it('keep the namespace in every name', async () => {
        const { authenticateToken } = cluster.accounts({ validation })
        const tokens = [await createToken(api, bot), await createToken(api, otherBot)]
        const [mine, theirs] = await Promise.all(
          tokens.map(async (token) => userOf(await authenticateToken(token))),
        )
        assert.deepEqual([mine?.name, mine?.uid], [botName, cluster.uids.get('team')])
        assert.deepEqual(
          [theirs?.name, theirs?.uid],
          ['system:serviceaccount:other:bot', cluster.uids.get('other')],
        )
      })

      it('have the extras of a pod, of a pod on a node, of a node, and of a Secret', async () => {
        const { authenticateToken } = cluster.accounts({ validation })
        const suffix = validation.toLowerCase()
        const node = { kind: 'Node', name: `node-${suffix}` } as const
        const nodeUid = await createNode(api, node.name)
        const pod = { kind: 'Pod', name: `pod-${suffix}` } as const
        const placed = { kind: 'Pod', name: `placed-${suffix}` } as const
        const secret = { kind: 'Secret', name: `secret-${suffix}` } as const
        const by = { serviceAccountName: bot.name }
        const bound = [
          { ...pod, uid: await createPod(api, { namespace: 'team', name: pod.name }, by) },
          {
            ...placed,
            uid: await createPod(
              api,
              { namespace: 'team', name: placed.name },
              { ...by, nodeName: node.name },
            ),
          },
          { ...node, uid: nodeUid },
          { ...secret, uid: await createSecret(api, { namespace: 'team', name: secret.name }) },
        ]
        const keys: string[][] = []
        for (const boundTo of bound) {
          const token = await createToken(api, bot, { boundTo })
          const user = userOf(await authenticateToken(token))
          assert.deepEqual(user, await cluster.whoami(token))
          keys.push(
            [...(user?.extra.keys() ?? [])].map((key) => key.split('/')[1] ?? '').toSorted(),
          )
        }
        assert.deepEqual(keys, [
          ['credential-id', 'pod-name', 'pod-uid'],
          ['credential-id', 'node-name', 'node-uid', 'pod-name', 'pod-uid'],
          ['credential-id', 'node-name', 'node-uid'],
          ['credential-id'],
        ])
      })

      it('are for an audience of ours', async () => {
        const token = await createToken(api, bot, { audiences: ['pipelines', 'vault'] })
        const judge = async (audiences: readonly string[] | undefined) =>
          nameIn(await cluster.accounts({ validation, audiences }).authenticateToken(token))
        assert.equal(await judge(['default', 'pipelines']), botName)
        assert.equal(await judge(['default']), 'rejected')
        assert.equal(await judge(undefined), 'rejected')
      })

      it('are for the API server where no audience is named, and only then', async () => {
        const token = await createToken(api, bot)
        const judge = async (audiences: readonly string[] | undefined) =>
          nameIn(await cluster.accounts({ validation, audiences }).authenticateToken(token))
        assert.equal(await judge(undefined), botName)
        assert.equal(await judge([api.issuer]), botName)
        assert.equal(await judge(['pipelines']), 'rejected')
      })

      it('are nobody once one character differs', async () => {
        const { authenticateToken } = cluster.accounts({ validation })
        const token = await createToken(api, bot)
        const [header = '', payload = '', signature = ''] = token.split('.')
        const flipped = signature.startsWith('A') ? 'B' : 'A'
        assert.equal(
          nameIn(await authenticateToken(`${header}.${payload}.${flipped}${signature.slice(1)}`)),
          'rejected',
        )
      })

      it('come through an outage of the API server', async () => {
        const { authenticateToken } = cluster.accounts({ validation })
        const [first, second, third] = [
          await createToken(api, bot),
          await createToken(api, bot),
          await createToken(api, bot),
        ]
        await authenticateToken(first)
        await api.halt()
        assert.equal(nameIn(await authenticateToken(first)), botName)
        const meanwhile = await authenticateToken(second).then(nameIn, (error: Error) => error.name)
        const expected = { tokenReview: 'DependencyError', jwks: botName }
        assert.equal(meanwhile, expected[validation])
        await api.resume()
        assert.equal(nameIn(await authenticateToken(third)), botName)
      })

      it('are judged by nobody whom another CA vouches for', async () => {
        const certificateAuthorityFile = join(cluster.folder, 'other.crt')
        await writeFile(certificateAuthorityFile, secondAuthority.ca)
        const { authenticateToken } = cluster.accounts({
          validation,
          kubernetes: { certificateAuthorityFile },
        })
        await assert.rejects(authenticateToken(await createToken(api, bot)), {
          name: 'DependencyError',
        })
      })
    })
  }

  it('leave nothing in the log when all is well', async () => {
    for (const validation of modes) {
      const { log, lines: logged } = capturedLog()
      const serviceAccounts = { validation, audiences: undefined }
      const config = { kubernetes: cluster.kubernetes, serviceAccounts }
      const judged = createServiceAccounts(config, { now: Date.now, log })
      for (let round = 0; round < 3; round += 1) {
        await judged.verifyToken(await createToken(api, bot))
      }
      await judged.close()
      const loud = logged.filter((line) => (JSON.parse(line) as { level: number }).level > 30)
      assert.deepEqual(loud, [])
    }
  })
})
