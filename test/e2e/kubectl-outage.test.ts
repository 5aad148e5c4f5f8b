/** The API server fails Attaché: kubectl is told so, in time, and all heals by itself. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { signToken } from '../authn/jwt/signed-token.ts'
import { firstAuthority } from '../support/authorities.ts'
import { createObject, createToken } from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { part } from '../support/require.ts'
import { type ApiFront, startApiFront } from './api-front.ts'
import { bot } from './cluster.ts'
import { alice, type Caller, hosts, type KubectlBed, startKubectlBed } from './kubectl-bed.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const binary = await part('Envoy', async () => envoy())

const group = 'rbac.authorization.k8s.io'
const own = { namespace: 'attache', name: 'attache' } as const

/** What everybody may get, by one request. */
const get = ['get', '--raw=/version']
const unavailable =
  /^Error from server \(ServiceUnavailable\): Try again in a moment: [^\n]+ \(decision [\w-]+\)\n$/

/** The life of the impersonator's token here: each outage outlasts it. */
const tokenSeconds = 1

/** Attaché may get the impersonator's tokens, and alice's friends may act as anybody. */
async function grant({ api }: KubectlBed['cluster']): Promise<void> {
  const metadata = { name: 'own' }
  const roles = `/apis/${group}/v1/namespaces/attache`
  await createObject(api, `${roles}/roles`, {
    metadata,
    rules: [{ apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] }],
  })
  await createObject(api, `${roles}/rolebindings`, {
    metadata,
    roleRef: { apiGroup: group, kind: 'Role', name: 'own' },
    subjects: [{ kind: 'ServiceAccount', ...own }],
  })
  await createObject(api, `/apis/${group}/v1/clusterrolebindings`, {
    metadata: { name: 'friends' },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'impersonator' },
    subjects: [{ kind: 'Group', apiGroup: group, name: 'dev' }],
  })
}

describe('kubectl while the API server fails Attaché', {
  skip: programs.skip || binary.skip,
}, () => {
  let bed: KubectlBed
  let front: ApiFront
  before(async () => {
    bed = await startKubectlBed({
      programs: programs.get(),
      binary: binary.get(),
      sections: { serviceAccounts: { validation: 'tokenReview' } },
      impersonate: { serviceAccount: 'attache/impersonator' },
      front: async (api) => {
        front = await startApiFront(api)
        return front.url
      },
    })
    await grant(bed.cluster)
    front.tokenSeconds = tokenSeconds
  })
  after(async () => {
    await bed.stop()
    await front.stop()
  })

  let names = 0
  /** Each of them needs an answer of the API server that Attaché does not have yet. */
  const needy = {
    'a TokenReview': async () => {
      const token = await createToken(bed.cluster.api, bot)
      return { args: get, caller: { who: alice, token } }
    },
    'a SubjectAccessReview': async () => {
      names += 1
      return { args: [...get, `--as=user-${names}`], caller: { who: alice, host: 'acting' } }
    },
    'the token of the impersonator': async () => ({ args: get, caller: { who: alice } }),
  } as const satisfies Record<string, () => Promise<{ args: readonly string[]; caller: Needy }>>

  /** Commands that were prepared while the API server was there. */
  async function prepare() {
    const wanted = await Promise.all(Object.values(needy).map(async (make) => make()))
    return (transport: Caller['transport']) =>
      wanted.map(async ({ args, caller }) => bed.run(args, { ...caller, transport }))
  }

  /** Status and `Retry-After` of a request that is not tried again. */
  async function onceOverGrpc(): Promise<readonly unknown[]> {
    const agent = new Agent({ connect: { ca: firstAuthority.ca } })
    const authorization = `Bearer ${await bed.issuer.mint({ ...alice })}`
    const url = `https://${hosts.plain}:${bed.gateways.grpc.port()}/version`
    const { statusCode, headers, body } = await request(url, {
      dispatcher: agent,
      headers: { authorization },
    })
    await body.dump()
    await agent.close()
    return [statusCode, headers['retry-after']]
  }

  for (const [what, fail, heal] of [
    ['answers 429', () => (front.behaviour = 429), () => (front.behaviour = 'pass')],
    ['answers 500', () => (front.behaviour = 500), () => (front.behaviour = 'pass')],
    ['is silent', () => (front.behaviour = 'silent'), () => (front.behaviour = 'pass')],
    ['is away', () => (front.behaviour = 'away'), () => (front.behaviour = 'pass')],
  ] as const) {
    it(`says so, and goes on when it can, when it ${what}`, async () => {
      const run = await prepare()
      fail()
      // Until the impersonator's token has ended.
      await delay(tokenSeconds * 1_000 + 100)
      // Over gRPC it is 503, which kubectl tries ten times more, a second apart.
      const overGrpc = run('grpc')
      for (const { code, stdout, stderr } of await Promise.all(run('http'))) {
        assert.deepEqual([code, stdout], [1, ''])
        assert.match(stderr, unavailable)
      }
      // Each of these is Attaché's own answer, so it came before Envoy's ten seconds were over.
      assert.deepEqual(await onceOverGrpc(), [503, '1'])
      heal()
      for (const { code, stderr } of await Promise.all(overGrpc)) {
        assert.deepEqual([code, stderr], [0, ''])
      }
      // A failure to get the token is good for a second.
      await delay(1_000)
      for (const { code, stderr } of await Promise.all((await prepare())('http'))) {
        assert.deepEqual([code, stderr], [0, ''])
      }
    })
  }

  it('heals from an expired token of its own as soon as there is another', async () => {
    const { tokenFile } = bed.cluster.kubernetes
    const good = await createToken(bed.cluster.api, own)
    const nowSeconds = Math.floor(Date.now() / 1000)
    const read: (json: string) => Record<string, unknown> = JSON.parse
    const claims = read(Buffer.from(good.split('.')[1] ?? '', 'base64url').toString())
    const past = { iat: nowSeconds - 3600, nbf: nowSeconds - 3600, exp: nowSeconds - 600 }
    await writeFile(tokenFile, signToken({ ...claims, ...past }, { key: bed.cluster.signingKey }))
    const run = await prepare()
    // One refusal, and the file is read again; from then on the API server itself refuses.
    front.behaviour = 401
    await delay(tokenSeconds * 1_000 + 100)
    await Promise.all(run('http'))
    front.behaviour = 'pass'
    await delay(1_000)
    for (const { code, stderr } of await Promise.all(run('http'))) {
      assert.equal(code, 1)
      assert.match(stderr, unavailable)
    }
    assert.match(bed.attache.output(), /does not accept the token in \\"[^"]+\/token\\"/)
    await writeFile(tokenFile, good)
    await delay(1_000)
    for (const { code, stderr } of await Promise.all(run('http'))) {
      assert.deepEqual([code, stderr], [0, ''])
    }
    assert.ok(!bed.attache.output().includes(good.split('.')[2] ?? ''))
  })

  it('queues no flood without bound, and a flood of one kind stops nobody else', async () => {
    // The front is asked for no token meanwhile.
    front.tokenSeconds = undefined
    await delay(tokenSeconds * 1_000)
    const get200 = async () => bed.run(get, { who: alice, transport: 'grpc' })
    assert.equal((await get200()).code, 0)
    front.behaviour = 'silent'
    const agent = new Agent({ connect: { ca: firstAuthority.ca } })
    const alices = await bed.issuer.mint({ ...alice })
    const ask = async (host: string, headers: Readonly<Record<string, string>>) => {
      const url = `https://${host}:${bed.gateways.grpc.port()}/version`
      const { statusCode, body } = await request(url, { dispatcher: agent, headers })
      const text = await body.text()
      // Attaché's own answer, so it came before Envoy's ten seconds were over.
      assert.match(text, /"kind":"Status"/)
      return statusCode
    }
    const flood = Array.from({ length: 300 }, (_, index) => [
      ask(hosts.plain, { authorization: `Bearer junk-${index}` }),
      ask(hosts.acting, { authorization: `Bearer ${alices}`, 'impersonate-user': `u-${index}` }),
    ]).flat()
    const meanwhile = await get200()
    assert.deepEqual([meanwhile.code, meanwhile.stderr], [0, ''])
    const answers = await Promise.all(flood)
    assert.deepEqual(new Set(answers), new Set([503]))
    // 24 tokens that were never accepted, and 16 questions about access.
    assert.ok(front.mostAtOnce() <= 40, `${front.mostAtOnce()} at once`)
    front.behaviour = 'pass'
    for (const { code, stderr } of await Promise.all((await prepare())('http'))) {
      assert.deepEqual([code, stderr], [0, ''])
    }
    await agent.close()
  })

  it('is counted, by what the API server answered', async () => {
    const metrics = await fetch(`http://127.0.0.1:${bed.attache.ports.admin}/metrics`)
    const text = await metrics.text()
    for (const result of ['201', '401', '429', '500', 'timeout', 'error']) {
      assert.match(
        text,
        new RegExp(`^attache_outgoing_calls_total{peer="kubernetes",result="${result}"} \\d`, 'm'),
      )
    }
    assert.match(text, new RegExp(`{peer="${bed.issuer.url}",result="200"} \\d`))
  })
})

type Needy = Omit<Caller, 'transport'>
