/** Headlamp's example: its calls come back through Envoy with the user's own rights, and it has none itself. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { DashboardServer } from '../support/dashboard-call.ts'
import { startHeadlamp } from '../support/headlamp.ts'
import { createObject } from '../support/kube-objects.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import {
  http1Request,
  openTunnel,
  type RawResponse,
  type RequestLine,
} from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { utf8, values } from '../support/wire.ts'
import {
  type DashboardBed,
  type DashboardGateway,
  people,
  startDashboardBed,
} from './dashboard-bed.ts'
import { type DashboardClients, dashboardClients } from './dashboard-clients.ts'
import { dashboardHost } from './dashboard-envoy.ts'
import { refusedManifests } from './manifests.ts'

const programs = await part('kube-apiserver', kubernetesPrograms)
const binary = await part('Envoy', async () => envoy())

const example = 'headlamp'
const host = dashboardHost(example)
const configmaps = '/clusters/main/api/v1/namespaces/team/configmaps'
const review = '/clusters/main/apis/authentication.k8s.io/v1/selfsubjectreviews'
const upgrade: readonly RequestLine[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
]

describe('examples/headlamp', { skip: programs.skip || binary.skip }, () => {
  let bed: DashboardBed
  before(async () => {
    bed = await startDashboardBed({
      programs: programs.get(),
      binary: binary.get(),
      example,
      start: async ({ gateway }) => startHeadlamp({ gateway }),
    })
    await createObject(bed.cluster.api, '/api/v1/namespaces/team/configmaps', {
      metadata: { name: 'seen-by-alice' },
    })
  })
  after(async () => bed.stop())

  const tls = () => ({ ca: bed.ca, servername: host })

  it('has manifests that the API server takes', async () => {
    assert.deepEqual(await refusedManifests(bed.cluster.api, example), [])
  })

  for (const transport of ['grpc', 'http'] as const)
    describe(`with checks over ${transport}`, () => {
      let gateway: DashboardGateway
      let browsers: DashboardClients['browsers']
      let send: DashboardClients['send']
      before(async () => {
        gateway = bed.gateways[transport]
        const clients = await dashboardClients(bed, gateway, { host, home: '/c/main' })
        browsers = clients.browsers
        send = clients.send
      })

      const whoami = async (headers: readonly RequestLine[]) =>
        http1Request(gateway.envoy.port(), {
          host,
          path: review,
          method: 'POST',
          headers: [['Content-Type', 'application/json'], ...headers],
          body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
          tls: tls(),
        })

      /** Past the gateway, as `kubectl port-forward` would. */
      const direct = async (headers: readonly RequestLine[]) =>
        http1Request(gateway.dashboard.port, { path: configmaps, headers })

      it('shows a page to who has signed in, and nothing to anybody else', async () => {
        const page = await browsers.alice.navigate('/c/main')
        assert.deepEqual([page.status, page.body], [200, 'the page of Headlamp'])
        const count = gateway.dashboard.count()
        for (const path of ['/c/main', configmaps, '/clusters/main/me', '/wsMultiplexer?path=/x']) {
          assert.equal((await send(path)).status, 401, path)
          assert.equal((await send(path, [['Cookie', 'headlamp-auth-main.0=x']])).status, 401)
          assert.equal((await send(path, [['X-Forwarded-User', people.alice.email]])).status, 401)
        }
        assert.equal(gateway.dashboard.count(), count, 'Headlamp was asked')
      })

      it('gives each user what the API server’s own rules give them', async () => {
        const alice = await browsers.alice.fetch(configmaps)
        assert.equal(alice.status, 200, alice.body)
        assert.match(alice.body, /"name":"seen-by-alice"/)
        const bob = await browsers.bob.fetch(configmaps)
        assert.equal(bob.status, 403)
        assert.match(bob.body, /User \\"bob@example\.com\\" cannot list resource/)
      })

      it('tells the API server the whole user, and its audit log by what way', async () => {
        const answer = await browsers.alice.fetch(review, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'user-agent': 'Mozilla/5.0' },
          body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
        })
        assert.equal(answer.status, 201, answer.body)
        const event = (await bed.cluster.api.auditLog()).findLast(
          ({ requestURI, stage }) =>
            stage === 'ResponseComplete' && String(requestURI).includes('selfsubjectreviews'),
        )
        assert.partialDeepStrictEqual(event, {
          user: { username: 'system:serviceaccount:attache:impersonator' },
          impersonatedUser: {
            username: people.alice.email,
            groups: [...people.alice.groups, 'system:authenticated'],
            extra: {
              'example.com/source': ['127.0.0.1'],
              'example.com/program': ['Headlamp 0.45.0 (linux/amd64)'],
            },
          },
        })
      })

      it('shows whom the gateway says, and no name that a client claims', async () => {
        const headers = { 'x-forwarded-user': 'admin', 'X-Forwarded-User': 'admin' }
        const { body } = await browsers.alice.fetch('/clusters/main/me', { headers })
        assert.deepEqual(JSON.parse(body), {
          username: people.alice.email,
          email: people.alice.email,
        })
      })

      it('passes a watch over a WebSocket, for those who may watch', async () => {
        const path = `${configmaps}?watch=1&resourceVersion=0`
        const cookie = [...browsers.alice.jar()]
          .map(([name, value]) => `${name}=${value}`)
          .join('; ')
        const open = async (
          credential: readonly RequestLine[],
          { protocols = 'base64.binary.k8s.io', origin = `https://${host}` } = {},
        ) =>
          openTunnel(gateway.envoy.port(), {
            host,
            path,
            headers: [
              ...upgrade,
              ['Sec-WebSocket-Protocol', protocols],
              // The API server refuses a WebSocket without one.
              ['Origin', origin],
              ...credential,
            ],
            tls: tls(),
          })
        const watch = await open([['Cookie', cookie]])
        assert.equal(watch.response.status, 101, watch.response.body)
        let seen = ''
        const name = `new-${transport}`
        await createObject(bed.cluster.api, '/api/v1/namespaces/team/configmaps', {
          metadata: { name },
        })
        while (!seen.includes(name)) {
          const more = await watch.read()
          assert.notEqual(more, '', 'the watch has ended')
          seen += more
        }
        watch.close()
        const token = Buffer.from(await bed.token('alice')).toString('base64url')
        const protocols = `base64url.bearer.authorization.k8s.io.${token}, base64.binary.k8s.io`
        const byToken = await open([], { protocols })
        assert.equal(byToken.response.status, 101)
        assert.deepEqual(values(byToken.response.lines, 'sec-websocket-protocol'), [
          'base64.binary.k8s.io',
        ])
        byToken.close()
        const refused = [
          open([['Authorization', `Bearer ${await bed.token('bob')}`]]),
          open([]),
          open([['Cookie', cookie]], { origin: 'https://evil.example' }),
        ]
        const statuses = (await Promise.all(refused)).map(({ response }) => response.status)
        assert.deepEqual(statuses, [403, 401, 403])
      })

      it('acts as nobody but the user, whatever headers and cookies a client adds', async () => {
        const bob = await bed.token('bob')
        const alice = await bed.token('alice')
        const forged: readonly RequestLine[] = [
          ['Impersonate-User', 'admin'],
          ['Impersonate-Group', 'system:masters'],
          ['X-Remote-Id-Token', alice],
          ['X-Remote-User', people.alice.email],
          ['X-Forwarded-User', people.alice.email],
          ['X-Forwarded-Groups', 'system:masters'],
          ['X-Forwarded-Host', 'kubernetes.example.com'],
          ['X-Attache-Requested-Impersonate-User', 'admin'],
        ]
        for (const line of forged) {
          const answer = await whoami([['Authorization', `Bearer ${bob}`], line])
          assert.equal(answer.status, 201, String(line))
          assert.deepEqual(usernameIn(answer), people.bob.email, String(line))
        }
        // The token that the gateway gives comes before one that Headlamp has put into a cookie.
        const cookie = [...browsers.bob.jar()].map(([name, value]) => `${name}=${value}`).join('; ')
        const answer = await whoami([
          ['Cookie', `${cookie}; headlamp-auth-main.0=${alice}`],
          ['Sec-Fetch-Site', 'same-origin'],
        ])
        assert.equal(usernameIn(answer), people.bob.email)
      })

      it('gives nothing to who reaches Headlamp past the gateway', async () => {
        const nothing: readonly (readonly [RequestLine[], number])[] = [
          [[], 401],
          [[['X-Forwarded-User', people.alice.email]], 401],
          [[['X-Remote-Id-Token', 'forged']], 401],
          [[['Authorization', 'Bearer forged']], 401],
          [[['Cookie', 'headlamp-auth-main.0=forged']], 401],
          [[['Impersonate-User', people.alice.email]], 400],
          [[['Impersonate_User', people.alice.email]], 400],
          [[['X-Attache-Requested-Impersonate-User', people.alice.email]], 401],
        ]
        for (const [headers, status] of nothing) {
          assert.equal((await direct(headers)).status, status, String(headers))
        }
        const alice = `Bearer ${await bed.token('alice')}`
        // With her own token she has her own rights, and nobody else's.
        assert.equal((await direct([['Authorization', alice]])).status, 200)
        const acting = await direct([
          ['Authorization', alice],
          ['Impersonate-User', 'admin'],
        ])
        assert.equal(acting.status, 400)
      })

      it('gives the WebSocket multiplexer nothing without a token of its cookie', async () => {
        const path = `/wsMultiplexer?path=${encodeURIComponent('/api/v1/namespaces/team/configmaps?watch=1')}`
        assert.equal((await browsers.alice.fetch(path)).body, '401')
        const cookie = `headlamp-auth-main.0=${await bed.token('alice')}`
        const authorization = `Bearer ${await bed.token('alice')}`
        const set = await send(path, [
          ['Authorization', authorization],
          ['Cookie', cookie],
        ])
        assert.equal(set.body, '101')
      })

      it('gives nothing to Headlamp’s own account', async () => {
        const { api } = bed.cluster
        const unsafe: DashboardServer = await gateway.another(async (around) =>
          startHeadlamp(around),
        )
        const through = await http1Request(unsafe.port, { path: configmaps })
        assert.equal(through.status, 401)
        const path = configmaps.slice('/clusters/main'.length)
        const straight = await api.request('GET', path, { token: bed.ownToken })
        assert.equal(straight.status, 403)
        const acting = await api.request('GET', path, {
          token: bed.ownToken,
          headers: { 'impersonate-user': people.alice.email },
        })
        assert.equal(acting.status, 403)
      })
    })
})

function usernameIn({ body }: RawResponse): string {
  const parse: (text: string) => {
    readonly status: { readonly userInfo: { readonly username: string } }
  } = JSON.parse
  return parse(utf8(body)).status.userInfo.username
}
