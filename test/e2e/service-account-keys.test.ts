/** ServiceAccount tokens, verified by the keys of a real kube-apiserver without asking it. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { KubeApiserver } from '../support/kube-apiserver.ts'
import { createToken } from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { part } from '../support/require.ts'
import { bot, botName, type Cluster, nameIn, opaqueToken, startCluster, until } from './cluster.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)

describe('tokens that the keys of the cluster verify', { skip: programs.skip }, () => {
  let cluster: Cluster
  let api: KubeApiserver

  before(async () => {
    cluster = await startCluster(programs.get())
    api = cluster.api
  })
  after(async () => cluster.stop())

  it('need no right but that of every ServiceAccount', async () => {
    const tokenFile = join(cluster.folder, 'plain')
    await writeFile(tokenFile, await createToken(api, bot))
    const { authenticateToken, missing } = cluster.accounts({
      validation: 'jwks',
      kubernetes: { tokenFile },
    })
    const outcome = await authenticateToken(await createToken(api, bot))
    assert.equal(nameIn(outcome), botName)
    assert.deepEqual(missing(), [])
  })

  it('end with their time, a minute later, as in kube-apiserver', async () => {
    let nowMs = Date.now()
    const { authenticateToken } = cluster.accounts({ validation: 'jwks', now: () => nowMs })
    const token = await createToken(api, bot, { expirationSeconds: 600 })
    const { exp } = claimsOf(token)
    nowMs = (exp + 60) * 1000
    assert.equal(nameIn(await authenticateToken(token)), botName)
    nowMs += 1
    const outcome = await authenticateToken(token)
    assert.equal(outcome.kind === 'rejected' && outcome.reason, 'credential-expired')
  })

  it('are verified as soon as the API server is there', async () => {
    const token = await createToken(api, bot)
    await api.halt()
    const judged = cluster.accounts({ validation: 'jwks' })
    await assert.rejects(judged.authenticateToken(token), { name: 'DependencyError' })
    assert.deepEqual(judged.missing(), [`keys of the cluster at "${api.url}"`])
    await api.resume()
    await until(async () => judged.missing().length === 0)
    assert.equal(nameIn(await judged.authenticateToken(token)), botName)
  })

  it('leave tokens of others to others', async () => {
    const { authenticateToken } = cluster.accounts({ validation: 'jwks' })
    assert.equal((await authenticateToken(opaqueToken)).kind, 'no-credential')
  })
})

function claimsOf(token: string): { readonly exp: number } {
  const parse: (text: string) => { readonly exp: number } = JSON.parse
  return parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
}
