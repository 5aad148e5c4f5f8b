/**
 * kubectl through Istio's gateway to a real API server, beside Kubeflow: RequestAuthentication is in place there,
 * which takes no token but Attaché's own, and no provider of Istio can add a header line for each group.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { createServer } from 'node:tls'
import { firstAuthority } from '../support/authorities.ts'
import { meshPrograms } from '../support/istio-mesh.ts'
import type { KubeObject } from '../support/kube-apply.ts'
import { createToken } from '../support/kube-objects.ts'
import { kubectl } from '../support/kubectl.ts'
import { routeObject } from '../support/mesh-objects.ts'
import { http1Request } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { apiServerInMesh, meshApiServer } from './istio-api-server.ts'
import { createKubeflowBrowser } from './istio-browser.ts'
import { kustomize } from './istio-installation.ts'
import { apiHost, type Kubeflow, startKubeflow } from './istio-kubeflow.ts'
import { userInfoIn } from './kubectl-bed.ts'

const programs = await part('Istio', meshPrograms)

/** More groups than Envoy lets through by default, as header lines. */
const many = {
  email: 'many@example.com',
  email_verified: true,
  groups: Array.from({ length: 300 }, (_, index) => `group-${index}`),
}

describe('kubectl through a real Istio', { skip: programs.skip }, () => {
  let kubeflow: Kubeflow
  let front: TlsFront
  let way: readonly KubeObject[]
  before(async () => {
    kubeflow = await startKubeflow({
      programs: programs.get(),
      impersonation: true,
      morePeople: { many },
    })
    way = wayToTheAPI(Number(new URL(kubeflow.mesh.api.url).port))
    await kubeflow.mesh.apply(way)
    front = await startTlsFront(kubeflow.mesh.ingress.port)
  })
  after(async () => {
    await front.stop()
    await kubeflow.stop()
  })

  const idTokenOf = async (login: string) => {
    const browser = createKubeflowBrowser(kubeflow.mesh.ingress.port)
    assert.equal((await browser.signIn(login)).response.status, 200)
    return kubeflow.dex.idTokens.at(-1) ?? ''
  }
  const run = async (token: string, ...args: readonly string[]) =>
    kubectl(args, {
      binary: programs.get().kubernetes.kubectl,
      server: `https://${apiHost}:${front.port}`,
      ca: firstAuthority.ca,
      token,
    })
  const whoami = async (token: string) => {
    const { code, stdout, stderr } = await run(token, 'auth', 'whoami', '--output=json')
    assert.equal(code, 0, stderr)
    const { username, groups } = userInfoIn(stdout) as User
    return { username, groups }
  }

  /** What must be true whichever of Istio's kinds puts the appender there. */
  const behaves = () => {
    it('shows the API server each group as one, and the comma in it', async () => {
      assert.deepEqual(await whoami(await idTokenOf('alice')), {
        username: 'alice@example.com',
        groups: ['team-a', 'staff', 'a,b', 'system:authenticated'],
      })
    })

    it('shows all groups of somebody who has more than Envoy takes by itself', async () => {
      const { groups } = await whoami(await idTokenOf('many'))
      assert.deepEqual(groups, [...many.groups, 'system:authenticated'])
    })

    it("lets people do what is theirs, and nothing in the impersonator's name", async () => {
      const token = await idTokenOf('alice')
      const own = await run(token, 'get', 'persistentvolumeclaims', '--namespace=team-a')
      assert.deepEqual([own.code, own.stderr], [0, 'No resources found in team-a namespace.\n'])
      const foreign = await run(token, 'get', 'persistentvolumeclaims', '--namespace=team-b')
      assert.equal(foreign.code, 1)
      assert.match(foreign.stderr, /User "alice@example.com" cannot list resource/)
      const secrets = await run(token, 'get', 'secrets', '--all-namespaces')
      assert.match(secrets.stderr, /User "alice@example.com" cannot list resource "secrets"/)
    })

    it('sends its credential to nobody but the API server, wherever Istio sends the host', async () => {
      const { mesh, apps } = kubeflow
      const headers = [`authorization: Bearer ${await idTokenOf('bob')}`]
      const ask = async (path: string) =>
        (await http1Request(mesh.ingress.port, { host: apiHost, path, headers })).status
      const count = apps.notebook.seen.length
      assert.equal(await ask('/version'), 200)
      await mesh.apply(tenantsWays)
      assert.equal(await ask('/mine/x'), 403)
      // Its match holds from the check on: nothing may choose the way anew.
      assert.equal(await ask('/version'), 200)
      await mesh.remove(tenantsWays)
      // As at a port whose Gateway has no VirtualService for this host: those for all hosts are taken.
      const ownWay = way.filter(({ kind }) => kind === 'VirtualService')
      await mesh.remove(ownWay)
      assert.equal(await ask('/notebook/team-a/nb/x'), 403)
      assert.equal(await ask('/'), 403)
      await mesh.apply(ownWay)
      assert.equal(await ask('/version'), 200)
      assert.equal(apps.notebook.seen.length, count)
    })

    it("sends a ServiceAccount's token on as it is, past jwt_authn", async () => {
      const account = { namespace: 'team-a', name: 'default-editor' }
      const { username } = await whoami(await createToken(kubeflow.mesh.api, account))
      assert.equal(username, 'system:serviceaccount:team-a:default-editor')
    })
  }

  describe('with the appender as an EnvoyFilter', behaves)

  describe('with the appender as a TrafficExtension', () => {
    before(async () => {
      const path = 'istio/impersonation'
      const { kubectl: binary } = programs.get().kubernetes
      const filters = await kustomize(binary, { resources: [`${path}/grpc`] })
      const extensions = await kustomize(binary, { resources: [`${path}/traffic-extension`] })
      await kubeflow.mesh.remove(filters)
      await kubeflow.mesh.apply(extensions)
      assert.ok(extensions.some(({ kind }) => kind === 'TrafficExtension'))
    })

    behaves()
  })

  it('refuses an identity that a client writes itself, and asks nobody', async () => {
    const token = await idTokenOf('alice')
    const path = '/api/v1/namespaces/team-b/persistentvolumeclaims'
    const tries = [
      'Impersonate-User: admin',
      'Impersonate-Group: system:masters',
      'impersonate-uid: 1',
      'Impersonate-Extra-Scopes: x',
      'Impersonate_Group: system:masters',
    ]
    for (const line of tries) {
      const headers = [`authorization: Bearer ${token}`, line]
      const answer = await http1Request(kubeflow.mesh.ingress.port, {
        host: apiHost,
        path,
        headers,
      })
      assert.equal(answer.status, 400, line)
    }
    const acting = await run(token, 'auth', 'whoami', '--as=admin', '--as-group=system:masters')
    assert.equal(acting.code, 1)
  })

  it('answers without a credential as an API server does', async () => {
    const { status, body } = await http1Request(kubeflow.mesh.ingress.port, {
      host: apiHost,
      path: '/api/v1/namespaces',
    })
    assert.equal(status, 401)
    assert.match(body, /"kind":"Status"/)
  })
})

interface User {
  readonly username: string
  readonly groups: readonly string[]
}

/** The API server behind the gateway: what an operator adds for the host that kubectl uses. */
function wayToTheAPI(port: number): readonly KubeObject[] {
  return [
    ...apiServerInMesh(port),
    routeObject({
      name: 'kubernetes',
      namespace: 'istio-system',
      gateways: ['kubeflow/kubeflow-gateway'],
      hosts: [apiHost],
      to: meshApiServer,
    }),
  ]
}

const notebook = { host: 'nb.team-a.svc.cluster.local', port: { number: 80 } }

/** What whoever may edit a namespace can add: parts of the API server's host that lead to their own pod. */
const tenantsWays: readonly KubeObject[] = [
  { uri: { prefix: '/mine/' } },
  { headers: { 'impersonate-user': { regex: '.+' } }, uri: { prefix: '/v' } },
].map((match, index) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: `mine-${index}`, namespace: 'team-b' },
  spec: {
    hosts: [apiHost],
    gateways: ['kubeflow/kubeflow-gateway'],
    http: [{ match: [match], route: [{ destination: notebook }] }],
  },
}))

interface TlsFront {
  readonly port: number
  readonly stop: () => Promise<void>
}

/** A load balancer that ends TLS, as kubectl sends a token over nothing else. */
async function startTlsFront(to: number): Promise<TlsFront> {
  const server = createServer({ ...firstAuthority.server }, (socket) => {
    const upstream = connect(to, '127.0.0.1')
    for (const end of [socket, upstream]) {
      end.on('error', () => {
        socket.destroy()
        upstream.destroy()
      })
    }
    socket.pipe(upstream).pipe(socket)
  })
  server.unref()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    stop: async () => {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
