/** CEL in mappings and routes, and anonymous paths: the whole service behind a real Envoy. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { envoy } from '../support/parts.ts'
import { http1Bytes, http1Request, seenBy, sendBytes } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { values } from '../support/wire.ts'
import { hosts, identityOf } from './platform.ts'

const binary = await part('Envoy', envoy)

function sections(issuer: string) {
  return {
    insecureIssuers: [issuer],
    authentication: {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthenticationConfiguration',
      anonymous: { enabled: true, conditions: [{ path: '/livez' }, { path: '/team/a' }] },
      jwt: [
        {
          issuer: { url: issuer, audiences: ['platform'] },
          claimValidationRules: [
            { expression: "claims.tenant in ['one', 'two']", message: 'unknown tenant' },
          ],
          claimMappings: {
            username: { expression: "claims.tenant + ':' + claims.sub" },
            groups: { expression: "dyn(claims.roles).map(r, claims.tenant + ':' + r)" },
            uid: { expression: 'claims.sub' },
            extra: [{ key: 'example.com/tenant', valueExpression: 'claims.tenant' }],
          },
          userValidationRules: [{ expression: "!user.username.endsWith(':root')" }],
        },
      ],
    },
    routes: [
      {
        match: { hosts: [hosts.kubeflow], paths: ['/team/{team}', '/team/{team}/*'] },
        identity: 'kubeflow',
        when: "'one:' + captures.team in user.groups && request.method != 'DELETE'",
      },
      { match: { hosts: [hosts.kubernetes] }, identity: 'impersonate' },
    ],
    impersonate: { credential: 'none' },
  }
}

describe('expressions, through Envoy', { skip: binary.skip }, () => {
  let service: Service
  let gateways: Readonly<Record<'grpc' | 'http', Gateway>>
  before(async () => {
    service = await startService({ config: sections })
    const shared = { checkPorts: service.attache.ports, binary: binary.get() }
    gateways = {
      grpc: await startGateway({ ...shared, transport: 'grpc' }),
      http: await startGateway({ ...shared, transport: 'http' }),
    }
  })
  after(async () => {
    await gateways.grpc.stop()
    await gateways.http.stop()
    await service.stop()
  })

  for (const transport of ['grpc', 'http'] as const) {
    const alice = { sub: 'alice', tenant: 'one', roles: ['a', 'x,y'] }

    it(`make the whole user over ${transport}`, async () => {
      const headers = [`Authorization: Bearer ${await service.issuer.mint(alice)}`]
      const seen = seenBy(
        await http1Request(gateways[transport].port, { host: hosts.kubernetes, headers }),
      )
      assert.deepEqual(identityOf(seen), [
        'impersonate-extra-example.com%2ftenant: one',
        'impersonate-group: one:a',
        'impersonate-group: one:x,y',
        'impersonate-uid: alice',
        'impersonate-user: one:alice',
      ])
    })

    const refused = [
      { when: 'a rule is false', claims: { ...alice, tenant: 'three' } },
      { when: 'a rule of the user is false', claims: { ...alice, sub: 'root' } },
      { when: 'a claim is missing', claims: { ...alice, roles: undefined } },
      { when: 'a claim has another type', claims: { ...alice, roles: ['a', 1] } },
      { when: 'a claim has another type, a map', claims: { ...alice, tenant: { one: 1 } } },
    ]
    for (const { when, claims } of refused) {
      it(`refuse the token over ${transport} when ${when}, also where nobody would do`, async () => {
        const headers = [`Authorization: Bearer ${await service.issuer.mint(claims)}`]
        for (const path of ['/api', '/livez']) {
          const bytes = http1Bytes({ host: hosts.kubernetes, path, headers })
          assert.equal((await sendBytes(gateways[transport].port, bytes)).status, 401)
        }
      })
    }

    it(`let in over ${transport} whom the route's condition admits, and nobody else`, async () => {
      const { port } = gateways[transport]
      const authorization = `Authorization: Bearer ${await service.issuer.mint(alice)}`
      const status = async (path: string, { method = 'GET', headers = [authorization] } = {}) =>
        (await sendBytes(port, http1Bytes({ host: hosts.kubeflow, path, method, headers }))).status
      assert.equal(await status('/team/a/x'), 200)
      assert.equal(await status('/team/a'), 200)
      assert.equal(await status('/team/b/x'), 403)
      assert.equal(await status('/team/a/x', { method: 'DELETE' }), 403)
      assert.equal(await status('/team/a;x'), 400)
      assert.equal(await status('/team/a/x', { headers: [] }), 401)
      // Anonymous there, and no condition lets nobody in.
      assert.equal(await status('/team/a', { headers: [] }), 403)
    })

    it(`name who sends nothing over ${transport} where that is enough, and only there`, async () => {
      const { port } = gateways[transport]
      const options = { host: hosts.kubernetes, path: '/livez?verbose' }
      const seen = seenBy(await http1Request(port, options))
      assert.deepEqual(identityOf(seen), [
        'impersonate-group: system:unauthenticated',
        'impersonate-user: system:anonymous',
      ])
      for (const [path, status] of [
        ['/livez/', 401],
        ['/LIVEZ', 401],
        ['/', 401],
        ['/livez;x', 400],
      ] as const) {
        const bytes = http1Bytes({ host: hosts.kubernetes, path })
        assert.equal((await sendBytes(port, bytes)).status, status, path)
      }
      // What this Envoy makes of a path before it asks is also what the upstream gets.
      for (const path of ['//livez', '/api/../livez', '/%6civez']) {
        const normal = seenBy(await http1Request(port, { host: hosts.kubernetes, path }))
        assert.equal(normal.path, '/livez')
      }
    })

    it(`give over ${transport} who sends junk no identity where nobody would do`, async () => {
      const { port, upstream } = gateways[transport]
      const count = upstream.seen.length
      for (const line of ['Authorization: Bearer junk', 'Authorization: bearer a.b.c']) {
        const bytes = http1Bytes({ host: hosts.kubernetes, path: '/livez', headers: [line] })
        assert.equal((await sendBytes(port, bytes)).status, 401)
      }
      assert.equal(upstream.seen.length, count)
    })

    it(`take the client's own identity away over ${transport} where it is anonymous`, async () => {
      const headers = ['X-Remote-User: root', 'kubeflow-userid: root']
      const options = { host: hosts.kubernetes, path: '/livez', headers }
      const { lines } = seenBy(await http1Request(gateways[transport].port, options))
      assert.deepEqual(values(lines, 'impersonate-user'), ['system:anonymous'])
      assert.ok(!lines.some((line) => line.includes('root')))
    })
  }
})
