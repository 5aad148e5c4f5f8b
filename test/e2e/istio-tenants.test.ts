/**
 * What belongs to one team: its models, which only those may call who have rights in its namespace, its pods, which
 * get nothing that could be used elsewhere, and policies of the mesh that know the groups of whoever asks.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { meshPrograms } from '../support/istio-mesh.ts'
import type { KubeObject } from '../support/kube-apply.ts'
import { createPod, deleteObject } from '../support/kube-objects.ts'
import { routeObject } from '../support/mesh-objects.ts'
import { until } from '../support/mesh-settling.ts'
import { http1Request, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { linesNamed, values } from '../support/wire.ts'
import type { App } from './istio-apps.ts'
import { createKubeflowBrowser, type KubeflowBrowser, kubeflowHost } from './istio-browser.ts'
import { type Kubeflow, people, startKubeflow, transports } from './istio-kubeflow.ts'

const programs = await part('Istio', meshPrograms)

/** Where a model is called: the gateway, the host and the path. */
type Address = readonly ['ingress' | 'clusterLocal', string, string]

const predict = '/v1/models/m:predict'

/** The model `m` of `team-a`. */
const addresses: readonly Address[] = [
  ['ingress', kubeflowHost, `/serving/team-a/m${predict}`],
  ['ingress', 'm.team-a.example.com', predict],
  ['clusterLocal', 'm.team-a.svc.cluster.local', predict],
  ['clusterLocal', 'm-predictor.team-a.svc.cluster.local', predict],
  ['clusterLocal', 'm-predictor.team-a.svc', predict],
]

describe("a team's namespace behind a real Istio", { skip: programs.skip }, () => {
  let kubeflow: Kubeflow
  before(async () => {
    kubeflow = await startKubeflow({ programs: programs.get() })
    await kubeflow.mesh.apply(readers)
  })
  after(async () => kubeflow.stop())

  const call = async ([gateway, host, path]: Address, headers: readonly string[]) =>
    http1Request(kubeflow.mesh[gateway].port, { method: 'POST', host, path, headers, body: '{}' })
  const get = async (path: string, headers: readonly string[] = []) =>
    http1Request(kubeflow.mesh.ingress.port, { host: kubeflowHost, path, headers })
  const signIn = async (login: keyof typeof people): Promise<KubeflowBrowser> => {
    const browser = createKubeflowBrowser(kubeflow.mesh.ingress.port)
    assert.equal((await browser.signIn(login)).response.status, 200)
    return browser
  }

  for (const transport of transports) {
    describe(`whose gateways ask over ${transport}`, () => {
      before(async () => kubeflow.use(transport))

      it('C1, C2, C3, C6: lets nobody without a credential call a model', async () => {
        const everywhere: readonly Address[] = [
          ...addresses,
          ['ingress', 'm-team-a.example.com', predict],
          ['ingress', 'x.team-a.svc.cluster.local', '/'],
        ]
        for (const address of everywhere) {
          // 401 would fail Kubeflow's own tests, as would a redirect.
          assert.equal((await call(address, [])).status, 403, address.join(' '))
        }
      })

      it('C4: refuses a token that is none', async () => {
        for (const address of addresses) {
          const headers = ['authorization: Bearer invalid-token']
          assert.equal((await call(address, headers)).status, 401, address.join(' '))
        }
      })

      it('C5, C6: asks the API server who may call which model', async () => {
        const callers = [
          // Owns the namespace, as far as an account can.
          { namespace: 'team-a', name: 'default-editor', allowed: true },
          // No rights anywhere.
          { namespace: 'team-a', name: 'default', allowed: false },
          // An owner of another namespace, so an attacker in this one.
          { namespace: 'team-b', name: 'default-editor', allowed: false },
          // One model, and one that is another.
          { namespace: 'team-b', name: 'reads-m', allowed: true },
          { namespace: 'team-b', name: 'reads-other', allowed: false },
        ] as const
        for (const { namespace, name, allowed } of callers) {
          const headers = [await kubeflow.bearer(namespace, name)]
          for (const address of addresses) {
            const { status } = await call(address, headers)
            assert.equal(status, allowed ? 200 : 403, [namespace, name, ...address].join(' '))
          }
        }
      })

      it('C5: takes people for who they are as well', async () => {
        const path = `/serving/team-a/m${predict}`
        const post = { method: 'POST', body: '{}' }
        const [alice, bob] = [await signIn('alice'), await signIn('bob')]
        const seen = seenBy(await alice.fetch(path, post))
        assert.deepEqual(values(seen.lines, 'kubeflow-userid'), [people.alice.email])
        assert.deepEqual(linesNamed(seen.lines, /^authorization$/), [])
        assert.doesNotMatch(values(seen.lines, 'cookie').join(), /oauth2_proxy/)
        assert.equal((await bob.fetch(path, post)).status, 403)
        const foreign = { ...post, headers: { 'sec-fetch-site': 'cross-site' } }
        assert.equal((await alice.fetch(path, foreign)).status, 403)
      })

      it('does not guess where a host could be split in two ways', async () => {
        const blue = [await kubeflow.bearer('blue', 'default-editor')]
        assert.equal((await call(['ingress', 's-blue.example.com', predict], blue)).status, 200)
        // Either the model "s" of "team-a", or "s-team" of "a": both must be allowed, and only one is. KServe
        // without Knative makes such hosts; its domainTemplate can put a dot there.
        const team = [await kubeflow.bearer('team-a', 'default-editor')]
        const ambiguous: Address = ['ingress', 's-team-a.example.com', predict]
        assert.equal((await call(ambiguous, team)).status, 403)
      })

      it('reviews a model by every spelling of its path, or by none', async () => {
        const headers = [await kubeflow.bearer('team-b', 'default-editor')]
        const spellings = [
          '/serving/team-b/../team-a/m/v1/models/m:predict',
          '/serving/team-b/%2e%2e/team-a/m/v1/models/m:predict',
          '/serving/team-b/x%2f..%2f..%2fteam-a/m/v1/models/m:predict',
          '/serving//team-a/m/v1/models/m:predict',
          '/serving/team-a%2fm/v1/models/m:predict',
          '/Serving/../serving/team-a/m/v1/models/m:predict',
          '/serving/team-a/m;x/v1/models/m:predict',
        ]
        const count = kubeflow.apps.predictor.seen.length
        for (const path of spellings) {
          const { status } = await call(['ingress', kubeflowHost, path], headers)
          assert.ok(status === 400 || status === 403, `${path}: ${status}`)
        }
        assert.equal(kubeflow.apps.predictor.seen.length, count)
      })

      it('reviews what the host names and what the path names, when both do', async () => {
        // Istio goes by the host where it has a route for it, and else by the path.
        const headers = [await kubeflow.bearer('team-b', 'default-editor')]
        const crossed: readonly Address[] = [
          ['ingress', 'unknown.team-b.example.com', `/serving/team-a/s${predict}`],
          ['ingress', 'm.team-a.example.com', `/serving/team-b/own${predict}`],
          ['ingress', 'unknown.team-b.svc.cluster.local', `/serving/team-a/s${predict}`],
          ['ingress', 'own-predictor.team-b.svc.cluster.local', `/serving/team-a/s${predict}`],
          ['ingress', 'own-explainer.team-b.example.com', `/serving/team-a/s${predict}`],
          ['clusterLocal', 'm.team-a.svc.cluster.local', `/serving/team-b/own${predict}`],
        ]
        const count = kubeflow.apps.predictor.seen.length
        for (const address of crossed) {
          const { status } = await call(address, headers)
          assert.ok(status === 400 || status === 403, `${address.join(' ')}: ${status}`)
        }
        assert.equal(kubeflow.apps.predictor.seen.length, count)
      })

      it("lets nobody call a model by Knative's short name, which could be any host's", async () => {
        const count = kubeflow.apps.predictor.seen.length
        const attacker = [await kubeflow.bearer('team-b', 'default-editor')]
        // In capitals no route of Knative takes it: the policy of Attaché's own token is the first to answer.
        for (const [host, status] of [
          ['m-predictor.team-a:80', 403] as const,
          ['M-Predictor.Team-A', 401] as const,
        ]) {
          assert.equal((await call(['clusterLocal', host, predict], attacker)).status, status, host)
        }
        assert.equal(kubeflow.apps.predictor.seen.length, count)
      })

      it('takes no path of somebody else for a reason to leave a model open', async () => {
        const count = kubeflow.apps.predictor.seen.length
        const attacker = [await kubeflow.bearer('team-b', 'default-editor')]
        for (const path of ['/dex/healthz', '/dex/', '/notebook/team-b/x/', '/volumes/']) {
          const address: Address = ['ingress', 'm.team-a.example.com', path]
          assert.equal((await call(address, [])).status, 403, path)
          assert.equal((await call(address, attacker)).status, 403, path)
        }
        assert.equal(kubeflow.apps.predictor.seen.length, count)
      })

      it('gives no token to a path that a team has made for itself', async () => {
        const own = routeObject({
          name: 'own',
          namespace: 'team-b',
          gateways: ['kubeflow/kubeflow-gateway'],
          prefix: '/looks-harmless/',
          to: { host: 'nb.team-a.svc.cluster.local', port: 80 },
        })
        await kubeflow.mesh.apply([own])
        const browser = await signIn('alice')
        const seen = seenBy(await browser.navigate('/looks-harmless/x'))
        assert.deepEqual(linesNamed(seen.lines, /^authorization$/), [])
        assert.doesNotMatch(values(seen.lines, 'cookie').join(), /oauth2_proxy/)
        await kubeflow.mesh.remove([own])
      })

      it("lets no Service that a team has made up answer in Attaché's place", async () => {
        const { mesh, apps } = kubeflow
        const { body } = await mesh.api.request(
          'GET',
          '/api/v1/namespaces/attache/services/attache',
        )
        const { ports, selector } = body['spec'] as Readonly<Record<string, unknown>>
        const service = {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: attache,
          spec: { ports, selector },
        }
        const yesToEverything = serviceEntry(apps.predictor.port)
        const account = [await kubeflow.bearer('team-a', 'default-editor')]
        const statuses = async () => [(await get('/')).status, (await get('/', account)).status]
        await mesh.apply([yesToEverything])
        assert.deepEqual(await statuses(), [403, 200])
        await mesh.remove([service])
        await until(async () => ((await get('/', account)).status === 403 ? undefined : 'a denial'))
        assert.deepEqual(await statuses(), [403, 403])
        // In this order: istiod at times forgets the endpoints of ours with those of the other.
        await mesh.remove([yesToEverything])
        await mesh.apply([service])
        await until(async () =>
          (await get('/', account)).status === 200 ? undefined : 'an answer',
        )
      })

      it('gives a pod of a team a name, and no credential and no cookie of ours', async () => {
        const browser = await signIn('alice')
        const own = [...browser.jar()].map(([name, value]) => `${name}=${value}`)
        const cookie = ['_xsrf=theirs', ...own, 'more=2'].join('; ')
        const account = await kubeflow.bearer('team-a', 'default-editor')
        const path = '/notebook/team-a/nb/lab?token=x'
        const person = seenBy(await browser.navigate(path, { headers: { cookie } }))
        const program = seenBy(await get(path, [account, 'cookie: _xsrf=theirs']))
        assert.deepEqual(values(person.lines, 'kubeflow-userid'), [people.alice.email])
        assert.deepEqual(linesNamed(person.lines, /^authorization$/), [])
        assert.deepEqual(linesNamed(program.lines, /^authorization$/), [])
        assert.doesNotMatch(values(person.lines, 'cookie').join(), /oauth2_proxy/)
        assert.match(values(person.lines, 'cookie').join(), /^_xsrf=theirs; .*more=2$/)
        assert.deepEqual(values(program.lines, 'cookie'), ['_xsrf=theirs'])
      })

      it('shows no upstream the token of Dex', async () => {
        const browser = await signIn('alice')
        const paths = ['/', '/jupyter/', '/pipeline/', '/notebook/team-a/nb/lab', '/volumes/']
        for (const path of paths) assert.equal((await browser.navigate(path)).status, 200)
        const secrets = [
          ...kubeflow.dex.idTokens,
          browser.jar().get('oauth2_proxy_kubeflow') ?? 'none',
        ]
        const apps: readonly App[] = Object.values(kubeflow.apps)
        const reached = apps.flatMap(({ seen }) => seen.flatMap(({ lines }) => lines))
        assert.ok(secrets.length > 1 && reached.length > paths.length)
        const leaked = reached.filter((line) => secrets.some((secret) => line.includes(secret)))
        assert.deepEqual(leaked, [])
      })

      it("takes Attaché's own token for no credential", async () => {
        const browser = await signIn('alice')
        const { lines } = seenBy(await browser.fetch('/'))
        const [own = ''] = values(lines, 'authorization')
        assert.match(own, /^Bearer eyJ/)
        assert.equal((await get('/', [`authorization: ${own}`])).status, 401)
      })

      it('lets a policy of the mesh allow by one group, and deny by another', async () => {
        await kubeflow.mesh.apply(groupPolicies)
        const [alice, bob] = [await signIn('alice'), await signIn('bob')]
        const account = [await kubeflow.bearer('team-a', 'default-editor')]
        const statuses = async (path: string) => [
          (await alice.fetch(path)).status,
          (await bob.fetch(path)).status,
          (await get(path, account)).status,
        ]
        assert.deepEqual(await statuses('/pipeline/staff-only'), [200, 403, 403])
        // A group is one element of the list, whatever is in its name.
        assert.deepEqual(await statuses('/jupyter/comma'), [200, 403, 403])
        assert.deepEqual(await statuses('/jupyter/half-of-comma'), [403, 403, 403])
        assert.deepEqual(await statuses('/volumes/accounts-only'), [403, 403, 200])
        assert.deepEqual(await statuses('/volumes/alice-only'), [200, 403, 403])
        assert.match((await bob.fetch('/pipeline/staff-only')).body, /^RBAC: access denied/)
        await kubeflow.mesh.remove(groupPolicies)
        assert.equal((await bob.fetch('/pipeline/staff-only')).status, 200)
      })
    })
  }

  it('forgets a token with the pod that it was made for', async () => {
    const { api } = kubeflow.mesh
    const account = { namespace: 'team-a', name: 'job' }
    const uid = await createPod(api, account, { serviceAccountName: 'default-editor' })
    const boundTo = { kind: 'Pod', name: account.name, uid } as const
    const tokens = Array.from({ length: 20 }, async (_, more) =>
      kubeflow.bearer('team-a', 'default-editor', { boundTo, expirationSeconds: 700 + more }),
    )
    const [known = '', ...unknown] = await Promise.all(tokens)
    const path = '/jupyter/api/namespaces/team-a/notebooks'
    assert.equal((await get(path, [known])).status, 200)
    await deleteObject(api, `/api/v1/namespaces/team-a/pods/${account.name}`)
    // A token that nobody has seen is asked about now, and the API server hears of the pod's end in its own time.
    const isRefused = async (line: string) =>
      (await get(path, [line])).status === 401 ? undefined : 'a refusal'
    await until(async () => isRefused(unknown.pop() ?? assert.fail('it is believed')))
    // One that was seen is believed for ten seconds at most.
    await until(async () => isRefused(known))
  })
})

const attache = { namespace: 'attache', name: 'attache' } as const

/** Whoever may edit a namespace may say that Attaché's host is theirs, for the whole mesh. */
function serviceEntry(port: number): KubeObject {
  const names = { 9090: 'grpc', 8080: 'http-check', 8082: 'http-pages' }
  const ports = Object.entries(names).map(([number, name]) => ({ number: Number(number), name }))
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: 'not-attache', namespace: 'team-b' },
    spec: {
      hosts: ['attache.attache.svc.cluster.local'],
      exportTo: ['*'],
      resolution: 'STATIC',
      ports: ports.map((one) => ({ ...one, protocol: one.name === 'grpc' ? 'GRPC' : 'HTTP' })),
      endpoints: [
        {
          address: '127.0.0.1',
          ports: Object.fromEntries(ports.map(({ name }) => [name, port])),
        },
      ],
    },
  }
}

const rbac = 'rbac.authorization.k8s.io'

/** Accounts of another namespace that may read one model of `team-a` each. */
const readers: readonly KubeObject[] = ['m', 'other'].flatMap((model) => [
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: `reads-${model}`, namespace: 'team-b' },
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata: { name: `reads-${model}`, namespace: 'team-a' },
    rules: [
      {
        apiGroups: ['serving.kserve.io'],
        resources: ['inferenceservices'],
        resourceNames: [model],
        verbs: ['get'],
      },
    ],
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: `reads-${model}`, namespace: 'team-a' },
    roleRef: { apiGroup: rbac, kind: 'Role', name: `reads-${model}` },
    subjects: [{ kind: 'ServiceAccount', name: `reads-${model}`, namespace: 'team-b' }],
  },
])

const identityIssuer = 'http://attache.attache.svc.cluster.local:8082'

/** Paths of the gateway, and who alone may go there, by what the identity token says. */
const groupPolicies: readonly KubeObject[] = [
  denyUnless('staff', '/pipeline/staff-only', groups('staff')),
  denyUnless('comma', '/jupyter/comma', groups('a,b')),
  denyUnless('half', '/jupyter/half-of-comma', groups('a')),
  denyUnless('accounts', '/volumes/accounts-only', groups('system:serviceaccounts:team-a')),
  denyUnless('alice', '/volumes/alice-only', {
    key: 'request.auth.principal',
    notValues: [`${identityIssuer}/${people.alice.email}`],
  }),
]

interface Condition {
  readonly key: string
  readonly notValues: readonly string[]
}

function groups(group: string): Condition {
  return { key: 'request.auth.claims[groups]', notValues: [group] }
}

function denyUnless(name: string, path: string, condition: Condition): KubeObject {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: `tests-${name}`, namespace: 'istio-system' },
    spec: {
      selector: { matchLabels: { app: 'istio-ingressgateway' } },
      action: 'DENY',
      rules: [{ to: [{ operation: { paths: [path] } }], when: [condition] }],
    },
  }
}
