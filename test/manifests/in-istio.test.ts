/** What a real istiod makes of the objects, in the configuration of a real Envoy and in front of real requests. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Config } from '../../src/config/types.ts'
import { startGrpcServer } from '../../src/grpc/server.ts'
import { startHttpServer } from '../../src/http/server.ts'
import { objectsIn } from '../../src/manifests/check/values.ts'
import { manifestsFor } from '../../src/manifests/manifests.ts'
import { type ManifestArguments, readOptions } from '../../src/manifests/options.ts'
import { allow } from '../support/check-servers.ts'
import { freePort } from '../support/free-port.ts'
import { impersonatingConfig, istioFiles } from '../support/istio-folders.ts'
import { startIstioGateway } from '../support/istio-gateway.ts'
import { type Mesh, meshPrograms, startMesh } from '../support/istio-mesh.ts'
import { type KubeObject, readObjects } from '../support/kube-apply.ts'
import { gatewayObject, loopbackService, routeObject } from '../support/mesh-objects.ts'
import { http1Request, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { startHttp1Upstream, type Upstream } from '../support/upstream.ts'
import { linesNamed, values } from '../support/wire.ts'

const programs = await part('Istio', meshPrograms)

const secret = 'a-secret-of-the-gateway'
const transports = ['grpc', 'http'] as const

/** Everything at once: kubectl, the identity token, certificates, and a secret of the gateway's. */
function everything(transport: 'grpc' | 'http'): Config {
  const config = impersonatingConfig(transport)
  return {
    ...config,
    listen: { ...config.listen, callerSecret: secret },
    clientCertificates: { source: 'checkRequest', clientCA: '', crl: undefined },
    kubeflow: { ...config.kubeflow, userHeader: 'x-who' },
  }
}

function printed(config: Config, given: ManifestArguments): readonly KubeObject[] {
  return manifestsFor(config, readOptions(config, given)).map(({ object }) => ({
    ...object,
    metadata: { ...object.metadata },
  }))
}

describe('what attache manifests prints, in a real Istio', { skip: programs.skip }, () => {
  let mesh: Mesh
  let upstream: Upstream
  const callers: (string | undefined)[] = []
  const stops: (() => Promise<unknown>)[] = []

  before(async () => {
    // The gateway's pods get it from a Secret.
    process.env['ATTACHE_CALLER'] = secret
    mesh = await startMesh({
      programs: programs.get(),
      istiodEnv: { SHARED_MESH_CONFIG: 'istio-attache' },
    })
    stops.push(mesh.stop)
    upstream = await startHttp1Upstream()
    stops.push(upstream.stop)
    const server = {
      listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
      tls: undefined,
      checker: () => ({
        check: async () => allow({ set: [['x-who', 'alice']], append: groups }),
        refuse: () => allow({}),
      }),
      acceptsCaller: (presented: string | undefined) => callers.push(presented) > 0,
    } as const
    const grpc = await startGrpcServer({ ...server, isReady: () => true })
    const http = await startHttpServer({ ...server, pathPrefix: () => '' })
    stops.push(
      async () => grpc.close(0),
      async () => http.close(0),
    )
    assert.ok(grpc.address.kind === 'tcp' && http.address.kind === 'tcp')
    const name = 'attache'
    const behind = { app: 'upstream', namespace: 'kubeflow', name: 'upstream' }
    await mesh.apply([
      ...services({ name, grpc: grpc.address.port, http: http.address.port }),
      ...loopbackService({ ...behind, ports: { 80: upstream.port } }),
      routeObject({
        ...behind,
        gateways: ['kubeflow/kubeflow-gateway'],
        to: { host: 'upstream.kubeflow.svc.cluster.local', port: 80 },
      }),
    ])
  })
  after(async () => {
    for (const stop of stops.toReversed()) await stop()
  })

  const groups = [
    ['impersonate-group', 'a, b'],
    ['impersonate-group', 'c'],
  ] as const

  /** Every part of Envoy's configuration that is of a type. */
  const configured = async (type: string) => {
    const dump: unknown = JSON.parse(await mesh.ingress.envoy.admin('/config_dump'))
    return objectsIn(dump).filter((found) => String(found['@type']).endsWith(`.${type}`))
  }

  it('has only objects that an API server with their kinds takes', async () => {
    for (const [path, text] of istioFiles()) {
      // Envoy Gateway's kinds are not Istio's.
      if (!path.endsWith('objects.yaml') || path.startsWith('envoy-gateway/')) continue
      const objects = readObjects(text)
      assert.equal((await mesh.dryRun(objects)).length, objects.length, path)
    }
  })

  for (const transport of transports) {
    describe(`over ${transport}`, () => {
      const objects = printed(everything(transport), {
        transport,
        for: ['mesh', 'ingress-gateway'],
      })
      before(async () => mesh.apply(objects))
      after(async () => mesh.remove(objects))

      it('puts each filter where it must stand', async () => {
        const [filters = []] = await mesh.ingress.httpFilters()
        const wanted = [
          'attache-no-request-trailers',
          'attache-pre-filter',
          'envoy.filters.http.ext_authz',
          'envoy.filters.http.jwt_authn',
          'envoy.filters.http.router',
        ]
        assert.deepEqual(
          filters.filter((name) => wanted.includes(name)),
          wanted,
        )
        assert.equal(filters[0], wanted[0])
        const appender = transport === 'grpc' ? ['attache-appender'] : []
        const last = ['attache-no-own-names', ...appender]
        const end = filters.slice(-1 - last.length, -1)
        assert.deepEqual(end.toSorted(), last.toSorted())
      })

      it('makes of the provider and its patches one check', async () => {
        const checks = await configured('ext_authz.v3.ExtAuthz')
        assert.ok(checks.length > 0)
        const common = {
          status_on_error: { code: 'ServiceUnavailable' },
          validate_mutations: true,
          decoder_header_mutation_rules: { disallow_all: true, disallow_is_error: true },
        }
        const caller = { key: 'x-attache-caller', value: '%ENVIRONMENT(ATTACHE_CALLER)%' }
        const own =
          transport === 'grpc'
            ? {
                encode_raw_headers: true,
                include_peer_certificate: true,
                grpc_service: {
                  timeout: '10s',
                  envoy_grpc: { cluster_name: 'outbound|9090||attache.attache.svc.cluster.local' },
                  initial_metadata: [caller],
                },
              }
            : {
                http_service: {
                  server_uri: { timeout: '10s' },
                  authorization_response: {
                    allowed_upstream_headers_to_append: {
                      patterns: [{ exact: 'impersonate-group' }, { prefix: 'impersonate-extra-' }],
                    },
                  },
                },
              }
        for (const check of checks) {
          assert.partialDeepStrictEqual(check, { ...common, ...own })
          assert.notEqual(check['failure_mode_allow'], true)
          assert.equal(check['with_request_body'], undefined)
        }
      })

      it('allows SPDY, many headers and no underscores, beside what Istio allows', async () => {
        const managers = await configured('HttpConnectionManager')
        const ofGateway = managers.find((manager) =>
          JSON.stringify(manager).includes('attache-pre-filter'),
        )
        assert.partialDeepStrictEqual(ofGateway, {
          upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'SPDY/3.1' }],
          max_request_headers_kb: 128,
          common_http_protocol_options: {
            max_headers_count: 1000,
            headers_with_underscores_action: 'REJECT_REQUEST',
          },
        })
        const options = await configured('http.v3.HttpProtocolOptions')
        const roomy = options.filter((one) =>
          JSON.stringify(one).includes('"max_headers_count":1000'),
        )
        assert.equal(roomy.length > 0, transport === 'http')
      })

      it("shows Attaché the gateway's secret, and upstreams what it said alone", async () => {
        callers.length = 0
        const headers = [
          'X-Who: root',
          'X-Attache-Caller: guess',
          'Impersonate-Group: system:masters',
          'Kubeflow-Groups: x',
        ]
        const response = await http1Request(mesh.ingress.port, { headers })
        assert.equal(response.status, 200)
        assert.deepEqual(callers, [secret])
        const { lines } = seenBy(response)
        assert.deepEqual(values(lines, 'x-who'), ['alice'])
        assert.deepEqual(values(lines, 'impersonate-group'), ['a, b', 'c'])
        assert.deepEqual(values(lines, 'kubeflow-groups'), [])
        assert.deepEqual(linesNamed(lines, /^x-attache-/), [])
      })

      it('refuses a name with an underscore', async () => {
        const response = await http1Request(mesh.ingress.port, { headers: ['X_Who: root'] })
        assert.equal(response.status, 400)
      })
    })
  }

  it('takes the appender as a TrafficExtension, behind jwt_authn', async () => {
    const objects = printed(everything('grpc'), { appender: 'traffic-extension' })
    await mesh.apply(objects)
    const [filters = []] = await mesh.ingress.httpFilters()
    const at = (name: string) => filters.findIndex((filter) => filter.includes(name))
    assert.ok(at('istio-ingressgateway-attache-appender') > at('jwt_authn'), filters.join())
    const scripts = await configured('lua.v3.Lua')
    const appender = scripts.find((one) => JSON.stringify(one).includes('attache appender failed'))
    assert.equal(appender?.['clear_route_cache'], false)
    const response = await http1Request(mesh.ingress.port)
    assert.deepEqual(values(seenBy(response).lines, 'impersonate-group'), ['a, b', 'c'])
    await mesh.remove(objects)
  })

  it('merges what a later EnvoyFilter sets, in both spellings, but no false and no value that is the default', async () => {
    const objects = [...printed(everything('grpc'), {}), loosening]
    await mesh.apply(objects)
    const [check] = await configured('ext_authz.v3.ExtAuthz')
    assert.partialDeepStrictEqual(check, {
      validate_mutations: true,
      decoder_header_mutation_rules: { disallow_all: true, allow_all_routing: true },
    })
    const managers = await configured('HttpConnectionManager')
    const ofGateway = managers.find((manager) => JSON.stringify(manager).includes('attache-route'))
    assert.partialDeepStrictEqual(ofGateway, {
      normalize_path: true,
      common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' },
    })
    await mesh.remove(objects)
  })

  it('checks none of the paths that are left out, and cleans them all the same', async () => {
    const given = { 'unchecked-path': ['/assets/*'] }
    const objects = printed(everything('grpc'), given)
    await mesh.apply(objects)
    callers.length = 0
    const headers = ['X-Who: root', 'Impersonate-User: root', 'X-Attache-Source: 1', 'X-Kept: 1']
    const response = await http1Request(mesh.ingress.port, { path: '/assets/a.js', headers })
    assert.equal(response.status, 200)
    assert.deepEqual(callers, [])
    const { lines } = seenBy(response)
    assert.deepEqual(linesNamed(lines, /^(x-who|impersonate|x-attache)/), [])
    assert.ok(linesNamed(lines, /^x-kept/).length > 0)
    await mesh.remove(objects)
  })

  it('reaches a Kubernetes Gateway by targetRefs', async () => {
    const labels = { 'gateway.networking.k8s.io/gateway-name': 'outer' }
    const gateway = { name: 'outer', namespace: 'istio-system' }
    const outer = await startIstioGateway({
      binary: programs.get().envoy,
      istiod: mesh.istiod,
      name: 'outer',
      labels,
    })
    stops.push(outer.envoy.stop)
    await mesh.apply([
      ...loopbackService({ ...gateway, labels, ports: { 80: await freePort() } }),
      gatewayObject({ ...gateway, selector: labels, port: 80 }),
      ...printed(everything('grpc'), {
        for: ['mesh', 'kubernetes-gateway'],
        gateway: 'istio-system/outer',
      }),
    ])
    const [filters = []] = await outer.httpFilters()
    for (const name of ['attache-pre-filter', 'envoy.filters.http.ext_authz', 'attache-appender']) {
      assert.ok(filters.includes(name), filters.join())
    }
    const [others = []] = await mesh.ingress.httpFilters()
    assert.ok(!others.includes('envoy.filters.http.ext_authz'))
  })
})

const managerName = 'envoy.filters.network.http_connection_manager'
const extensions = 'type.googleapis.com/envoy.extensions.filters'

/** Whatever somebody could want to take back of what ours set. */
const loosening = {
  apiVersion: 'networking.istio.io/v1alpha3',
  kind: 'EnvoyFilter',
  metadata: { namespace: 'istio-system', name: 'of-somebody' },
  spec: {
    priority: 10,
    workloadSelector: { labels: { app: 'istio-ingressgateway' } },
    configPatches: [
      {
        applyTo: 'HTTP_FILTER',
        match: {
          context: 'GATEWAY',
          listener: {
            filterChain: {
              filter: { name: managerName, subFilter: { name: 'envoy.filters.http.ext_authz' } },
            },
          },
        },
        patch: {
          operation: 'MERGE',
          value: {
            name: 'envoy.filters.http.ext_authz',
            typed_config: {
              '@type': `${extensions}.http.ext_authz.v3.ExtAuthz`,
              validateMutations: false,
              decoderHeaderMutationRules: { disallow_all: false, allowAllRouting: true },
            },
          },
        },
      },
      {
        applyTo: 'NETWORK_FILTER',
        match: { context: 'GATEWAY', listener: { filterChain: { filter: { name: managerName } } } },
        patch: {
          operation: 'MERGE',
          value: {
            name: managerName,
            typed_config: {
              '@type': `${extensions}.network.http_connection_manager.v3.HttpConnectionManager`,
              normalizePath: false,
              common_http_protocol_options: { headersWithUnderscoresAction: 0 },
            },
          },
        },
      },
    ],
  },
}

/** Attaché's own Service, with a server for each transport behind it. */
function services({
  name,
  grpc,
  http,
}: {
  readonly name: string
  readonly grpc: number
  readonly http: number
}): readonly KubeObject[] {
  const [service, pod] = loopbackService({
    name,
    namespace: name,
    ports: { 9090: grpc, 8080: http },
  })
  assert.ok(service !== undefined && pod !== undefined)
  const spec = {
    selector: { app: name },
    ports: [
      { name: 'grpc', port: 9090, targetPort: 'port-9090', appProtocol: 'grpc' },
      { name: 'http-check', port: 8080, targetPort: 'port-8080' },
    ],
  }
  return [{ ...service, spec }, pod]
}
