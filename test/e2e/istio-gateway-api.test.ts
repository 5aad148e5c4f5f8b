/** Objects that stand at a gateway by `targetRefs`, as policies of the Gateway API do, on a real istiod. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { decodeJwt } from 'jose'
import { type MeshGateway, meshPrograms } from '../support/istio-mesh.ts'
import type { KubeObject } from '../support/kube-apply.ts'
import { httpRoute, startKubernetesGateway } from '../support/kubernetes-gateway.ts'
import { until } from '../support/mesh-settling.ts'
import { http1Request, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { values } from '../support/wire.ts'
import { createKubeflowBrowser, kubeflowHost } from './istio-browser.ts'
import { kustomize } from './istio-installation.ts'
import { type Kubeflow, people, startKubeflow, transports } from './istio-kubeflow.ts'

const programs = await part('Istio', meshPrograms)

describe("a gateway of Kubernetes' Gateway API", { skip: programs.skip }, () => {
  let kubeflow: Kubeflow
  let gateway: MeshGateway
  before(async () => {
    kubeflow = await startKubeflow({ programs: programs.get() })
    const name = 'kubeflow-gateway'
    const place = { binary: programs.get().envoy, namespace: 'kubeflow', name }
    gateway = await startKubernetesGateway(kubeflow.mesh, place)
    await kubeflow.mesh.apply([
      httpRoute({
        name: 'centraldashboard',
        namespace: 'kubeflow',
        gateway: name,
        prefix: '/',
        port: 80,
      }),
    ])
    // istiod makes Istio's objects of it in its own time.
    await until(async () => ((await request([])).status === 200 ? undefined : 'the HTTPRoute'))
  })
  after(async () => {
    await gateway.envoy.stop()
    await kubeflow.stop()
  })

  const request = async (headers: readonly string[]) =>
    http1Request(gateway.port, { host: kubeflowHost, headers })

  it('lets everybody through that nobody is asked about', async () => {
    // Otherwise the tests below would prove nothing about the objects.
    assert.equal((await request([])).status, 200)
  })

  for (const transport of transports) {
    describe(`that asks over ${transport}`, () => {
      let objects: readonly KubeObject[]
      before(async () => {
        await kubeflow.use(transport)
        const resources = [`istio/kubernetes-gateway/${transport}`]
        objects = await kustomize(programs.get().kubernetes.kubectl, { resources })
        await kubeflow.mesh.apply(objects)
      })
      after(async () => kubeflow.mesh.remove(objects))

      it('asks about every request, and cleans it first', async () => {
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
        assert.equal((await request([])).status, 403)
        const browser = await createKubeflowBrowser(gateway.port).navigate('/')
        assert.equal(browser.status, 302)
      })

      it('says who it is, in the place of what the client says', async () => {
        const account = await kubeflow.bearer('team-a', 'default-editor')
        const forged = ['kubeflow-userid: admin', 'impersonate-user: admin', 'x-remote-user: admin']
        const { lines } = seenBy(await request([account, ...forged]))
        const user = 'system:serviceaccount:team-a:default-editor'
        assert.deepEqual(values(lines, 'kubeflow-userid'), [user])
        assert.deepEqual(
          lines.filter((line) => line.endsWith(': admin')),
          [],
        )
        // jwt_authn has verified it with the keys that istiod fetched.
        const [token = ''] = values(lines, 'authorization')
        assert.equal(decodeJwt(token.slice('Bearer '.length)).sub, user)
      })

      it('takes a session of the other gateway, as the host is the same', async () => {
        const browser = createKubeflowBrowser(kubeflow.mesh.ingress.port)
        await browser.signIn('alice')
        const cookie = [...browser.jar()].map(([name, value]) => `${name}=${value}`).join('; ')
        const { lines } = seenBy(await request([`cookie: ${cookie}`]))
        assert.deepEqual(values(lines, 'kubeflow-userid'), [people.alice.email])
        assert.doesNotMatch(values(lines, 'cookie').join(), /oauth2_proxy/)
      })
    })
  }
})
