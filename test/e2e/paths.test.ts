/**
 * A path that Attaché judges must not become another one on its way: whatever a real Envoy's listener
 * is set to, the path that goes upstream takes the route that the path as received took.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as fc from 'fast-check'
import { compileTargets, type Target } from '../../src/routes/target.ts'
import { config, routeConfig, signInConfig } from '../support/config.ts'
import { type Envoy, startEnvoy } from '../support/envoy.ts'
import { envoy } from '../support/parts.ts'
import { http1Request } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Seen, startHttp1Upstream, type Upstream } from '../support/upstream.ts'

const envoyPart = await part('Envoy', () => envoy())

/** Every way in which a listener may change a path before it is checked or after. */
const listeners = [true, false].flatMap((normalize_path) =>
  [true, false].flatMap((merge_slashes) =>
    ['KEEP_UNCHANGED', 'UNESCAPE_AND_FORWARD'].map((action) => ({
      name: `${normalize_path} ${merge_slashes} ${action}`,
      options: { normalize_path, merge_slashes, path_with_escaped_slashes_action: action },
    })),
  ),
)

function bootstrap(upstreamPort: number): object {
  return {
    static_resources: {
      listeners: listeners.map(({ name, options }) => ({
        name,
        address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
        filter_chains: [{ filters: [connectionManager(options)] }],
      })),
      clusters: [cluster(upstreamPort)],
    },
  }
}

function connectionManager(options: object): object {
  const route = { match: { prefix: '/' }, route: { cluster: 'upstream' } }
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type':
        'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: 'paths',
      ...options,
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [route] }] },
      http_filters: [
        {
          name: 'envoy.filters.http.router',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
          },
        },
      ],
    },
  }
}

function cluster(port: number): object {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } }
  return {
    name: 'upstream',
    type: 'STATIC',
    load_assignment: {
      cluster_name: 'upstream',
      endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
    },
  }
}

const routes = ['/public/*', '/a/{ns}/b', '/a/*', '/b', '/a', '/admin/*', '/'].map((path, index) =>
  routeConfig({
    name: path,
    match: [{ paths: [path], hosts: undefined, methods: undefined }],
    identity: index === 0 ? undefined : 'headers',
    access: index === 0 ? 'public' : 'authenticated',
  }),
)
const targets = compileTargets(
  config({ routes, signIn: signInConfig({ logoutPaths: ['/a/out'] }) }),
)

function targetOf(path: string): string {
  const target: Target = targets({ method: 'GET', host: 'app.example.com', path })
  switch (target.kind) {
    case 'route':
      return `${target.route.name} ${JSON.stringify(target.captures)} ${target.isApiPath}`
    case 'sign-in':
      return `sign-in ${target.endpoint}`
    case 'none':
    case 'ambiguous':
    case 'malformed':
      return target.kind
  }
}

const parseSeen: (text: string) => Seen = JSON.parse

const pieces = [
  ...['a', 'b', 'public', 'admin', 'api', 'oauth2', 'callback', 'out', 'A', 'x-1'],
  ...['/', '/', '/', '//', '.', '..', '\\', ';', ';x', '..;', ':', '~', '!', '*'],
  ...['%2f', '%2F', '%5c', '%5C', '%2e', '%2E', '%2e%2e', '%61', '%62', '%41', '%25', '%252f'],
  ...['%3b', '%3B', '%00', '%20', '%23', '%3f', '%7e', '%zz', '%', '?q=/../b', '"', '<', '{', '|'],
]

describe('a path through Envoy', { skip: envoyPart.skip }, () => {
  let upstream: Upstream
  let running: Envoy
  before(async () => {
    upstream = await startHttp1Upstream()
    running = await startEnvoy({ binary: envoyPart.get(), config: bootstrap(upstream.port) })
  })
  after(async () => {
    await running.stop()
    await upstream.stop()
  })

  it('keeps the route on which it was judged, however the listener changes it', async () => {
    let judged = 0
    const path = fc
      .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 9 })
      .map((parts) => `/${parts.join('')}`)
    await fc.assert(
      fc.asyncProperty(path, async (asked) => {
        const expected = targetOf(asked)
        if (expected === 'ambiguous' || expected === 'malformed') return
        for (const { name } of listeners) {
          const response = await http1Request(running.port(name), { path: asked })
          if (response.status !== 200) continue
          const seen = parseSeen(response.body)
          assert.equal(targetOf(seen.path), expected, `${asked} became ${seen.path} with ${name}`)
          judged += 1
        }
      }),
      { numRuns: 300 },
    )
    assert.ok(judged > 300, `only ${judged} paths went through`)
  })
})
