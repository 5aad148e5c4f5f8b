/**
 * A request that passes two gateways: what the first is told to send on, a second one that asks another
 * replica over the other transport takes, for what kube-apiserver has allowed and for nothing else.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Attache, startAttache } from '../support/attache.ts'
import { createGatewayBrowser, signInFrom } from '../support/gateway-browser.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { createNamespace, createObject, createToken } from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import {
  http1Request,
  type RequestLine,
  type RequestOptions,
  seenBy,
} from '../support/raw-client.ts'
import { part, skipWithout } from '../support/require.ts'
import { type Gateway, startGateway, trust } from '../support/service-bed.ts'
import { started } from '../support/started.ts'
import { values } from '../support/wire.ts'
import { bot, botName, type Cluster, startCluster, until } from './cluster.ts'
import { identityOf } from './platform.ts'

const binary = await part('Envoy', async () => envoy())
const programs = await part('kube-apiserver', kubernetesPrograms)

const transports = ['grpc', 'http'] as const
const app = 'app.example.com'
const group = 'serving.kserve.io'
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const claims = { email: 'alice@example.com', email_verified: true, groups: ['dev', 'a,b'] }
const key = () => randomBytes(32).toString('base64')
const oldKey = key()
const newKey = key()

const review = (verb = 'get') => ({
  group,
  resource: 'inferenceservices',
  verb,
  namespace: '{namespace}',
  name: '{name}',
})
const routes = [
  {
    match: { hosts: ['{name}-predictor.{namespace}.svc.cluster.local'] },
    subjectAccessReview: review(),
    identity: 'kubeflow',
    allowGatewayPass: true,
  },
  {
    match: [
      { paths: ['/serving/{namespace}/{name}/*'] },
      { hosts: ['{name}-{namespace}.models.example.com'] },
    ],
    subjectAccessReview: review(),
    identity: 'kubeflow',
    authorization: 'gatewayPass',
  },
  {
    match: { paths: ['/delete/{namespace}/{name}'] },
    subjectAccessReview: review('delete'),
    identity: 'kubeflow',
    allowGatewayPass: true,
  },
  {
    match: { paths: ['/forward/{namespace}/{name}'] },
    subjectAccessReview: review(),
    identity: 'forward',
  },
  {
    match: { paths: ['/keep/{namespace}/{name}'] },
    subjectAccessReview: review(),
    identity: 'kubeflow',
    authorization: 'keep',
    allowGatewayPass: true,
  },
  { match: { paths: ['/public/*'] }, access: 'public' },
  { match: { hosts: ['kubernetes.example.com'] }, identity: 'impersonate' },
  { identity: 'kubeflow' },
]

function configuration(issuer: Issuer, { kubernetes }: Cluster): Readonly<Record<string, unknown>> {
  const { server, certificateAuthorityFile, tokenFile } = kubernetes
  return {
    ...trust(issuer),
    kubernetes: { server: server.href, certificateAuthorityFile, tokenFile },
    serviceAccounts: { validation: 'tokenReview' },
    impersonate: { credential: 'none' },
    signIn: {
      externalURL: `https://${app}`,
      providers: [
        {
          id: 'provider',
          issuer: issuer.url,
          clientID: 'platform',
          clientSecretFile: 'client-secret',
          scopes: ['openid', 'email', 'groups'],
        },
      ],
    },
    session: { keysFile: 'session-keys' },
    routes,
  }
}

/** Who may call the models of two teams; nobody may delete one. */
async function allowModels({ api }: Cluster): Promise<void> {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'caller' }
  const rules = [{ apiGroups: [group], resources: ['inferenceservices'], verbs: ['get'] }]
  const user = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io' }
  const subjects = [
    { ...user, name: claims.email },
    { ...user, name: botName },
  ]
  for (const namespace of ['models', 'a-b', 'b']) {
    await createNamespace(api, namespace)
    const metadata = { name: 'caller' }
    await createObject(api, `${rbac}/namespaces/${namespace}/roles`, { metadata, rules })
    const bindings = `${rbac}/namespaces/${namespace}/rolebindings`
    await createObject(api, bindings, { metadata, roleRef, subjects })
  }
}

interface Hop {
  readonly attache: Attache
  readonly gateway: Gateway
}

/** Two replicas of one configuration, each behind a gateway with a transport of its own. */
async function startBed() {
  return started(async (onStop) => {
    const cluster = await startCluster(programs.get())
    onStop(cluster.stop)
    await allowModels(cluster)
    const issuer = await startIssuer({
      clientSecret: 'a secret of tests alone',
      externalURL: new URL(`https://${app}`),
      people: [{ login: 'alice', claims }],
    })
    onStop(issuer.close)
    const startHop = async (transport: (typeof transports)[number]): Promise<Hop> => {
      const attache = await startAttache({
        config: configuration(issuer, cluster),
        files: { 'session-keys': oldKey, 'client-secret': 'a secret of tests alone' },
      })
      onStop(attache.stop)
      const gateway = await startGateway({
        transport,
        checkPorts: attache.ports,
        binary: binary.get(),
      })
      onStop(gateway.stop)
      return { attache, gateway }
    }
    return { cluster, issuer, grpc: await startHop('grpc'), http: await startHop('http') }
  })
}

const send = async ({ gateway }: Hop, options: RequestOptions) =>
  http1Request(gateway.port, options)
const withLine = (...lines: readonly string[]): { headers: RequestLine[] } => ({
  headers: lines.map((line): RequestLine => ['authorization', line]),
})

/** What the first gateway's upstream gets as `Authorization`. */
const passAt = async (hop: Hop, options: RequestOptions): Promise<string> => {
  const { lines } = seenBy(await send(hop, options))
  const found = values(lines, 'authorization')
  assert.equal(found.length, 1, lines.join('\n'))
  assert.match(found[0] ?? '', /^AttachePass [\w.-]+$/)
  return found[0] ?? ''
}
const model = 'm-predictor.models.svc.cluster.local'

const askedAt = async (hop: Hop, pass: string) =>
  (await send(hop, { host: model, ...withLine(pass) })).status

const replaceKeys = async ({ attache }: Hop, ...keys: readonly string[]) =>
  writeFile(join(attache.folder, 'session-keys'), keys.join('\n'))

describe('a gateway pass', { skip: skipWithout(binary, programs) }, () => {
  let bed: Awaited<ReturnType<typeof startBed>>
  before(async () => {
    bed = await startBed()
    // The API server learns of roles in its own time.
    for (const hop of [bed.grpc, bed.http]) {
      for (const host of ['m-models.models.example.com', 'm-a-b.models.example.com']) {
        await until(async () => (await send(hop, await alice({ host }))).status === 200)
      }
    }
  })
  after(async () => bed.stop())

  const alice = async (options: RequestOptions = {}): Promise<RequestOptions> => {
    const headers = withLine(`Bearer ${await bed.issuer.mint(claims)}`).headers
    return { path: '/serving/models/m/v1', host: app, ...options, headers }
  }
  const cookieOf = async ({ gateway }: Hop): Promise<string> => {
    const browser = createGatewayBrowser(gateway.port, app)
    await signInFrom(browser, { provider: bed.issuer.newBrowser(), path: '/oauth2/start?rd=/' })
    return [...browser.jar()].map((pair) => pair.join('=')).join('; ')
  }

  for (const transport of transports) {
    describe(`over ${transport}, then the other`, () => {
      let first: Hop
      let second: Hop
      before(() => {
        first = bed[transport]
        second = bed[transport === 'grpc' ? 'http' : 'grpc']
      })

      const credentials = [
        ['a token', alice, [`kubeflow-groups: dev`, `kubeflow-userid: ${claims.email}`]],
        [
          'a session',
          async () => ({
            path: '/serving/models/m/v1',
            host: app,
            headers: [['cookie', await cookieOf(first)] as const],
          }),
          [`kubeflow-groups: dev`, `kubeflow-userid: ${claims.email}`],
        ],
        [
          'a ServiceAccount',
          async () => {
            const token = await createToken(bed.cluster.api, bot)
            return { path: '/serving/models/m/v1', host: app, ...withLine(`Bearer ${token}`) }
          },
          [
            'kubeflow-groups: system:serviceaccounts,system:serviceaccounts:team',
            `kubeflow-userid: ${botName}`,
          ],
        ],
      ] as const
      for (const [what, asks, identity] of credentials) {
        it(`brings whoever came with ${what} to the second gateway, and goes no further`, async () => {
          const pass = await passAt(first, await asks())
          const seen = seenBy(await send(second, { host: model, ...withLine(pass) }))
          assert.deepEqual(identityOf(seen), identity)
        })
      }

      it('says in the log who has vouched', async () => {
        const pass = await passAt(first, await alice())
        const { attache } = second
        await send(second, { host: model, path: '/logged', ...withLine(pass) })
        await until(async () =>
          attache.logLines().some(({ authenticator }) => authenticator === 'gateway-pass'),
        )
        const sealed = pass.split(' ')[1] ?? ''
        assert.ok(!attache.output().includes(sealed))
        assert.ok(!first.attache.output().includes(sealed))
      })

      for (const [where, options, status] of [
        ['another model', { host: 'x-predictor.models.svc.cluster.local' }, 403],
        ['another team', { host: 'm-predictor.b.svc.cluster.local' }, 403],
        ['another verb', { path: '/delete/models/m' }, 403],
        ['the path of another model', { path: '/serving/models/x/v1' }, 403],
        ['a route that forwards', { path: '/forward/models/m' }, 403],
        ['a route without review', { path: '/' }, 403],
        ['the API server', { host: 'kubernetes.example.com', path: '/api' }, 403],
        ['its own model, where the first gateway looks', { path: '/serving/models/m/v1' }, 403],
        ['its own model, with a port', { host: `${model}:81` }, 403],
        ['its own model, with a dot', { host: `${model}.` }, 403],
        ['its own model', { host: model }, 200],
      ] as const) {
        it(`is answered ${status} at ${where}`, async () => {
          const pass = await passAt(first, await alice())
          const asked = await send(second, { host: app, ...options, ...withLine(pass) })
          assert.equal(asked.status, status)
        })
      }

      it('is taken away where Authorization is kept', async () => {
        const pass = await passAt(first, await alice())
        const path = '/keep/models/m'
        const seen = seenBy(await send(second, { host: app, path, ...withLine(pass) }))
        assert.deepEqual(values(seen.lines, 'authorization'), [])
      })

      it('is good for every way of a host, and no other', async () => {
        const options = await alice({ host: 'm-a-b.models.example.com', path: '/v1' })
        const pass = await passAt(first, options)
        for (const [host, status] of [
          ['m-predictor.a-b.svc.cluster.local', 200],
          ['m-a-predictor.b.svc.cluster.local', 200],
          ['m-predictor.b.svc.cluster.local', 403],
        ] as const) {
          const { status: got } = await send(second, { host, ...withLine(pass) })
          assert.equal(got, status, host)
        }
      })

      it('is refused when it is not whole, not one, or not a pass', async () => {
        const pass = await passAt(first, await alice())
        const cookie = await cookieOf(first)
        const [, session = ''] = /__Host-attache=([^;]+)/.exec(cookie) ?? []
        assert.ok(session.length > 100)
        for (const [lines, status] of [
          [[pass.slice(0, -1)], 401],
          [[`${pass}A`], 401],
          [[pass.replace('AttachePass ', 'attachepass,')], 400],
          [['AttachePass'], 401],
          [[`AttachePass ${session}`], 401],
          [[pass.replace('AttachePass', 'Bearer')], 401],
          [[pass, pass], 400],
          [[pass, 'Digest a=b'], 400],
          [[pass.toLowerCase().slice(0, 12) + pass.slice(12)], 200],
        ] as const) {
          for (const extra of [[], [['cookie', cookie] as const]]) {
            const headers = [...withLine(...lines).headers, ...extra]
            const asked = await send(second, { host: model, headers })
            assert.equal(asked.status, status, lines.join('\n').replaceAll(session, 'SESSION'))
          }
        }
      })

      it('is no session', async () => {
        const pass = await passAt(first, await alice())
        const cookie = `__Host-attache=${pass.split(' ')[1]}`
        const asked = await send(second, { host: app, path: '/', headers: [['cookie', cookie]] })
        assert.equal(asked.status, 401)
      })

      it('is not made for whoever is in too many groups', async () => {
        const groups = Array.from({ length: 400 }, (_, n) => `group-with-a-long-name-${n}`)
        const token = await bed.issuer.mint({ ...claims, groups })
        const path = '/serving/models/m/many'
        const asked = await send(first, { host: app, path, ...withLine(`Bearer ${token}`) })
        assert.equal(asked.status, 403)
        assert.ok(first.gateway.upstream.seen.every((seen) => seen.path !== path))
      })
    })
  }

  it('is good as long as a replica has the key that it was sealed with', async () => {
    const { grpc, http } = bed
    const there = async () => askedAt(http, await passAt(grpc, await alice()))
    const back = async () => askedAt(grpc, await passAt(http, await alice()))
    assert.deepEqual([await there(), await back()], [200, 200])
    await replaceKeys(http, newKey, oldKey)
    await until(async () => (await back()) === 401)
    assert.equal(await there(), 200)
    await replaceKeys(http, newKey)
    await until(async () => (await there()) === 401)
    await replaceKeys(grpc, oldKey, newKey)
    await until(async () => (await back()) === 200)
  })
})
