import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { type KubeApiserver, startKubeApiserver } from '../support/kube-apiserver.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { part } from '../support/require.ts'
import { type Oracle, oraclePart, startOracle } from './oracle.ts'
import { mappedExpressions } from './token/cases/expressions.ts'
import { formCases } from './token/cases/form.ts'
import { headerCases } from './token/cases/headers.ts'
import { payloadCases } from './token/cases/payloads.ts'
import { mint, nowSeconds as now, published } from './token/mint.ts'
import { fileOf, startWorld, type World } from './token/world.ts'

const oracleFound = await oraclePart()
const programs = await part('kube-apiserver, etcd and kubectl', kubernetesPrograms)

/** A token, and what the entry of its issuer says, as JSON. */
interface Asked {
  readonly name: string
  readonly entry: string
  readonly token: string
}

/** Of the tables, what one file can hold: each issuer has one entry. A header cannot carry the others. */
async function questions(world: World, oracle: Oracle): Promise<readonly Asked[]> {
  const tables = [formCases, headerCases, payloadCases].flatMap((cases) => {
    const all = cases(world)
    return all.filter(({ file }) => file === all[0]?.file)
  })
  const claims = {
    sub: 'alice',
    n: 5,
    groups: ['dev', '', 'ops'],
    csv: 'a,,b',
    nested: { roles: ['r'] },
  }
  const mapped = await Promise.all(
    mappedExpressions.slice(0, 90).map(async (expression) => {
      const url = world.issuer({ jwks: published })
      const file = fileOf([{ issuer: { url }, mappings: { groups: { expression } } }])
      const { ok } = await oracle.ask({ op: 'config', yaml: file })
      const token = mint({ iss: url, aud: 'me', exp: now + 3600, ...claims })
      return ok ? [{ name: `groups ${expression}`, file, token }] : []
    }),
  )
  return [...tables, ...mapped.flat().slice(0, 60)]
    .filter(({ token }) => /^[!-~]+$/.test(token))
    .map(({ name, file, token }) => ({
      name,
      entry: /\[.*\]/.exec(file)?.[0].slice(1, -1) ?? '',
      token,
    }))
}

describe('the oracle', { skip: oracleFound.skip || programs.skip }, async () => {
  const world = await startWorld()
  const oracle = startOracle(oracleFound.get())
  const asked = await questions(world, oracle)
  const entries = [...new Set(asked.map(({ entry }) => entry))]
  const file = fileOf([]).replace('jwt: []', () => `jwt: [${entries.join(', ')}]`)
  const kube = await startKubeApiserver({ programs: programs.get(), authentication: file })
  after(async () => {
    await Promise.all([kube.stop(), oracle.close()])
    await world.close()
  })

  it('answers what a running kube-apiserver answers to the same file and tokens', async () => {
    assert.ok(entries.length > 50 && asked.length > 400, `${entries.length}, ${asked.length}`)
    for (const { name, token } of asked) {
      const theirs = await oracle.ask({ op: 'authenticate', yaml: file, token, waitMs: 20_000 })
      const {
        username,
        uid = '',
        groups,
        extra,
      } = theirs.ok ? theirs.user : { username: undefined }
      const expected = theirs.ok && {
        username,
        uid,
        groups: [...(groups ?? []), 'system:authenticated'],
        extra: extra ?? {},
      }
      assert.deepEqual(await review(kube, token), expected, name)
    }
  })
})

/** Whom a TokenReview finds, or false. */
async function review(kube: KubeApiserver, token: string): Promise<unknown> {
  const answer = await kube.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
  })
  assert.equal(answer.status, 201)
  const { authenticated = false, user } = answer.body['status'] as {
    readonly authenticated?: boolean
    readonly user?: {
      readonly username?: string
      readonly uid?: string
      readonly groups?: readonly string[]
      readonly extra?: object
    }
  }
  const { username = '', uid = '', groups = [], extra = {} } = user ?? {}
  return authenticated && { username, uid, groups, extra }
}
