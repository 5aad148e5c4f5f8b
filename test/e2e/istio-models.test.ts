/**
 * Models on Knative: a call passes two gateways, and both ask Attaché. What the second one goes by is a pass that
 * Attaché has given to the first, and no model sees it. In Standard mode there is one gateway.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { authenticated } from '../../src/authn/authenticated.ts'
import { createGatewayPasses } from '../../src/gateway-pass/gateway-passes.ts'
import { createSealer } from '../../src/session/seal.ts'
import { meshPrograms } from '../support/istio-mesh.ts'
import type { KubeObject } from '../support/kube-apply.ts'
import { http1Request, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import type { Seen } from '../support/upstream.ts'
import { linesNamed, values } from '../support/wire.ts'
import type { App } from './istio-apps.ts'
import { createKubeflowBrowser, type KubeflowBrowser, kubeflowHost } from './istio-browser.ts'
import { type Kubeflow, people, startKubeflow, transports } from './istio-kubeflow.ts'
import { pathHost } from './istio-models.ts'

const programs = await part('Istio', meshPrograms)

/** Where a model is called: the gateway, the host and the path. */
type Address = readonly ['ingress' | 'clusterLocal', string, string]

const predict = '/v1/models/m:predict'
const carol = { email: 'carol@example.com', email_verified: true, groups: [] } as const

/** Calls of the model `m` of `team-a` that pass both gateways. */
const twoHops: readonly Address[] = [
  ['ingress', pathHost, `/serving/team-a/m${predict}`],
  ['ingress', kubeflowHost, `/serving/team-a/m${predict}`],
  ['ingress', 'm.team-a.example.com', predict],
  ['clusterLocal', 'm.team-a.svc.cluster.local', predict],
]

/** Its predictor, as Knative has it. */
const predictor: readonly Address[] = [
  ['clusterLocal', 'm-predictor.team-a.svc.cluster.local', predict],
  ['clusterLocal', 'm-predictor.team-a.svc', predict],
  ['ingress', 'm-predictor.team-a.example.com', predict],
]

describe('a model on Knative behind a real Istio', { skip: programs.skip }, () => {
  let kubeflow: Kubeflow
  before(async () => {
    kubeflow = await startKubeflow({ programs: programs.get(), morePeople: { carol } })
    await kubeflow.mesh.apply([contributor])
  })
  after(async () => kubeflow.stop())

  const call = async ([gateway, host, path]: Address, headers: readonly string[]) =>
    http1Request(kubeflow.mesh[gateway].port, { method: 'POST', host, path, headers, body: '{}' })
  const signIn = async (login: string): Promise<KubeflowBrowser> => {
    const browser = createKubeflowBrowser(kubeflow.mesh.ingress.port)
    assert.equal((await browser.signIn(login)).response.status, 200)
    return browser
  }
  /** The line that shows an ID token of Dex. */
  const person = async (login: string): Promise<string> => {
    await signIn(login)
    return `authorization: Bearer ${kubeflow.dex.idTokens.at(-1)}`
  }
  const predictions = () => kubeflow.apps.predictor.seen.length
  const refusesAll = async (addresses: readonly Address[], headers: readonly string[]) => {
    const count = predictions()
    for (const address of addresses) {
      assert.equal((await call(address, headers)).status, 403, address.join(' '))
    }
    assert.equal(predictions(), count)
  }

  for (const transport of transports) {
    describe(`whose gateways ask over ${transport}`, () => {
      let account: string
      let attacker: string
      before(async () => {
        await kubeflow.use(transport)
        account = await kubeflow.bearer('team-a', 'default-editor')
        attacker = await kubeflow.bearer('team-b', 'default-editor')
      })

      it('is called by those who may read it, through both gateways, and learns who they are', async () => {
        const callers = [
          [await person('alice'), people.alice.email],
          [await person('carol'), carol.email],
          [account, 'system:serviceaccount:team-a:default-editor'],
        ] as const
        for (const [line, name] of callers) {
          for (const address of twoHops) {
            const seen = seenBy(await call(address, [line]))
            assert.deepEqual(identityIn(seen), { name: [name], credentials: [] })
            assert.equal(seen.path, predict)
            assert.deepEqual(waysOf(seen), ['m', 'm-predictor-00001'])
          }
          for (const address of predictor) {
            const seen = seenBy(await call(address, [line]))
            assert.deepEqual(identityIn(seen), { name: [name], credentials: [] })
            assert.deepEqual(waysOf(seen), ['m-predictor-00001'])
          }
        }
      })

      it('is called from pages of Kubeflow, and sees no cookie of the session', async () => {
        const path = `/serving/team-a/m${predict}`
        const post = { method: 'POST', body: '{}', headers: { 'x-mine': '1' } }
        for (const [login, name] of [
          ['alice', people.alice.email] as const,
          ['carol', carol.email] as const,
        ]) {
          const browser = await signIn(login)
          for (const _ of [1, 2, 3]) {
            const seen = seenBy(await browser.fetch(path, post))
            assert.deepEqual(identityIn(seen), { name: [name], credentials: [] })
            assert.deepEqual(waysOf(seen), ['m', 'm-predictor-00001'])
          }
        }
        assert.equal((await (await signIn('bob')).fetch(path, post)).status, 403)
      })

      it('refuses everybody else at either gateway', async () => {
        const all = [...twoHops, ...predictor]
        await refusesAll(all, [])
        await refusesAll(all, [attacker])
        await refusesAll(all, [await person('bob')])
        await refusesAll(all, [await kubeflow.bearer('team-a', 'default')])
      })

      it('has names of the inside that a stranger learns nothing from at the outer gateway', async () => {
        const names = ['m', 'm-predictor', 'none'].flatMap((name) => [
          `${name}.team-a.svc.cluster.local`,
          `${name}.team-a.svc:80`,
        ])
        const outside = names.map((host) => ['ingress', host, '/'] as const)
        await refusesAll(outside, [])
        for (const address of outside) {
          const { status } = await call(address, ['authorization: Bearer invalid-token'])
          assert.equal(status, 401, address.join(' '))
        }
      })

      it('believes no client about who they are, at either gateway', async () => {
        const claims = ['kubeflow-userid: bob@example.com', 'kubeflow-groups: admins']
        await refusesAll([...twoHops, ...predictor], claims)
        await refusesAll([...twoHops, ...predictor], [attacker, `kubeflow-userid: ${carol.email}`])
        for (const address of [...twoHops, ...predictor]) {
          const seen = seenBy(await call(address, [account, ...claims]))
          assert.deepEqual(values(seen.lines, 'kubeflow-userid'), [
            'system:serviceaccount:team-a:default-editor',
          ])
          assert.doesNotMatch(values(seen.lines, 'kubeflow-groups').join(), /admins/)
        }
      })

      it("answers Knative's prober with 403, from which it takes a route to be ready", async () => {
        const probe = [
          'k-network-probe: probe',
          'k-network-hash: override',
          'user-agent: Knative-Ingress-Probe',
        ]
        const hosts = ['m-predictor.team-a:80', 'm-predictor.team-a.svc.cluster.local:80']
        await refusesAll(
          hosts.map((host) => ['clusterLocal', host, '/healthz'] as const),
          probe,
        )
        await refusesAll([['ingress', 'm-predictor.team-a.example.com:80', '/healthz']], probe)
      })

      it('has a transformer that is called like it, and calls its predictor with a token of its own', async () => {
        const path = '/v1/models/t:predict'
        const seen = seenBy(await call(['ingress', 't.team-a.example.com', path], [account]))
        assert.deepEqual(identityIn(seen).credentials, [])
        assert.deepEqual(waysOf(seen), ['t', 't-transformer-00001'])
        const onward: Address = ['clusterLocal', 't-predictor.team-a.svc.cluster.local', path]
        await refusesAll([onward], headerLines(seen))
        const own = seenBy(await call(onward, [account]))
        assert.deepEqual(waysOf(own), ['t-predictor-00001'])
        // The name under which KServe tells it of the predictor, as long as nobody says another.
        await refusesAll([['clusterLocal', 't-predictor.team-a', path]], [account])
      })

      describe('and a pass', () => {
        it('is good at the second gateway for the user and the model that the first one asked about', async () => {
          const [inside, short, outside] = predictor
          for (const address of [inside, short]) {
            assert.ok(address !== undefined)
            const seen = seenBy(await call(address, [passLine(kubeflow.sessionKey)]))
            assert.deepEqual(identityIn(seen), { name: [people.alice.email], credentials: [] })
          }
          assert.ok(outside !== undefined)
          await refusesAll([outside, ...twoHops], [passLine(kubeflow.sessionKey)])
        })

        it('is refused after its end, from another installation, and when somebody has made it up', async () => {
          const cookies = (await signIn('alice')).jar()
          const otherPurpose = createSealer({
            keys: [Buffer.from(kubeflow.sessionKey, 'base64')],
            purpose: 'session',
            random: randomBytes,
          })
          const lines = [
            passLine(kubeflow.sessionKey, () => Date.now() - 61_000),
            passLine(kubeflow.sessionKey, () => Date.now() + 3_600_000),
            passLine(randomBytes(32).toString('base64')),
            scheme + otherPurpose.seal('{}'),
            scheme + [...cookies.values()].join(''),
            scheme +
              Buffer.from(JSON.stringify({ user: 'alice@example.com' })).toString('base64url'),
            scheme,
            `${scheme}a b`,
            passLine(kubeflow.sessionKey).replace(/.$/, '!'),
            'authorization: attachepass x',
          ]
          const count = predictions()
          for (const line of lines) {
            for (const address of [...twoHops, ...predictor]) {
              const { status } = await call(address, [line])
              assert.equal(status, 401, `${line.slice(0, 40)} ${address.join(' ')}`)
            }
          }
          assert.equal(predictions(), count)
        })

        it('is good for nothing else when a model in Standard mode has seen it, though its user may do more', async () => {
          const own: Address = ['ingress', kubeflowHost, `/serving/team-a/s${predict}`]
          const seen = seenBy(await call(own, [await person('alice')]))
          const [value = ''] = values(seen.lines, 'authorization')
          assert.match(value, /^AttachePass \S+$/)
          const pass = [`authorization: ${value}`]
          await refusesAll(
            [
              ...twoHops,
              ...predictor,
              ['ingress', 's.blue.example.com', predict],
              ['ingress', 's-blue.example.com', predict],
              ['ingress', kubeflowHost, `/serving/blue/s${predict}`],
              ['ingress', kubeflowHost, '/serving/'],
            ],
            pass,
          )
          const others = ['/', '/jupyter/', '/pipeline/', '/volumes/', '/notebook/team-a/nb/', '/x']
          for (const path of others) {
            assert.equal((await call(['ingress', kubeflowHost, path], pass)).status, 403, path)
          }
          const info = await call(['ingress', kubeflowHost, '/oauth2/userinfo'], pass)
          assert.doesNotMatch(info.body, /alice/)
          await refusesAll([own], pass)
        })

        it("makes a model's pod nobody where Istio knows no way for the model's host and goes by the path", async () => {
          const own: Address = ['ingress', kubeflowHost, `/serving/team-a/s${predict}`]
          const [value = ''] = values(
            seenBy(await call(own, [await person('alice')])).lines,
            'authorization',
          )
          const gone: KubeObject = {
            apiVersion: 'networking.istio.io/v1',
            kind: 'VirtualService',
            metadata: { name: 's-hosts', namespace: 'team-a' },
          }
          const { body } = await kubeflow.mesh.api.request(
            'GET',
            '/apis/networking.istio.io/v1/namespaces/team-a/virtualservices/s-hosts',
          )
          await kubeflow.mesh.remove([gone])
          const hosts = ['s', 's-predictor', 's-transformer', 's-explainer'].flatMap((name) => [
            ...['', '.', ':81', '.:80'].flatMap((end) => [
              `${name}.team-a.example.com${end}`,
              `${name}.team-a.svc${end}`,
              `${name}.team-a.svc.cluster.local${end}`,
            ]),
            `${name}.Team-A.svc.cluster.LOCAL`,
          ])
          const apps: readonly App[] = Object.values(kubeflow.apps)
          const seen = () => apps.flatMap((app) => app.seen).length
          const count = seen()
          await refusesAll(
            hosts.flatMap((host) =>
              ['/pipeline/x', '/', '/notebook/team-a/nb/'].map(
                (one) => ['ingress', host, one] as const,
              ),
            ),
            [`authorization: ${value}`],
          )
          assert.equal(seen(), count)
          await kubeflow.mesh.apply([{ ...gone, spec: body['spec'] }])
        })
      })
    })
  }

  it('in Standard mode is called through the one gateway that there is', async () => {
    const account = await kubeflow.bearer('blue', 'default-editor')
    const addresses: readonly Address[] = [
      ['ingress', kubeflowHost, `/serving/blue/s${predict}`],
      ['ingress', 's.blue.example.com', predict],
      ['ingress', 's-blue.example.com', predict],
    ]
    for (const address of addresses) {
      const seen = seenBy(await call(address, [account]))
      assert.deepEqual(identityIn(seen).name, ['system:serviceaccount:blue:default-editor'])
      assert.deepEqual(waysOf(seen), [])
    }
    await refusesAll(addresses, [await kubeflow.bearer('team-b', 'default-editor')])
  })
})

const scheme = 'authorization: AttachePass '

/** The line that Attaché itself adds to a call of Alice's to the model `m`, with that key at that time. */
function passLine(sessionKey: string, now = Date.now): string {
  const passes = createGatewayPasses({
    config: { keys: [Buffer.from(sessionKey, 'base64')] },
    now,
    random: randomBytes,
  })
  const user = { name: people.alice.email, uid: '', groups: [], extra: new Map() }
  const alice = authenticated(user, { by: 'session', expiresAtMs: Number.POSITIVE_INFINITY })
  const readsModel = {
    group: 'serving.kserve.io',
    resource: 'inferenceservices',
    subresource: '',
    verb: 'get',
    namespace: 'team-a',
    name: 'm',
  }
  const pass = passes.seal(alice, [readsModel])
  assert.ok(typeof pass === 'string')
  return scheme + pass
}

/** Who a model is told that its caller is, and what it could call others with. */
function identityIn({ lines }: Seen) {
  const cookies = values(lines, 'cookie').filter((cookie) => cookie.includes('oauth2_proxy'))
  return {
    name: values(lines, 'kubeflow-userid'),
    credentials: [...linesNamed(lines, /^authorization$/), ...cookies],
  }
}

/** What the routes that a request took have written: KServe's, then Knative's. */
function waysOf({ lines }: Seen): readonly string[] {
  return ['kserve-isvc-name', 'knative-serving-revision'].flatMap((name) => values(lines, name))
}

/** What a program sends on when it sends on all that it got, but for what belongs to the connection. */
function headerLines({ lines }: Seen): readonly string[] {
  return lines.filter(
    (line) => !/^(?:host|content-length|transfer-encoding|connection):/i.test(line),
  )
}

const rbac = 'rbac.authorization.k8s.io'

/** As Kubeflow makes it for somebody whom the owner of a profile lets in. */
const contributor: KubeObject = {
  apiVersion: `${rbac}/v1`,
  kind: 'RoleBinding',
  metadata: { name: 'user-carol-example-com-clusterrole-edit', namespace: 'team-a' },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'kubeflow-edit' },
  subjects: [{ apiGroup: rbac, kind: 'User', name: carol.email }],
}
