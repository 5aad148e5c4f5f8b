import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Config } from '../../../src/config/types.ts'
import { describeFaults, type FaultCase, kubeflow, mesh } from './fault-cases.ts'
import { add, all, type Change, findingsAfter, replace, said } from './installed.ts'

const spec = { gateways: ['kubeflow/kubeflow-gateway'], hosts: ['*'] }
const virtualService = (http: readonly object[], more: object = {}) =>
  add({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { namespace: 'team', name: 'of-somebody' },
    spec: { ...spec, http, ...more },
  })
const to = (host: string, more: object = {}) => ({ route: [{ destination: { host }, ...more }] })
const at = (uri: object, more: object = {}) => [{ match: [{ uri, ...more }], ...to('web') }]
const gateway = (selector: object) =>
  add({
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { namespace: 'kubeflow', name: 'kubeflow-gateway' },
    spec: { selector },
  })

const taken = (path: string, http: readonly object[]): FaultCase => ({
  when: `a VirtualService has ${JSON.stringify(http)}`,
  change: virtualService(http),
  severity: 'warning',
  what: new RegExp(
    `takes "${path}" at a gateway that asks Attaché, and leads it (?:to web\\.team|elsewhere)`,
  ),
  effect: /learn passwords and codes/,
})
const writing = (headers: object) => ({ headers: { request: headers } })
const written = (http: object, name: string): FaultCase => ({
  when: `a VirtualService has ${JSON.stringify(http)}`,
  change: virtualService([{ ...to('web'), ...http }]),
  severity: 'warning',
  what: new RegExp(`writes or removes "${name}" behind the check`),
  effect: /not in what Attaché has said/,
})

const named: Config = {
  ...kubeflow,
  signIn: kubeflow.signIn && {
    ...kubeflow.signIn,
    externalURLs: [new URL('https://kubeflow.example.com')],
  },
}
const ofAttache = (hosts: readonly string[]) =>
  add({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { namespace: 'attache', name: 'attache' },
    spec: {
      ...spec,
      hosts,
      http: [
        { match: [{ uri: { prefix: '/oauth2/' } }], ...to('attache.attache.svc.cluster.local') },
      ],
    },
  })

const cases: readonly FaultCase[] = [
  taken('/dex/', at({ prefix: '/dex/' })),
  taken('/dex/', at({ prefix: '/de' })),
  taken('/dex/', at({ prefix: '/dex/auth/local' })),
  taken('/dex/', at({ exact: '/dex/auth' })),
  taken('/dex/', at({ regex: '/dex/.*' })),
  taken('/dex/', at({ regex: '/(?P<what>dex)/.*' })),
  taken('/dex/', at({ prefix: '/DEX/' }, { ignoreUriCase: true })),
  taken('/oauth2/', at({ prefix: '/oauth2/' })),
  taken('/oauth2/', at({ exact: '/oauth2/callback' })),
  taken('/oauth2/', [{ match: [{ uri: { prefix: '/oauth2/start' } }], redirect: { uri: '/x' } }]),
  {
    when: 'a VirtualService takes whatever has a header',
    change: virtualService([{ match: [{ headers: { cookie: { regex: '.*' } } }], ...to('web') }]),
    severity: 'warning',
    what: /takes "\/oauth2\/" at a gateway/,
    effect: /learn passwords/,
    findings: 2,
  },
  written(writing({ set: { 'kubeflow-userid': 'admin@example.com' } }), 'kubeflow-userid'),
  written(writing({ add: { 'Kubeflow-Groups': 'admins' } }), 'Kubeflow-Groups'),
  written(writing({ remove: ['kubeflow_userid'] }), 'kubeflow_userid'),
  written(writing({ set: { 'impersonate-user': 'admin' } }), 'impersonate-user'),
  written(to('web', writing({ set: { 'x-forwarded-user': 'admin' } })), 'x-forwarded-user'),
  {
    when: "a VirtualService takes the platform's host",
    config: named,
    change: all(ofAttache(['*']), virtualService([to('web')], { hosts: ['kubeflow.example.com'] })),
    severity: 'warning',
    what: /takes the host "kubeflow\.example\.com", which no VirtualService that leads to Attaché has/,
    effect: /sign-in and all applications/,
  },
  {
    when: "a VirtualService takes the platform's host with a wildcard",
    config: named,
    change: virtualService([to('web')], { hosts: ['*.example.com'] }),
    severity: 'warning',
    what: /takes the host "\*\.example\.com"/,
    effect: /sign-in and all applications/,
  },
  {
    when: 'paths are left as clients write them in the whole mesh',
    change: replace(mesh, [
      'extensionProviders',
      'pathNormalization: { normalization: NONE }\\nextensionProviders',
    ]),
    what: /pathNormalization\.normalization: NONE/,
    effect: /another path than was judged/,
  },
  {
    when: 'that is written as in Protocol Buffers, and by the number of the value',
    change: replace(mesh, [
      'extensionProviders',
      'path_normalization: { normalization: 1 }\\nextensionProviders',
    ]),
    what: /pathNormalization\.normalization: 1/,
    effect: /another path than was judged/,
  },
]

describeFaults('VirtualServices', cases)

describe('attache manifests --check: VirtualServices that do no harm', () => {
  const dex = add({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { namespace: 'auth', name: 'dex' },
    spec: { ...spec, http: [{ match: [{ uri: { prefix: '/dex/' } }], ...to('dex') }] },
  })
  const long = virtualService([
    { match: [{ uri: { prefix: '/dex/' } }], ...to('dex.auth.svc.cluster.local') },
  ])
  const evil = at({ prefix: '/dex/' })
  const good: Readonly<Record<string, Change>> = {
    "Dex' own": dex,
    "Dex' own, elsewhere": long,
    "Attaché's own": ofAttache(['*']),
    'one for everything else': virtualService([
      { match: [{ uri: { prefix: '/' } }], ...to('web') },
    ]),
    'one without a match': virtualService([to('web')]),
    'other paths': virtualService(at({ prefix: '/team/' })),
    'another path that begins so': virtualService(at({ exact: '/dexter' })),
    'one of a model': virtualService([
      { match: [{ authority: { regex: '^m-team\\.example\\.com' } }], ...to('web') },
    ]),
    'headers of other names': virtualService([
      { ...to('web'), ...writing({ set: { 'x-forwarded-prefix': '/web' } }) },
    ]),
    'headers of answers': virtualService([
      { ...to('web'), headers: { response: { set: { 'kubeflow-userid': 'x' } } } },
    ]),
    'one for sidecars alone': virtualService(evil, { gateways: ['mesh'] }),
    'one for sidecars, as none is named': virtualService(evil, { gateways: undefined }),
    'one at another gateway': all(gateway({ app: 'other' }), virtualService(evil)),
    "one of a host beside the platform's": virtualService([to('web')], {
      hosts: ['other.example.com'],
    }),
  }
  for (const [what, change] of Object.entries(good)) {
    it(`says nothing of ${what}`, () => {
      assert.deepEqual(said(findingsAfter(named, { change })), [])
      assert.deepEqual(said(findingsAfter(kubeflow, { change })), [])
    })
  }

  it("says nothing where all have the platform's host", () => {
    const change = all(
      ofAttache(['kubeflow.example.com']),
      virtualService(at({ prefix: '/team/' }), { hosts: ['kubeflow.example.com'] }),
    )
    assert.deepEqual(said(findingsAfter(named, { change })), [])
  })

  it('takes no Gateway of the Gateway API for one of Istio', () => {
    const other = add({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { namespace: 'kubeflow', name: 'kubeflow-gateway' },
      spec: { selector: { app: 'other' } },
    })
    assert.equal(findingsAfter(kubeflow, { change: all(other, virtualService(evil)) }).length, 1)
  })

  it('knows the gateway by its selector', () => {
    const change = all(gateway({ istio: 'ingressgateway' }), virtualService(evil))
    assert.equal(findingsAfter(kubeflow, { change }).length, 1)
  })
})
