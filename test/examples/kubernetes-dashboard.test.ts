/** Kubernetes Dashboard's example: each module calls with the user's own token, and has no right itself. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { DashboardServer } from '../support/dashboard-call.ts'
import { createObject } from '../support/kube-objects.ts'
import { startKubernetesDashboard } from '../support/kubernetes-dashboard.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { envoy } from '../support/parts.ts'
import { http1Request, type RequestLine } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
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

const example = 'kubernetes-dashboard'
const host = dashboardHost(example)
const configmaps = '/api/v1/configmap/team'
const shell = '/api/v1/pod/team/none/shell'

describe('examples/kubernetes-dashboard', { skip: programs.skip || binary.skip }, () => {
  let bed: DashboardBed
  before(async () => {
    bed = await startDashboardBed({
      programs: programs.get(),
      binary: binary.get(),
      example,
      start: async ({ gateway }) => startKubernetesDashboard({ gateway }),
    })
    await createObject(bed.cluster.api, '/api/v1/namespaces/team/configmaps', {
      metadata: { name: 'seen-by-alice' },
    })
  })
  after(async () => bed.stop())

  /** Whom the API server took the last request of that path for. */
  async function lastUser(path: string): Promise<unknown> {
    const event = (await bed.cluster.api.auditLog()).findLast(
      ({ requestURI, stage, impersonatedUser }) =>
        stage === 'ResponseComplete' && requestURI === path && impersonatedUser !== undefined,
    )
    return event?.['impersonatedUser']
  }

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
        const clients = await dashboardClients(bed, gateway, { host, home: '/' })
        browsers = clients.browsers
        send = clients.send
      })

      /** Past the gateway, as `kubectl port-forward` would. */
      const direct = async (path: string, headers: readonly RequestLine[] = []) =>
        (await http1Request(gateway.dashboard.port, { path, headers })).status

      it('shows a page to who has signed in, and nothing to anybody else', async () => {
        const page = await browsers.alice.navigate('/')
        assert.deepEqual([page.status, page.body], [200, 'the page of the dashboard'])
        const count = gateway.dashboard.count()
        for (const path of ['/', configmaps, shell, '/api/v1/me', '/settings']) {
          assert.equal((await send(path)).status, 401, path)
          assert.equal((await send(path, [['Authorization', 'Bearer forged']])).status, 401, path)
          assert.equal((await send(path, [['Impersonate-User', 'admin']])).status, 401, path)
        }
        assert.equal(gateway.dashboard.count(), count, 'the dashboard was asked')
      })

      it('gives each user what the API server’s own rules give them', async () => {
        const alice = await browsers.alice.fetch(configmaps)
        assert.equal(alice.status, 200, alice.body)
        assert.match(alice.body, /"name":"seen-by-alice"/)
        const bob = await browsers.bob.fetch(configmaps)
        assert.equal(bob.status, 403)
        assert.match(bob.body, /User \\"bob@example\.com\\" cannot list resource/)
      })

      it('skips the dashboard’s own login, and tells the API server the whole user', async () => {
        assert.equal((await browsers.alice.fetch('/api/v1/me')).status, 200)
        assert.partialDeepStrictEqual(await lastUser('/version'), {
          username: people.alice.email,
          groups: [...people.alice.groups, 'system:authenticated'],
          extra: { 'example.com/source': ['127.0.0.1'] },
        })
      })

      it('takes a token at the dashboard’s login, from who has signed in', async () => {
        const login = async (token: string) =>
          browsers.bob.fetch('/api/v1/login', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ token }),
          })
        assert.equal((await login(await bed.token('alice'))).status, 200)
        assert.equal((await login('forged')).status, 401)
        assert.equal((await login(bed.ownToken)).status, 401)
        // Its page sends that token from then on, and it counts more than the session.
        const authorization = `Bearer ${await bed.token('alice')}`
        const withIt = await browsers.bob.fetch(configmaps, { headers: { authorization } })
        assert.equal(withIt.status, 200)
      })

      it('opens a shell over SPDY with the user’s own rights', async () => {
        const alice = await browsers.alice.fetch(shell)
        // The request got as far as the pod, which there is not.
        assert.equal(alice.status, 404, alice.body)
        assert.match(alice.body, /pods \\"none\\" not found/)
        const bob = await browsers.bob.fetch(shell)
        assert.equal(bob.status, 403)
        assert.match(bob.body, /cannot create resource \\"pods\/exec\\"/)
      })

      it('changes nothing from another site', async () => {
        const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
        const answer = await browsers.alice.fetch('/api/v1/login', { method: 'POST', headers })
        assert.equal(answer.status, 403)
      })

      it('acts as nobody but the user, whatever headers a client adds', async () => {
        const forged = [
          'impersonate-user',
          'impersonate-group',
          'x-remote-user',
          'x-forwarded-user',
          'x-forwarded-email',
          'x-attache-requested-impersonate-user',
          'cluster-context',
        ]
        for (const name of forged) {
          const headers = {
            [name]: people.alice.email,
            authorization: `Bearer ${await bed.token('bob')}`,
          }
          assert.equal((await browsers.alice.fetch('/api/v1/me', { headers })).status, 200, name)
          assert.partialDeepStrictEqual(await lastUser('/version'), { username: people.bob.email })
        }
      })

      it('gives nothing to who reaches the dashboard past the gateway', async () => {
        assert.equal(await direct(configmaps), 401)
        assert.equal(await direct(configmaps, [['X-Forwarded-User', people.alice.email]]), 401)
        assert.equal(await direct(configmaps, [['Impersonate-User', people.alice.email]]), 401)
        assert.equal(await direct(configmaps, [['Authorization', 'Bearer forged']]), 401)
        assert.equal(await direct('/settings'), 401)
        const authorization: RequestLine = ['Authorization', `Bearer ${await bed.token('bob')}`]
        assert.equal(await direct(configmaps, [authorization]), 403)
        // The module asks to act as her, and the gateway takes that from nobody here.
        assert.equal(
          await direct(configmaps, [authorization, ['Impersonate-User', people.alice.email]]),
          400,
        )
      })

      it('gives nothing to the dashboard’s own account', async () => {
        const { api } = bed.cluster
        const powerful: DashboardServer = await gateway.another(async (around) =>
          startKubernetesDashboard(around),
        )
        const through = await http1Request(powerful.port, { path: configmaps })
        assert.equal(through.status, 401)
        const path = '/api/v1/namespaces/team/configmaps'
        const straight = await api.request('GET', path, { token: bed.ownToken })
        assert.equal(straight.status, 403)
      })
    })
})
