import type { ManifestArguments } from '../../../src/manifests/options.ts'
import { describeFaults, type FaultCase, istiod, mesh } from './fault-cases.ts'
import { add, all, replace, set, without } from './installed.ts'

const http: ManifestArguments = { transport: 'http' }

const cases: readonly FaultCase[] = [
  {
    when: 'failOpen is true',
    change: replace(mesh, ['failOpen: false', 'failOpen: true']),
    what: /failOpen: true/,
    effect: /every request passes unchecked/,
  },
  {
    when: 'failOpen is what YAML 1.1 takes for true',
    change: replace(mesh, ['failOpen: false', 'failOpen: yes']),
    what: /failOpen: true/,
    effect: /every request passes unchecked/,
  },
  {
    when: 'failOpen is a text',
    change: replace(mesh, ['failOpen: false', 'failOpen: \\"true\\"']),
    what: /failOpen: true/,
    effect: /every request passes unchecked/,
  },
  {
    when: 'failOpen is written as in Protocol Buffers',
    change: replace(mesh, ['failOpen: false', 'fail_open: true']),
    what: /failOpen: true/,
    effect: /every request passes unchecked/,
  },
  {
    when: 'the whole provider is written so',
    change: all(
      replace(mesh, ['envoyExtAuthzGrpc', 'envoy_ext_authz_grpc']),
      replace(mesh, ['failOpen: false', 'clear_route_cache: on']),
    ),
    what: /clearRouteCache: true/,
    effect: /chooses the upstream anew/,
  },
  {
    when: 'there is no timeout',
    change: replace(mesh, ['timeout: 10s\\n    ', '']),
    what: /has no timeout/,
    effect: /ten minutes/,
  },
  {
    when: 'the timeout is too long',
    change: replace(mesh, ['timeout: 10s', 'timeout: 1m']),
    what: /timeout 1m, more than 10s/,
    effect: /clients wait/,
  },
  {
    when: 'the timeout is too short',
    change: replace(mesh, ['timeout: 10s', 'timeout: 200ms']),
    what: /timeout 200ms, less than 1s/,
    effect: /does not end in time/,
  },
  {
    when: 'the timeout is no duration',
    change: replace(mesh, ['timeout: 10s', 'timeout: ten']),
    what: /"ten", which is no duration/,
    effect: /istiod does not take/,
  },
  {
    when: 'statusOnError is missing',
    change: replace(mesh, ['statusOnError: \\"503\\"', 'x: y']),
    what: /has no statusOnError/,
    effect: /people read that they may not/,
  },
  {
    when: 'statusOnError is a number',
    change: replace(mesh, ['\\"503\\"', '503']),
    what: /lacks its quotes/,
    effect: /istiod does not take/,
  },
  {
    when: 'statusOnError is a success',
    change: replace(mesh, ['\\"503\\"', '\\"200\\"']),
    what: /statusOnError "200"/,
    effect: /takes the denial for a success/,
  },
  {
    when: 'the body is sent along',
    change: replace(mesh, ['failOpen: false', 'includeRequestBodyInCheck: { maxRequestBytes: 1 }']),
    what: /includeRequestBodyInCheck/,
    effect: /kubectl exec over SPDY hangs/,
  },
  {
    when: 'the route is chosen anew',
    change: replace(mesh, ['failOpen: false', 'clearRouteCache: true']),
    what: /clearRouteCache/,
    effect: /chooses the upstream anew/,
  },
  {
    when: 'a provider is there twice',
    change: replace(mesh, [
      /"mesh":"extensionProviders:\\n(.*)"/,
      '"mesh":"extensionProviders:\\n- { name: attache-grpc, envoyExtAuthzGrpc: { service: attache/attache.attache.svc.cluster.local, port: 9090, timeout: 10s, statusOnError: \\"503\\" } }\\n- { name: attache-grpc, envoyExtAuthzGrpc: { service: attache/attache.attache.svc.cluster.local, port: 9090, timeout: 10s, statusOnError: \\"503\\" } }\\n"',
    ]),
    what: /two providers "attache-grpc"/,
    effect: /denies every request/,
  },
  {
    when: 'a provider is asked by nobody',
    change: replace(mesh, [
      '- name: attache-grpc',
      '- { name: attache-more, envoyExtAuthzGrpc: { service: attache/attache.attache.svc.cluster.local, port: 9090, timeout: 10s, statusOnError: \\"503\\" } }\\n- name: attache-grpc',
    ]),
    severity: 'warning',
    what: /no policy asks the provider "attache-more"/,
    effect: /no effect/,
  },
  {
    when: 'the provider names another Service',
    change: replace(mesh, [
      'service: attache/attache.attache.svc',
      'service: other/attache.other.svc',
    ]),
    what: /names the Service "attache\.other\.svc\.cluster\.local"/,
    effect: /denies every request/,
  },
  {
    when: 'the provider leaves open whose Service it is',
    change: replace(mesh, ['service: attache/attache.attache', 'service: attache.attache']),
    what: /names the service "attache\.attache\.svc\.cluster\.local"/,
    effect: /ServiceEntry .* they answer the checks/,
  },
  {
    when: 'the provider looks for it in another namespace',
    change: replace(mesh, ['service: attache/attache.attache', 'service: team-b/attache.attache']),
    what: /names the service "team-b\/attache\.attache\.svc\.cluster\.local"/,
    effect: /ServiceEntry .* they answer the checks/,
  },
  {
    when: 'the mesh text is not YAML',
    change: all(
      replace(mesh, ['extensionProviders', '{ extensionProviders']),
      add({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: 'istio-system', name: 'istio' },
        data: {
          mesh: 'extensionProviders: [{ name: attache-grpc, envoyExtAuthzGrpc: { service: attache/attache.attache.svc.cluster.local, port: 9090, timeout: 5s, failOpen: false, statusOnError: "503" } }]',
        },
      }),
    ),
    what: /not YAML/,
    effect: /istiod does not take it/,
  },
  {
    when: 'istiod does not read the ConfigMap',
    change: replace(istiod, ['"SHARED_MESH_CONFIG"', '"OTHER"']),
    what: /has no variable SHARED_MESH_CONFIG/,
    effect: /does not know the provider/,
  },
  {
    when: 'istiod alone fetches keys',
    change: replace(istiod, ['PILOT_JWT_ENABLE_REMOTE_JWKS', 'OTHER']),
    severity: 'warning',
    what: /PILOT_JWT_ENABLE_REMOTE_JWKS/,
    effect: /Jwt verification fails/,
  },
  {
    when: 'istiod reads another ConfigMap',
    change: replace(istiod, ['istio-attache', 'istio-other']),
    what: /SHARED_MESH_CONFIG="istio-other"/,
    effect: /does not know the provider/,
  },
  {
    when: 'istiod is not in the files',
    change: without(istiod),
    severity: 'warning',
    what: /istiod's Deployment is not in these files/,
    effect: /denies/,
  },
  {
    when: 'the Service does not say HTTP/2',
    change: set('Service attache', ['spec', 'ports', 0], {
      name: 'check',
      port: 9090,
      targetPort: 9090,
    }),
    what: /port 9090 does not say that it speaks HTTP\/2/,
    effect: /HTTP\/1\.1/,
  },
  {
    when: 'appProtocol overrides a good name',
    change: set('Service attache', ['spec', 'ports', 0, 'appProtocol'], 'http'),
    what: /does not say that it speaks HTTP\/2/,
    effect: /HTTP\/1\.1/,
  },
  {
    when: 'a port for HTTP says HTTP/2',
    given: http,
    change: set('Service attache', ['spec', 'ports', 1, 'name'], 'grpc-web'),
    what: /port 8080 says that it speaks HTTP\/2/,
    effect: /every request is denied/,
  },
  {
    when: 'the Service has no such port',
    change: replace(mesh, ['port: 9090', 'port: 9091']),
    what: /asks port 9091, which Service attache\/attache does not have/,
    effect: /denies every request/,
  },
  {
    when: 'the Service leads to another port',
    change: set('Service attache', ['spec', 'ports', 0, 'targetPort'], 9099),
    what: /port 9090 leads to port 9099, and listen\.grpc is port 9090/,
    effect: /every request is denied/,
  },
  {
    when: 'a named port of the pod is another one',
    change: replace('Deployment attache', ['"containerPort":9090', '"containerPort":9099']),
    what: /leads to port 9099/,
    effect: /every request is denied/,
  },
  {
    when: 'the path prefix differs',
    given: http,
    change: replace(mesh, ['failOpen: false', 'failOpen: false\\n    pathPrefix: /check']),
    what: /pathPrefix "\/check", and listen\.checkPathPrefix is ""/,
    effect: /cannot tell which path/,
  },
  {
    when: 'the check of an upgrade would be one',
    given: http,
    change: replace(mesh, ['- cookie\\n', '- cookie\\n    - upgrade\\n']),
    what: /has "upgrade"/,
    effect: /to be an upgrade itself/,
  },
  {
    when: 'the source is another formatter',
    given: http,
    change: replace(mesh, ['%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%', '%REQ(X-REAL-IP)%']),
    what: /another "x-attache-source"/,
    effect: /cannot tell who connects/,
  },
]

describeFaults('the provider', cases)
