import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import type { Config, RouteConfig } from '../../src/config/types.ts'
import { manifestsCommand } from '../../src/manifests/command.ts'
import { type KubernetesObject, ManifestError } from '../../src/manifests/manifest.ts'
import { manifestsFor } from '../../src/manifests/manifests.ts'
import { type ManifestArguments, readOptions } from '../../src/manifests/options.ts'
import { config, routeConfig } from '../support/config.ts'
import { impersonatingConfig, istioFolder, kubeflowConfig } from '../support/istio-folders.ts'

const open = { grpc: { kind: 'tcp', host: '0.0.0.0', port: 9090 } } as const
const small = config({
  listen: {
    ...config().listen,
    ...open,
    http: { kind: 'tcp', host: '0.0.0.0', port: 8080 },
    pages: { kind: 'tcp', host: '0.0.0.0', port: 8082 },
  },
})
const kubeflow = kubeflowConfig()
const kubectl = impersonatingConfig('grpc')

function objectsFor(used: Config, given: ManifestArguments = {}): readonly KubernetesObject[] {
  return manifestsFor(used, readOptions(used, given)).map(({ object }) => object)
}

function names(used: Config, given: ManifestArguments = {}): readonly string[] {
  return objectsFor(used, given).map(({ kind, metadata }) => `${kind} ${metadata.name}`)
}

/** The identity token's configuration, with other routes. */
function withRoutes(...routes: readonly Partial<RouteConfig>[]): Config {
  return {
    ...kubeflow,
    routes: routes.map((route) => routeConfig({ authorization: 'identityToken', ...route })),
  }
}

/** kubectl without --as, and so many header lines at most. */
function withoutActing(used: Config, maxHeaderLines: number): Config {
  return {
    ...used,
    impersonate: { ...used.impersonate, maxHeaderLines },
    routes: used.routes.map((route) => ({ ...route, allowImpersonation: false })),
  }
}

const match = (paths: readonly string[], hosts?: readonly string[]) => [
  { paths, hosts, methods: undefined },
]

function requireToken(used: Config): unknown {
  const found = objectsFor(used).find(({ metadata }) => metadata.name.endsWith('-require-token'))
  return found === undefined ? undefined : (found.spec as { rules: unknown }).rules
}

const gateway = 'istio-ingressgateway-attache'

describe('manifestsFor()', () => {
  const cases: readonly (readonly [what: string, Config, ManifestArguments, readonly string[]])[] =
    [
      [
        'no more than the check for a small configuration',
        small,
        {},
        [
          'ConfigMap istio-attache',
          `AuthorizationPolicy ${gateway}`,
          `EnvoyFilter ${gateway}-pre-filter`,
          `EnvoyFilter ${gateway}-check`,
        ],
      ],
      [
        'the identity token where there is one',
        kubeflow,
        { for: ['ingress-gateway'] },
        [
          `AuthorizationPolicy ${gateway}`,
          `RequestAuthentication ${gateway}`,
          `EnvoyFilter ${gateway}-pre-filter`,
          `EnvoyFilter ${gateway}-check`,
        ],
      ],
      [
        'the appender and streams for impersonate routes over gRPC',
        kubectl,
        { for: ['ingress-gateway'] },
        [
          `AuthorizationPolicy ${gateway}`,
          `RequestAuthentication ${gateway}`,
          `EnvoyFilter ${gateway}-pre-filter`,
          `EnvoyFilter ${gateway}-check`,
          `EnvoyFilter ${gateway}-impersonation`,
          `EnvoyFilter ${gateway}-appender`,
        ],
      ],
      [
        'the appender as a TrafficExtension',
        { ...kubectl, identityToken: undefined },
        { for: ['cluster-local-gateway'], appender: 'traffic-extension' },
        [
          'AuthorizationPolicy cluster-local-gateway-attache',
          'EnvoyFilter cluster-local-gateway-attache-pre-filter',
          'EnvoyFilter cluster-local-gateway-attache-check',
          'EnvoyFilter cluster-local-gateway-attache-impersonation',
          'TrafficExtension cluster-local-gateway-attache-appender',
        ],
      ],
      [
        'no appender over HTTP',
        impersonatingConfig('http'),
        { for: ['waypoint'], transport: 'http', gateway: 'team/inner' },
        [
          'AuthorizationPolicy inner-attache',
          'RequestAuthentication inner-attache',
          'EnvoyFilter inner-attache-pre-filter',
          'EnvoyFilter inner-attache-check',
          'EnvoyFilter inner-attache-impersonation',
        ],
      ],
      [
        "Envoy Gateway's kinds for kubectl",
        withoutActing(kubectl, 60),
        { for: ['envoy-gateway'] },
        [
          'SecurityPolicy kubeflow-gateway-attache',
          'ReferenceGrant kubeflow-gateway-attache',
          'ClientTrafficPolicy kubeflow-gateway-attache',
          'BackendTrafficPolicy kubeflow-gateway-attache',
          'EnvoyExtensionPolicy kubeflow-gateway-attache',
        ],
      ],
      [
        "Envoy Gateway's kinds",
        kubeflow,
        { for: ['envoy-gateway'] },
        [
          'SecurityPolicy kubeflow-gateway-attache',
          'ReferenceGrant kubeflow-gateway-attache',
          'ClientTrafficPolicy kubeflow-gateway-attache',
        ],
      ],
    ]
  for (const [what, used, given, wanted] of cases) {
    it(`prints ${what}`, () => assert.deepEqual(names(used, given), wanted))
  }

  it('has no object of the same name at two places', () => {
    const all = [
      'mesh',
      'ingress-gateway',
      'cluster-local-gateway',
      'kubernetes-gateway',
      'waypoint',
    ]
    const found = objectsFor(kubectl, { for: all }).map(
      ({ kind, metadata: { namespace, name } }) => `${kind} ${namespace}/${name}`,
    )
    assert.equal(new Set(found).size, found.length)
  })

  it('names gateways by their labels, and Gateways by targetRefs', () => {
    for (const [place, attachment] of [
      ['ingress-gateway', { selector: { matchLabels: { app: 'other' } } }],
      [
        'kubernetes-gateway',
        { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'other' }] },
      ],
    ] as const) {
      const [first] = objectsFor(small, { for: [place], gateway: 'team/other' })
      assert.deepEqual(first?.metadata, { namespace: 'team', name: 'other-attache' })
      assert.partialDeepStrictEqual(first.spec, attachment)
    }
  })

  it('never prints a secret', () => {
    const callerSecret = 'a-secret-of-the-gateway'
    const secret: Config = { ...kubeflow, listen: { ...kubeflow.listen, callerSecret } }
    for (const transport of ['grpc', 'http']) {
      const { text } = manifestsCommand(secret, { transport })
      assert.ok(!text.includes(callerSecret))
      assert.match(text, /%ENVIRONMENT\(ATTACHE_CALLER\)%/)
      const pem = kubeflow.identityToken?.signingKey.pem ?? 'missing'
      assert.ok(!text.includes(pem.slice(30, 60)))
    }
  })

  it('begins each object with one comment that says why it is there', () => {
    const { text } = manifestsCommand(kubectl, { for: ['mesh', 'ingress-gateway'] })
    const documents = text.split(/^---\n/m).slice(1)
    assert.equal(documents.length, 7)
    for (const document of documents) assert.match(document, /^(?:# .+\n)+apiVersion: /)
  })

  it('shows certificates, and sends the secret, where the configuration needs it', () => {
    const { text: plain } = manifestsCommand(kubeflow, {})
    assert.doesNotMatch(plain, /include_peer_certificate|x-attache-caller/)
    const used: Config = {
      ...kubeflow,
      clientCertificates: { source: 'checkRequest', clientCA: '', crl: undefined },
    }
    assert.match(manifestsCommand(used, {}).text, /include_peer_certificate: true/)
    const byHeader: Config = {
      ...kubeflow,
      clientCertificates: { source: 'xfcc', clientCA: '', crl: undefined },
    }
    assert.doesNotMatch(manifestsCommand(byHeader, {}).text, /include_peer_certificate/)
  })

  it('lists the audiences of routes, and other issuers where their tokens go on', () => {
    const used = withRoutes({ audience: 'a' }, { audience: 'a' }, { authorization: 'token' })
    const found = objectsFor(used).find(({ kind }) => kind === 'RequestAuthentication')
    assert.partialDeepStrictEqual(found?.spec, {
      jwtRules: [
        { issuer: 'http://attache.attache.svc.cluster.local:8082', audiences: ['kubeflow', 'a'] },
        { issuer: 'http://dex.auth.svc.cluster.local:5556/dex' },
      ],
    })
    assert.ok(!JSON.stringify(found).includes('outputClaimToHeaders'))
  })

  const paths: readonly (readonly [what: string, Config, unknown])[] = [
    ['everything', withRoutes({}), { to: undefined }],
    [
      'but public paths',
      withRoutes({ match: match(['/dex/*', '/healthz']), access: 'public' }, {}),
      { to: ['/dex/*', '/healthz'] },
    ],
    [
      'but paths of tenants, behind a capture too',
      withRoutes({ match: match(['/notebook/{ns}/{name}/*']), authorization: 'remove' }, {}),
      { to: ['/notebook/*'] },
    ],
    [
      'but preflights that pass',
      withRoutes({ match: match(['/api/*']), preflight: 'pass' }, {}),
      { to: ['/api/*'] },
    ],
    [
      'nothing with a route of hosts',
      withRoutes({ match: match([], ['a.b']), access: 'public' }, {}),
      undefined,
    ],
    [
      'nothing with a catch-all without a token',
      withRoutes({}, { authorization: 'remove' }),
      undefined,
    ],
    [
      'nothing with anybody as anonymous',
      { ...withRoutes({}), anonymous: { paths: undefined } },
      undefined,
    ],
    [
      'but paths of the anonymous',
      { ...withRoutes({}), anonymous: { paths: ['/livez'] } },
      { to: ['/livez'] },
    ],
    [
      'nothing where all begins with a capture',
      withRoutes({ match: match(['/{ns}/x']), access: 'public' }, {}),
      undefined,
    ],
  ]
  for (const [what, used, wanted] of paths) {
    it(`asks for the identity token on ${what}`, () => {
      const rules = requireToken(used) as
        | readonly {
            readonly to?: readonly { readonly operation: { readonly notPaths: unknown } }[]
          }[]
        | undefined
      const said = rules?.map(({ to }) => ({ to: to?.[0]?.operation.notPaths }))[0]
      assert.deepEqual(said, wanted)
    })
  }

  const refused: readonly (readonly [when: string, Config, ManifestArguments, RegExp])[] = [
    ['it listens on loopback', config(), {}, /no gateway in another pod reaches listen\.grpc/],
    [
      'it listens on a socket',
      { ...small, listen: { ...small.listen, grpc: { kind: 'unix', path: '/a' } } },
      {},
      /no gateway in another pod/,
    ],
    [
      'it does not listen for that',
      { ...small, listen: { ...small.listen, http: undefined } },
      { transport: 'http' },
      /has no listen\.http/,
    ],
    [
      'nobody publishes the keys',
      { ...kubeflow, listen: { ...kubeflow.listen, pages: undefined } },
      {},
      /has no listen\.pages/,
    ],
    [
      'Envoy Gateway would ask over HTTP',
      kubeflow,
      { for: ['envoy-gateway'], transport: 'http' },
      /WebSocket/,
    ],
    [
      'Envoy Gateway would act for others',
      kubectl,
      { for: ['envoy-gateway'] },
      /allowImpersonation needs the pre-filter/,
    ],
    [
      'Envoy Gateway would not let all groups pass',
      withoutActing(kubectl, 61),
      { for: ['envoy-gateway'] },
      /impersonate\.maxHeaderLines to 60/,
    ],
    [
      'Envoy Gateway would leave paths out',
      kubeflow,
      { for: ['envoy-gateway'], 'unchecked-path': ['/a/*'] },
      /SecurityPolicy has no paths/,
    ],
  ]
  for (const [when, used, given, says] of refused) {
    it(`refuses when ${when}`, () => {
      assert.throws(
        () => objectsFor(used, given),
        (error) => error instanceof ManifestError && says.test(error.message),
      )
    })
  }
})

describe('options of attache manifests', () => {
  const bad: readonly (readonly [ManifestArguments, RegExp])[] = [
    [{ for: ['istio'] }, /"istio": use --for with one of mesh, /],
    [{ transport: 'tcp' }, /use --transport grpc or http/],
    [{ gateway: 'x' }, /--gateway "x": write NAMESPACE\/NAME/],
    [{ gateway: 'a/b/c' }, /NAMESPACE\/NAME/],
    [{ service: 'A/b' }, /--service "A\/b"/],
    [{ 'unchecked-path': ['assets'] }, /begins with "\/" or "\*"/],
    [{ 'unchecked-path': ['*'] }, /write a path/],
    [{ 'unchecked-path': ['/*'] }, /write a path/],
    [{ 'unchecked-path': ['/a*b'] }, /write a path/],
    [{ appender: 'wasm' }, /use --appender envoy-filter or traffic-extension/],
  ]
  for (const [given, says] of bad) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      assert.throws(
        () => readOptions(small, given),
        (error) => error instanceof SyntaxError && says.test(error.message),
      )
    })
  }

  it('takes no place together with --check', () => {
    assert.throws(
      () => manifestsCommand(small, { check: ['a'], for: ['mesh'] }),
      /Cannot use --for with --check/,
    )
  })

  it('leaves paths unchecked as istio/cdn-paths does', () => {
    const file = readFileSync(join(istioFolder, 'cdn-paths/kustomization.yaml'), 'utf8')
    const { patches } = parse(file) as { readonly patches: readonly { readonly patch: string }[] }
    const [change] = parse(patches[0]?.patch ?? '') as readonly { readonly value: unknown }[]
    const [policy] = objectsFor(small, {
      for: ['ingress-gateway'],
      'unchecked-path': ['/favicon*', '/assets/*'],
    })
    assert.ok(policy?.spec !== undefined && 'rules' in policy.spec)
    assert.deepEqual(policy.spec.rules, change?.value)
  })
})
