/**
 * What Kubeflow's own tests and people expect at its gateway, with a real Istio in between: each behaviour has the
 * letter by which the issue calls it.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { decodeJwt } from 'jose'
import { meshPrograms } from '../support/istio-mesh.ts'
import type { TokenOptions } from '../support/kube-objects.ts'
import { http1Request, openTunnel, type RequestOptions, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { linesNamed, values } from '../support/wire.ts'
import { createKubeflowBrowser, kubeflowHost } from './istio-browser.ts'
import { type Kubeflow, ownProvider, people, startKubeflow, transports } from './istio-kubeflow.ts'

const programs = await part('Istio', meshPrograms)

const session = /^oauth2_proxy_kubeflow/
const html = ['accept: text/html,application/xhtml+xml']

describe("Kubeflow's gateway", { skip: programs.skip }, () => {
  let kubeflow: Kubeflow
  before(async () => {
    kubeflow = await startKubeflow({ programs: programs.get() })
  })
  after(async () => kubeflow.stop())

  const request = async (path: string, options: Omit<RequestOptions, 'path'> = {}) =>
    http1Request(kubeflow.mesh.ingress.port, { host: kubeflowHost, path, ...options })
  const openBrowser = () => createKubeflowBrowser(kubeflow.mesh.ingress.port)
  const bearer = async (namespace: string, name: string, options?: TokenOptions) =>
    kubeflow.bearer(namespace, name, options)

  for (const transport of transports) {
    describe(`that asks over ${transport}`, () => {
      before(async () => kubeflow.use(transport))

      it('has the provider that istiod has added to those of its own ConfigMap, by name', async () => {
        const mesh = (await kubeflow.mesh.istiod.debug('mesh')) as MeshConfig
        const names = mesh.extensionProviders.map(({ name }) => name)
        assert.ok(names.includes(ownProvider.name))
        assert.equal(names.filter((name) => name === `attache-${transport}`).length, 1)
      })

      it('stands before jwt_authn, and cleans before everything else', async () => {
        for (const gateway of [kubeflow.mesh.ingress, kubeflow.mesh.clusterLocal]) {
          const [filters = []] = await gateway.httpFilters()
          const wanted = [
            'attache-pre-filter',
            'envoy.filters.http.ext_authz',
            'envoy.filters.http.jwt_authn',
            'envoy.filters.http.router',
          ]
          assert.deepEqual(
            filters.filter((name) => wanted.includes(name)),
            wanted,
          )
        }
      })

      it('A1: tells a program that it has no credential, and sends a browser to Dex', async () => {
        const program = await request('/', { headers: ['accept: */*'] })
        assert.equal(program.status, 403)
        assert.deepEqual(values(program.lines, 'set-cookie'), [])
        const browser = await request('/', { headers: html })
        assert.equal(browser.status, 302)
        assert.match(values(browser.lines, 'location')[0] ?? '', /^\/dex\/auth\?/)
      })

      it('A2: begins a sign-in with a redirect on the same host, and one cookie', async () => {
        const { status, lines } = await request('/oauth2/start?rd=/jupyter/', { headers: html })
        assert.equal(status, 302)
        const location = new URL(values(lines, 'location')[0] ?? '', `http://${kubeflowHost}`)
        assert.equal(location.origin, `http://${kubeflowHost}`)
        assert.equal(location.pathname, '/dex/auth')
        assert.equal(location.searchParams.get('redirect_uri'), '/oauth2/callback')
        assert.equal(location.searchParams.get('code_challenge_method'), 'S256')
        assert.equal(values(lines, 'set-cookie').length, 1)
      })

      it('A3: signs in through the form of Dex, and ends where it was asked to', async () => {
        const browser = openBrowser()
        const arrived = await browser.signIn('alice', '/jupyter/?ns=team-a')
        assert.equal(arrived.response.status, 200)
        assert.ok(arrived.redirects >= 1)
        assert.equal(arrived.path, '/jupyter/?ns=team-a')
        assert.ok([...browser.jar().keys()].some((name) => name === 'oauth2_proxy_kubeflow'))
        const seen = seenBy(await browser.fetch('/'))
        assert.deepEqual(values(seen.lines, 'kubeflow-userid'), ['alice@example.com'])
        // The group with a comma fits no such list; the identity token has it.
        assert.deepEqual(values(seen.lines, 'kubeflow-groups'), ['team-a,staff'])
      })

      it('A4: signs in eight at once, whichever replica begins and ends it', async () => {
        const logins = Array.from({ length: 8 }, async () => openBrowser().signIn('bob'))
        const statuses = (await Promise.all(logins)).map(({ response }) => response.status)
        assert.deepEqual(
          statuses,
          Array.from({ length: 8 }, () => 200),
        )
      })

      it('A: begins in several tabs, and each ends where it began', async () => {
        const browser = openBrowser()
        const first = await browser.navigate('/jupyter/?tab=1')
        const second = await browser.signIn('alice', '/?tab=2')
        assert.equal(second.path, '/?tab=2')
        const { path, response } = await browser.open(values(first.lines, 'location')[0] ?? '')
        assert.deepEqual([path, response.status], ['/jupyter/?tab=1', 200])
      })

      it("B1: takes a ServiceAccount's token for the account, with no setting of the cluster", async () => {
        const headers = [await bearer('team-a', 'default-editor')]
        const seen = seenBy(await request('/jupyter/api/namespaces/team-a/notebooks', { headers }))
        const user = 'system:serviceaccount:team-a:default-editor'
        assert.deepEqual(values(seen.lines, 'kubeflow-userid'), [user])
        const groups = 'system:serviceaccounts,system:serviceaccounts:team-a'
        assert.deepEqual(values(seen.lines, 'kubeflow-groups'), [groups])
      })

      it('B2: leaves it to the application what an account may do', async () => {
        for (const path of [
          '/jupyter/api/namespaces/team-a/notebooks',
          '/volumes/api/namespaces/team-a/pvcs',
        ]) {
          const response = await request(path, { headers: [await bearer('default', 'default')] })
          assert.equal(response.status, 403)
          assert.match(
            response.body,
            /"User system:serviceaccount:default:default is not authorized"/,
          )
        }
      })

      it('B3: leaves the cookies of an application alone, both ways', async () => {
        const authorization = await bearer('team-a', 'default-editor')
        const page = await request('/volumes/', { headers: [authorization] })
        const [cookie = ''] = values(page.lines, 'set-cookie')
        const token =
          /^XSRF-TOKEN=([^;]+); SameSite=Strict; Path=\/volumes\/$/.exec(cookie)?.[1] ?? ''
        const post = { method: 'POST', body: '{}' }
        const path = '/volumes/api/namespaces/team-a/pvcs'
        const own = [authorization, `cookie: XSRF-TOKEN=${token}`]
        assert.equal((await request(path, { ...post, headers: own })).status, 403)
        const both = [...own, `x-xsrf-token: ${token}`]
        const seen = seenBy(await request(path, { ...post, headers: both }))
        assert.equal(seen.bodyBytes, 2)
      })

      it('B3: the same beside the cookie of a session, which stays here', async () => {
        const browser = openBrowser()
        await browser.signIn('alice', '/volumes/')
        const token = browser.jar().get('XSRF-TOKEN') ?? ''
        const path = '/volumes/api/namespaces/team-a/pvcs'
        const headers = { 'x-xsrf-token': token }
        const seen = seenBy(await browser.fetch(path, { method: 'POST', body: '{}', headers }))
        const cookies = values(seen.lines, 'cookie').flatMap((line) => line.split('; '))
        assert.ok(cookies.includes(`XSRF-TOKEN=${token}`))
        assert.deepEqual(
          cookies.filter((cookie) => session.test(cookie)),
          [],
        )
      })

      it('B4: names exactly one user to pipelines, whichever audience the token is for', async () => {
        const path = '/pipeline/apis/v2beta1/runs?namespace='
        for (const audience of [{}, { audiences: ['pipelines.kubeflow.org'] }]) {
          const headers = [await bearer('team-a', 'default-editor', audience), 'kubeflow-userid: x']
          const seen = seenBy(await request(`${path}team-a`, { headers }))
          const user = 'system:serviceaccount:team-a:default-editor'
          assert.deepEqual(values(seen.lines, 'kubeflow-userid'), [user])
          assert.equal((await request(`${path}team-b`, { headers })).status, 403)
        }
        // Of any other audience it is nobody's: today's Kubeflow takes one that is meant for Vault.
        const headers = [await bearer('team-a', 'default-editor', { audiences: ['vault'] })]
        assert.equal((await request(`${path}team-a`, { headers })).status, 401)
      })

      it('D1: keeps out who has no credential, wherever that is', async () => {
        const paths = ['/model-registry/api/model_registry/v1alpha3/registered_models', '/kfam/x']
        const statuses = await Promise.all(paths.map(async (path) => (await request(path)).status))
        // The first is one of apiPaths.
        assert.deepEqual(statuses, [401, 403])
      })

      it('D2: leaves Dex open to everybody', async () => {
        assert.equal((await request('/dex/healthz')).body, 'Health check passed')
        const { status, body } = await request('/dex/.well-known/openid-configuration')
        assert.equal(status, 200)
        assert.match(body, new RegExp(`"issuer":"${kubeflow.dex.issuer}"`))
      })

      it('E1: challenges programs under the paths of interfaces, and gives them no cookie', async () => {
        const paths = ['/api/x', '/apis/v1beta1/runs', '/ml_metadata.MetadataStoreService/Get']
        for (const path of [...paths, '/jupyter/api/namespaces/team-a/notebooks']) {
          const { status, lines, body } = await request(path)
          assert.equal(status, 401, path)
          assert.match(body, /^\{"type":"no-credential"/)
          assert.match(values(lines, 'www-authenticate').join(), /^Bearer /)
          assert.deepEqual(values(lines, 'set-cookie'), [])
          const typed = await request(path, { headers: html })
          assert.deepEqual([typed.status, values(typed.lines, 'set-cookie')], [401, []])
        }
      })

      it('E2: lets no identity of a client through, in any spelling, with a login and without', async () => {
        const sent = spellings.map((name) => `${name}: ${forged}`)
        const authorization = await bearer('team-a', 'default-editor')
        const browser = openBrowser()
        await browser.signIn('alice')
        const jar = [...browser.jar()].map(([name, value]) => `${name}=${value}`).join('; ')
        const seen = [
          seenBy(await request('/', { headers: [...sent, authorization] })),
          seenBy(await request('/notebook/team-a/nb/lab', { headers: [...sent, authorization] })),
          seenBy(await request('/', { headers: [...sent, `cookie: ${jar}`] })),
        ]
        for (const { lines } of seen) {
          assert.deepEqual(
            lines.filter((line) => line.includes(forged)),
            [],
          )
          assert.equal(values(lines, 'kubeflow-userid').length, 1)
        }
        // Some upstreams read the underscore as a dash. The gateway takes no such name at all.
        for (const name of spellings) {
          const underscored = `${name.replaceAll('-', '_')}: ${forged}`
          const response = await request('/', { headers: [underscored, authorization] })
          assert.equal(response.status, 400, underscored)
        }
        // Public is Attaché's word, not Istio's: such a request is checked, and cleaned, too.
        const known = kubeflow.dex.seen.length
        assert.equal((await request('/dex/healthz', { headers: sent })).status, 200)
        const [atDex] = kubeflow.dex.seen.slice(known)
        assert.deepEqual(
          atDex?.filter((line) => line.includes(forged)),
          [],
        )
        assert.equal((await request('/', { headers: sent })).status, 403)
      })

      it('E3: signs out, clears the cookie, and leads nowhere else', async () => {
        const browser = openBrowser()
        await browser.signIn('alice')
        const headers = { 'sec-fetch-site': 'same-origin' }
        const out = await browser.open('/oauth2/sign_out?rd=https://evil.example/', { headers })
        // A page and no redirect to "/": Dex has a session of its own, which would sign in at once again.
        assert.equal(out.response.status, transport === 'grpc' ? 200 : 203)
        assert.doesNotMatch(out.response.body, /evil/)
        assert.deepEqual(
          [...browser.jar().keys()].filter((name) => session.test(name)),
          [],
        )
        assert.equal((await browser.fetch('/')).status, 403)
      })

      it('E4: says who is signed in', async () => {
        const nobody = await request('/oauth2/userinfo')
        assert.equal(nobody.status, 401)
        const browser = openBrowser()
        await browser.signIn('alice')
        const { status, body } = await browser.fetch('/oauth2/userinfo')
        // Over HTTP Envoy takes each 200 for an allowed check, so a page of Attaché's own is a 203.
        assert.equal(status, transport === 'grpc' ? 200 : 203)
        const parse: (text: string) => Readonly<Record<string, unknown>> = JSON.parse
        const { user, email } = parse(body)
        assert.deepEqual({ user, email }, { user: 'alice@example.com', email: 'alice@example.com' })
      })

      it('E5: judges a path as Envoy will send it', async () => {
        for (const path of [
          '/oauth2/../api/x',
          '/oauth2/%2e%2e/api/x',
          '/dex/../api/x',
          '/dex/%2e%2e/api/x',
        ]) {
          assert.equal((await request(path)).status, 401, path)
        }
        // Istio's gateways take a path with a fragment, unlike Envoy by itself, and cut it off.
        assert.equal((await request('/api/x#/../../dex/healthz')).status, 401)
        assert.equal((await request('/dex/healthz#/api/x')).status, 200)
        // Istio leaves these as they are, and upstreams differ in what they make of them.
        const doubtful = ['/dex/..%2fapi/x', '/dex%2f..%2fapi/x', '/dex/..%5capi/x']
        const count = kubeflow.dex.seen.length
        for (const path of doubtful) assert.equal((await request(path)).status, 400, path)
        assert.equal(kubeflow.dex.seen.length, count)
      })

      it('answers the upgrade of a notebook once somebody has signed in', async () => {
        const path = '/notebook/team-a/nb/api/kernels/1/channels'
        const upgrade = ['connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13']
        const key = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='
        const nobody = await request(path, { headers: [...upgrade, key] })
        assert.equal(nobody.status, 401)
        assert.match(nobody.body, /^\{/)
        const browser = openBrowser()
        await browser.signIn('alice')
        const jar = [...browser.jar()].map(([name, value]) => `${name}=${value}`).join('; ')
        const origin = [`origin: http://${kubeflowHost}`, 'sec-fetch-site: same-origin']
        const headers = [...upgrade, key, ...origin, `cookie: ${jar}`]
        const port = kubeflow.mesh.ingress.port
        const tunnel = await openTunnel(port, { host: kubeflowHost, path, headers })
        assert.equal(tunnel.response.status, 101)
        tunnel.close()
        const [seen] = kubeflow.apps.notebook.seen.slice(-1)
        assert.deepEqual(values(seen?.lines ?? [], 'kubeflow-userid'), ['alice@example.com'])
        assert.deepEqual(linesNamed(seen?.lines ?? [], /^authorization$/), [])
      })

      it('passes no preflight without a credential', async () => {
        const headers = ['origin: https://evil.example', 'access-control-request-method: POST']
        const { status, lines } = await request('/api/x', { method: 'OPTIONS', headers })
        assert.equal(status, 401)
        assert.deepEqual(linesNamed(lines, /^access-control-/), [])
      })

      it('shows the dashboard a token of one issuer, whatever somebody signed in with', async () => {
        const browser = openBrowser()
        await browser.signIn('alice')
        const account = [await bearer('team-a', 'default-editor')]
        const seen = [
          seenBy(await browser.fetch('/')),
          seenBy(await request('/', { headers: account })),
        ]
        const claims = seen.map(({ lines }) => {
          const { iss, aud, sub, groups, email } = decodeJwt(tokenIn(lines))
          return { iss, aud, sub, groups, email }
        })
        const iss = 'http://attache.attache.svc.cluster.local:8082'
        const namespaced = ['system:serviceaccounts', 'system:serviceaccounts:team-a']
        assert.deepEqual(claims, [
          {
            iss,
            aud: 'kubeflow',
            sub: people.alice.email,
            groups: people.alice.groups,
            email: people.alice.email,
          },
          {
            iss,
            aud: 'kubeflow',
            sub: 'system:serviceaccount:team-a:default-editor',
            groups: namespaced,
            email: undefined,
          },
        ])
      })
    })
  }
})

interface MeshConfig {
  readonly extensionProviders: readonly { readonly name: string }[]
}

/** The value of every header that a client makes up. */
const forged = 'system:masters'

/** Names that some upstream could take for an identity, as clients can write them. */
const spellings = [
  ...['kubeflow-userid', 'Kubeflow-Userid', 'KUBEFLOW-USERID', 'kubeflow-groups', 'kubeflow-other'],
  ...['impersonate-user', 'Impersonate-User', 'Impersonate-Group', 'impersonate-uid'],
  ...['Impersonate-Extra-scopes', 'x-remote-user', 'X-Remote-Group', 'x-remote-extra-x'],
  ...[
    'x-forwarded-user',
    'X-Forwarded-Groups',
    'x-forwarded-email',
    'x-envoy-auth-headers-to-remove',
  ],
  ...['x-attache-caller', 'x-attache-source', 'x-attache-requested-impersonate-user'],
]

function tokenIn(lines: readonly string[]): string {
  const [value = '', ...more] = values(lines, 'authorization')
  assert.deepEqual(more, [])
  return value.slice('Bearer '.length)
}
