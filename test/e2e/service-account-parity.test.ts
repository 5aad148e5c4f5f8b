/**
 * Tokens made with the API server's own key, good ones and ones that it would never make: Attaché, which
 * has the public keys alone, and a real kube-apiserver say who each of them is.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { ecKey, signToken, type TestKey } from '../authn/jwt/signed-token.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { part } from '../support/require.ts'
import { botName, type Cluster, startCluster, userOf } from './cluster.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)

/** How a token differs from a good one. */
interface Minted {
  /** Replaces claims; undefined leaves one out. */
  readonly claims?: Claims
  /** As `claims`, for the private claim alone. */
  readonly account?: Claims
  /** Replaces the text of the payload. */
  readonly payload?: (text: string) => string
  readonly key?: TestKey
  readonly alg?: string
  readonly header?: object
}

type Claims = Readonly<Record<string, unknown>>
type Case = readonly [name: string, minted: Minted]

const issuer = 'https://kubernetes.default.svc.cluster.local'
const nowSeconds = Math.floor(Date.now() / 1000)

const accepted: readonly Case[] = [
  ['a good one', {}],
  ['without a jti', { claims: { jti: undefined } }],
  ['with an empty jti', { claims: { jti: '' } }],
  ['with an audience as text', { claims: { aud: issuer } }],
  ['with one audience among others', { claims: { aud: ['a', issuer] } }],
  ['expired within the minute', { claims: { exp: nowSeconds - 20 } }],
  ['with a fraction in exp', { claims: { exp: nowSeconds + 600.5 } }],
  ['not before a moment within the minute', { claims: { nbf: nowSeconds + 50 } }],
  ['issued within the next minute', { claims: { iat: nowSeconds + 50 } }],
  ['without nbf and iat', { claims: { nbf: undefined, iat: undefined } }],
  ['with null for nbf and iat', { claims: { nbf: null, iat: null } }],
  ['with claims that nobody knows', { claims: { groups: ['system:masters'], username: 'admin' } }],
  ['on a node without a uid', { account: { pod: null, node: null, secret: null } }],
  ['signed by PS256', { alg: 'PS256' }],
  ['signed by RS512', { alg: 'RS512' }],
  ['without a kid', { header: { alg: 'RS256' } }],
]

const refused: readonly Case[] = [
  ['a jti that is a number', { claims: { jti: 1 } }],
  ['another audience', { claims: { aud: ['a'] } }],
  ['an audience that is a number', { claims: { aud: 1 } }],
  ['expired', { claims: { exp: nowSeconds - 70 } }],
  ['an exp as text', { claims: { exp: String(nowSeconds + 600) } }],
  ['an exp beyond numbers', { payload: (text) => text.replace(/"exp":\d+/, '"exp":1e400') }],
  ['not before another day', { claims: { nbf: nowSeconds + 86_400 } }],
  ['issued tomorrow', { claims: { iat: nowSeconds + 86_400 } }],
  ['another issuer', { claims: { iss: 'https://elsewhere.example.com' } }],
  ['an issuer with a slash', { claims: { iss: `${issuer}/` } }],
  ['an issuer spelt another way', { claims: { iss: undefined, ISS: issuer } }],
  ['no private claim', { claims: { 'kubernetes.io': undefined } }],
  ['a private claim of another type', { claims: { 'kubernetes.io': 'bot' } }],
  ['a namespace of another type', { account: { namespace: ['team'] } }],
  ['a pod of another type', { account: { pod: 'pod' } }],
  ['a name with a colon', { account: { serviceaccount: { name: 'x:bot', uid: '1' } } }],
  ['no name', { account: { serviceaccount: { uid: '1' } } }],
  ['a claim twice', { payload: (text) => text.replace('{', '{"sub":"x",') }],
  ['something behind the payload', { payload: (text) => `${text}x` }],
  ['no JSON', { payload: () => 'x' }],
  ['a kid of nobody', { header: { alg: 'RS256', kid: 'nobody' } }],
  ['a signature of somebody else', { key: ecKey('stranger'), alg: 'ES256' }],
  ['HS256 with the public key', { alg: 'HS256' }],
  ['alg none', { alg: 'none' }],
  ['a critical extension', { header: { alg: 'RS256', crit: ['x'], x: 1 } }],
]

/** Tokens that the API server never makes, and lets pass all the same. */
const stricter: readonly Case[] = [
  ['no end', { claims: { exp: undefined } }],
  ['no audience', { claims: { aud: undefined } }],
  ['a sub that names another', { claims: { sub: 'system:serviceaccount:other:bot' } }],
]

/** What only TokenReview can tell. */
const unseen: readonly Case[] = [
  ['a ServiceAccount made anew', { account: { serviceaccount: { name: 'bot', uid: 'old' } } }],
  ['a pod that is gone', { account: { pod: { name: 'gone', uid: '1' } } }],
  ['a node that is gone', { account: { node: { name: 'gone', uid: '1' } } }],
  ['a Secret that is gone', { account: { secret: { name: 'gone', uid: '1' } } }],
]

describe('a token made with the key of the cluster', { skip: programs.skip }, () => {
  let cluster: Cluster

  before(async () => {
    cluster = await startCluster(programs.get())
  })
  after(async () => cluster.stop())

  /** Who it is to Attaché, and to kube-apiserver. */
  async function judge({ claims, account, payload, header, ...minted }: Minted) {
    const serviceaccount = { name: 'bot', uid: cluster.uids.get('team') }
    const text = JSON.stringify({
      iss: issuer,
      sub: botName,
      aud: [issuer],
      exp: nowSeconds + 600,
      nbf: nowSeconds,
      iat: nowSeconds,
      jti: randomUUID(),
      'kubernetes.io': { namespace: 'team', serviceaccount, ...account },
      ...claims,
    })
    const { kid } = cluster.signingKey
    const { key = cluster.signingKey, alg = 'RS256' } = minted
    const token = signToken(payload?.(text) ?? text, { key, alg, header: header ?? { alg, kid } })
    const { authenticateToken } = cluster.accounts({ validation: 'jwks' })
    const [ours, theirs] = [userOf(await authenticateToken(token)), await cluster.whoami(token)]
    return { ours, theirs }
  }

  for (const [name, minted] of accepted) {
    it(`is one user to both: ${name}`, async () => {
      const { ours, theirs } = await judge(minted)
      assert.equal(ours?.name, botName)
      assert.deepEqual(ours, theirs)
    })
  }

  for (const [name, minted] of refused) {
    it(`is refused by both: ${name}`, async () => {
      assert.deepEqual(await judge(minted), { ours: undefined, theirs: undefined })
    })
  }

  for (const [name, minted] of stricter) {
    it(`is refused by Attaché alone: ${name}`, async () => {
      const { ours, theirs } = await judge(minted)
      assert.deepEqual([ours, theirs?.name], [undefined, botName])
    })
  }

  for (const [name, minted] of unseen) {
    it(`is refused by kube-apiserver alone: ${name}`, async () => {
      const { ours, theirs } = await judge(minted)
      assert.deepEqual([ours?.name, theirs], [botName, undefined])
    })
  }
})
