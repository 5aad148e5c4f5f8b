/**
 * Tokens of clusters as they differ: whatever a cluster calls its issuer and its audience, and wherever it sends
 * others for the keys, Attaché finds them with no setting. A real kube-apiserver is set up as each kind is;
 * none of the hosts that these name can be reached from here.
 */
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { jwksOf, rsaKey } from '../authn/jwt/signed-token.ts'
import { createServiceAccount, createToken, deleteObject } from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { part } from '../support/require.ts'
import { type ApiFront, startApiFront } from './api-front.ts'
import { bot, botName, type Cluster, nameIn, startCluster, until, userOf } from './cluster.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)

const oidcOfEks = 'https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF'
const gke = 'https://container.googleapis.com/v1/projects/p/locations/europe-west1/clusters/c'
const oidcOfAks =
  'https://westeurope.oic.prod-aks.azure.com/00000000-0000-0000-0000-000000000001/00000000-0000-0000-0000-000000000002/'
const hostOfAks = 'kubeflow-0123abcd.hcp.westeurope.azmk8s.io'
const inCluster = 'https://kubernetes.default.svc'

interface Shape {
  readonly issuer: string
  /** Of the API server. Default: the issuer. */
  readonly audiences?: readonly string[]
  /** `aud` of a token for nobody else. Default: the issuer. */
  readonly ownAudiences?: readonly string[]
  readonly jwksURI?: string
  readonly flags?: readonly string[]
  /** What discovery answers somebody without a token. */
  readonly anonymously: 401 | 403
}

const shapes: readonly (Shape & { readonly name: string })[] = [
  {
    name: 'RKE2, hardened',
    issuer: `${inCluster}.cluster.local`,
    audiences: [`${inCluster}.cluster.local`, 'rke2'],
    ownAudiences: [`${inCluster}.cluster.local`, 'rke2'],
    flags: ['--anonymous-auth=false'],
    anonymously: 401,
  },
  {
    name: 'EKS',
    issuer: oidcOfEks,
    audiences: [inCluster],
    ownAudiences: [inCluster],
    jwksURI: 'https://ip-172-16-45-221.eu-west-1.compute.internal:443/openid/v1/jwks',
    anonymously: 403,
  },
  { name: 'GKE', issuer: gke, jwksURI: `${gke}/jwks`, anonymously: 403 },
]

const modes = ['tokenReview', 'jwks'] as const
const pipelines = 'pipelines.kubeflow.org'
const kubeflow = ['default', pipelines]

/** What is true of every kind of cluster. */
function accepted(shape: Shape, cluster: () => Cluster): void {
  const { issuer, ownAudiences = [issuer], jwksURI, anonymously } = shape

  it('has the issuer, the audience and the discovery of that kind', async () => {
    const { api } = cluster()
    const { iss, aud } = claimsOf(await createToken(api, bot))
    assert.deepEqual([iss, aud], [issuer, ownAudiences])
    const path = '/.well-known/openid-configuration'
    const { body } = await api.request('GET', path)
    assert.equal(body['issuer'], issuer)
    if (jwksURI !== undefined) assert.equal(body['jwks_uri'], jwksURI)
    assert.equal((await api.request('GET', path, { token: undefined })).status, anonymously)
  })

  for (const validation of modes) {
    it(`has tokens that are who it says, with ${validation} and no setting`, async () => {
      const judged = cluster().accounts({ validation })
      const token = await createToken(cluster().api, bot)
      const outcome = await judged.authenticateToken(token)
      assert.equal(nameIn(outcome), botName)
      assert.deepEqual(userOf(outcome), await cluster().whoami(token))
      await until(async () => judged.missing().length === 0)
      assert.deepEqual([...judged.issuers()], [issuer])
    })

    it(`has tokens for itself or the pipelines, with ${validation}, and for others`, async () => {
      const { authenticateToken } = cluster().accounts({ validation, audiences: kubeflow })
      const judge = async (...meant: string[]) => {
        const asked = meant.length === 0 ? {} : { audiences: meant }
        return nameIn(await authenticateToken(await createToken(cluster().api, bot, asked)))
      }
      assert.equal(await judge(), botName)
      assert.equal(await judge(pipelines), botName)
      assert.equal(await judge('vault', pipelines), botName)
      for (const audience of ownAudiences) assert.equal(await judge(audience), botName)
      for (const other of ['vault', 'istio-ca', 'default', 'sts.amazonaws.com', `${issuer}x`]) {
        assert.equal(await judge(other), 'rejected', other)
      }
    })
  }
}

for (const shape of shapes) {
  const { name, issuer, audiences = [issuer], jwksURI } = shape
  describe(`a cluster such as ${name}`, { skip: programs.skip }, () => {
    let cluster: Cluster

    before(async () => {
      const uri = jwksURI === undefined ? [] : [`--service-account-jwks-uri=${jwksURI}`]
      const flags = [...uri, ...(shape.flags ?? [])]
      cluster = await startCluster(programs.get(), { issuer, audiences, flags })
    })
    after(async () => cluster.stop())

    accepted(shape, () => cluster)
  })
}

describe('a cluster such as AKS, which changes', { skip: programs.skip }, () => {
  const [issuer, quoted] = [`https://${hostOfAks}`, `"${hostOfAks}"`]
  const ownAudiences = [issuer, quoted]
  let cluster: Cluster
  let front: ApiFront

  before(async () => {
    // The flag reads CSV.
    const audiences = [issuer, `""${quoted}""`]
    cluster = await startCluster(programs.get(), { issuer, audiences })
    front = await startApiFront(cluster.api)
  })
  after(async () => {
    await front.stop()
    await cluster.stop()
  })

  /** What the kubelet does when the token has lived long enough. */
  const renewOwnToken = async () =>
    writeFile(
      cluster.kubernetes.tokenFile,
      await createToken(cluster.api, { namespace: 'attache', name: 'attache' }),
    )

  accepted({ issuer, ownAudiences, anonymously: 403 }, () => cluster)

  it('publishes fewer keys than it takes, as EKS at times: jwks says so, tokenReview works', async () => {
    const other = jwksOf(rsaKey('other'))
    front.rewrite = (path, text) => (path === '/openid/v1/jwks' ? other : text)
    const state =
      'the API server does not publish all keys of ServiceAccount tokens: set "serviceAccounts.validation" to "tokenReview"'
    const kubernetes = { server: front.url }
    const token = await createToken(cluster.api, bot)
    const verified = cluster.accounts({ validation: 'jwks', kubernetes })
    const outcome = await verified.authenticateToken(token)
    assert.equal(
      outcome.kind === 'rejected' && outcome.detail,
      `no key of the API server verifies the signature; ${state}`,
    )
    assert.deepEqual(verified.missing(), [`keys of the cluster at "${front.url.origin}": ${state}`])
    const reviewed = cluster.accounts({ validation: 'tokenReview', kubernetes })
    assert.equal(nameIn(await reviewed.authenticateToken(token)), botName)
    front.rewrite = undefined
  })

  it('takes a new issuer, and both count while Attaché still has a token of the former', async () => {
    const former = await createToken(cluster.api, bot)
    await cluster.api.restart({ issuers: [oidcOfAks, issuer] })
    const recent = await createToken(cluster.api, bot)
    assert.equal(claimsOf(recent).iss, oidcOfAks)
    for (const validation of modes) {
      const { authenticateToken } = cluster.accounts({ validation })
      assert.equal(nameIn(await authenticateToken(former)), botName)
      assert.equal(nameIn(await authenticateToken(recent)), botName)
    }
    await renewOwnToken()
    assert.equal(nameIn(await cluster.accounts().authenticateToken(former)), botName)
    const verified = cluster.accounts({ validation: 'jwks' })
    assert.equal(nameIn(await verified.authenticateToken(recent)), botName)
    const refused = await verified.authenticateToken(former)
    assert.equal(
      refused.kind === 'rejected' && refused.detail,
      `the cluster has signed for "${issuer}", which it does not call its issuer now: set "serviceAccounts.validation" to "tokenReview"`,
    )
  })

  describe('with its OIDC issuer', () => {
    accepted({ issuer: oidcOfAks, ownAudiences, anonymously: 403 }, () => cluster)
  })

  it('signs with a new key, then withdraws the former', async () => {
    let nowMs = Date.now()
    const now = () => nowMs
    const judged = modes.map((validation) => cluster.accounts({ validation, now }))
    const namesOf = async (token: string) =>
      Promise.all(judged.map(async (by) => nameIn(await by.authenticateToken(token))))
    const former = await createToken(cluster.api, bot)
    assert.deepEqual(await namesOf(former), [botName, botName])

    await cluster.api.restart({ newKey: 'beside the former' })
    const recent = await createToken(cluster.api, bot)
    assert.deepEqual(await namesOf(recent), [botName, botName])
    assert.deepEqual(await namesOf(former), [botName, botName])

    await renewOwnToken()
    await cluster.api.restart({ newKey: 'alone' })
    // A pod's token of a withdrawn key is refused until the kubelet has replaced it.
    await renewOwnToken()
    nowMs += 60_000
    const latest = await createToken(cluster.api, bot)
    assert.deepEqual(await namesOf(latest), [botName, botName])
    assert.deepEqual(await namesOf(former), ['rejected', 'rejected'])
    assert.deepEqual(await namesOf(recent), ['rejected', 'rejected'])
  })

  it('makes a ServiceAccount anew, which is another', async () => {
    const name = { namespace: 'team', name: 'anew' }
    const path = '/api/v1/namespaces/team/serviceaccounts/anew'
    const formerUid = await createServiceAccount(cluster.api, name)
    const former = await createToken(cluster.api, name)
    await deleteObject(cluster.api, path)
    const uid = await createServiceAccount(cluster.api, name)
    const recent = await createToken(cluster.api, name)
    // The API server hears of it in its own time, too.
    await until(async () => (await cluster.whoami(recent))?.uid === uid)
    const reviewed = cluster.accounts()
    assert.equal(nameIn(await reviewed.authenticateToken(former)), 'rejected')
    assert.equal(userOf(await reviewed.authenticateToken(recent))?.uid, uid)
    // Keys know nothing of it, but the uid says who it was.
    const verified = cluster.accounts({ validation: 'jwks' })
    assert.equal(userOf(await verified.authenticateToken(former))?.uid, formerUid)
    assert.notEqual(uid, formerUid)
  })

  it('has pods whose files come after Attaché has started', async () => {
    const { certificateAuthorityFile: ca } = cluster.kubernetes
    const token = await createToken(cluster.api, bot)
    for (const missing of ['tokenFile', 'certificateAuthorityFile'] as const) {
      const file = join(cluster.folder, `late-${missing}`)
      const kubernetes = { certificateAuthorityFile: ca, [missing]: file }
      const judged = modes.map((validation) => cluster.accounts({ validation, kubernetes }))
      for (const { authenticateToken } of judged) {
        await assert.rejects(authenticateToken(token), { name: 'DependencyError' })
      }
      assert.deepEqual(
        judged.map((by) => by.missing()),
        [
          [`reviews of tokens by the API server at "${cluster.api.url}"`],
          [`keys of the cluster at "${cluster.api.url}"`],
        ],
      )
      const content =
        missing === 'tokenFile'
          ? await createToken(cluster.api, { namespace: 'attache', name: 'attache' })
          : cluster.api.ca
      await writeFile(file, content)
      for (const by of judged) {
        await until(async () => by.missing().length === 0)
        assert.equal(nameIn(await by.authenticateToken(token)), botName)
      }
      await rm(file)
    }
  })
})

interface Claims {
  readonly iss: string
  readonly aud: readonly string[]
}

function claimsOf(token: string): Claims {
  const parse: (text: string) => Claims = JSON.parse
  return parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
}
