import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Envoy, startEnvoy } from './envoy.ts'
import { envoy, envoyVersions } from './parts.ts'
import { http1Request, http2Request, openTunnel, seenBy, sendBytes } from './raw-client.ts'
import { part } from './require.ts'
import { startHttp1Upstream, startHttp2Upstream, type Upstream } from './upstream.ts'
import { linesNamed, values } from './wire.ts'

const hcmType =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const optionsType = 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

function forwarding({ http1, http2 }: { readonly http1: number; readonly http2: number }) {
  const cluster = (name: string, port: number) => ({
    name,
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
    },
  })
  const routes = [
    { match: { prefix: '/h2' }, route: { cluster: 'http2' } },
    { match: { prefix: '/' }, route: { cluster: 'http1' } },
  ]
  return {
    static_resources: {
      listeners: [
        {
          name: 'front',
          address: address(0),
          filter_chains: [
            {
              filters: [
                {
                  name: 'hcm',
                  typed_config: {
                    '@type': hcmType,
                    stat_prefix: 'front',
                    upgrade_configs: [{ upgrade_type: 'websocket' }],
                    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
                    http_filters: [
                      {
                        name: 'envoy.filters.http.router',
                        typed_config: {
                          '@type':
                            'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
                        },
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
      clusters: [
        cluster('http1', http1),
        {
          ...cluster('http2', http2),
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': optionsType,
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
        },
      ],
    },
  }
}

function address(port: number) {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}

const repeated = [
  ['x-group', 'a,b'],
  ['x-group', 'Jürgen'],
  ['x-group', 'a,b'],
] as const

for (const version of envoyVersions) {
  const binary = await part(`Envoy ${version}`, async () => envoy(version))

  describe(`the test bed with Envoy ${version}`, { skip: binary.skip }, () => {
    let upstreams: readonly Upstream[] = []
    let proxy: Envoy

    before(async () => {
      const http1 = await startHttp1Upstream()
      const http2 = await startHttp2Upstream()
      upstreams = [http1, http2]
      const config = forwarding({ http1: http1.port, http2: http2.port })
      proxy = await startEnvoy({ binary: binary.get(), config })
    })
    after(async () => {
      await proxy.stop()
      for (const upstream of upstreams) await upstream.stop()
    })

    for (const path of ['/h1', '/h2']) {
      for (const [client, request] of [
        ['HTTP/1.1', http1Request],
        ['HTTP/2', http2Request],
      ] as const) {
        it(`shows each header line apart from ${client} to ${path}`, async () => {
          // http1Request writes latin1: send the UTF-8 bytes as such.
          const headers = repeated.map(
            ([name, value]) => [name, Buffer.from(value).toString('latin1')] as const,
          )
          const { lines } = seenBy(await request(proxy.port(), { path, headers }))
          assert.equal(linesNamed(lines, /^x-group$/).length, 3)
          assert.deepEqual(
            values(lines, 'x-group'),
            repeated.map(([, value]) => value),
          )
        })
      }
    }

    it('carries an upgrade', async () => {
      const headers = ['Connection: Upgrade', 'Upgrade: websocket']
      const tunnel = await openTunnel(proxy.port(), { headers })
      assert.equal(tunnel.response.status, 101)
      assert.equal(await tunnel.read(), 'hello')
      assert.equal(await tunnel.exchange('ping'), 'ping')
      tunnel.close()
    })

    it('answers bytes that are no request', async () => {
      assert.equal((await sendBytes(proxy.port(), 'GET / HTTP/1.1\r\n: x\r\n\r\n')).status, 400)
    })

    it('reads the admin interface', async () => {
      assert.match(await proxy.admin('/server_info'), new RegExp(version))
    })
  })
}

const binary = await part('Envoy', async () => envoy())
describe('startEnvoy()', { skip: binary.skip }, () => {
  it('rejects with the log when Envoy refuses the configuration', async () => {
    const config = { static_resources: { listeners: [{ name: 'x', no_such_field: 1 }] } }
    await assert.rejects(startEnvoy({ binary: binary.get(), config }), /no_such_field/)
  })
})
