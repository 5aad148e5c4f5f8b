/**
 * Istio as it ships with Attaché, while Attaché is not there, is killed, hangs, or answers with errors; and while
 * istiod cannot fetch its keys: in no case does a request pass, and all heals by itself.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Transport } from '../../src/check-input.ts'
import { rsaKey, signToken } from '../authn/jwt/signed-token.ts'
import { type FailingChecker, startFailingChecker } from '../support/failing-checker.ts'
import { type Mesh, meshPrograms } from '../support/istio-mesh.ts'
import type { KubeObject } from '../support/kube-apply.ts'
import { loopbackPod } from '../support/mesh-objects.ts'
import { http1Request, type RequestLine, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { values } from '../support/wire.ts'
import { until } from './cluster.ts'
import { kubeflowHost } from './istio-browser.ts'
import { type Kubeflow, startKubeflow, transports } from './istio-kubeflow.ts'

const programs = await part('Istio', meshPrograms)

const ownIssuer = 'http://attache.attache.svc.cluster.local:8082'
const user = 'system:serviceaccount:team-a:default-editor'

/** What nobody of Attaché's has signed. */
function forged(): RequestLine {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: ownIssuer, aud: 'kubeflow', sub: 'mallory', iat: now, exp: now + 300 }
  return ['authorization', `Bearer ${signToken(claims, { key: rsaKey('1') })}`]
}

describe('Kubeflow behind Istio', { skip: programs.skip }, () => {
  let kubeflow: Kubeflow
  let failing: FailingChecker
  /** Statuses of everything that was asked before Attaché was there. */
  const early = new Map<string, readonly number[]>()

  before(async () => {
    kubeflow = await startKubeflow({
      programs: programs.get(),
      meanwhile: async ({ mesh }) => {
        early.set('no pod', await statusesOfAll(mesh))
        const service = await ownService(mesh)
        await mesh.remove([service])
        early.set('no Service', await statusesOfAll(mesh))
        await mesh.apply([service])
      },
    })
    failing = await startFailingChecker()
  })
  after(async () => {
    await failing.stop()
    await kubeflow.stop()
  })

  const reached = () => {
    const { centraldashboard, notebook, predictor } = kubeflow.apps
    return [centraldashboard, notebook, predictor].reduce((sum, { seen }) => sum + seen.length, 0)
  }
  const bearer = async (): Promise<RequestLine> => kubeflow.bearer('team-a', 'default-editor')
  const get = async (headers: readonly RequestLine[]) =>
    http1Request(kubeflow.mesh.ingress.port, { host: kubeflowHost, path: '/', headers })

  /** The pods of Attaché's Service, which in truth are these ports. */
  const point = async (
    ports: readonly { readonly grpc: number; readonly http: number; readonly pages: number }[],
  ) => {
    const pods = ports.map(({ grpc, http, pages }, index) =>
      loopbackPod({
        namespace: 'attache',
        name: `attache-${index}`,
        labels: { 'app.kubernetes.io/name': 'attache' },
        ports: { grpc, 'http-check': http, 'http-pages': pages },
      }),
    )
    await kubeflow.mesh.apply(pods)
  }

  const isRight = async (credential: RequestLine) => {
    assert.equal((await get([credential])).status, 200)
  }
  const isDenied = async (credential: RequestLine) => {
    const reachedBefore = reached()
    assert.deepEqual([...new Set(await statusesOfAll(kubeflow.mesh, [credential]))], [503])
    assert.equal(reached(), reachedBefore)
  }

  for (const [when, status] of [
    ['no pod', 503],
    ['no Service', 403],
  ] as const) {
    it(`lets nothing pass while Attaché has ${when} yet`, () => {
      assert.deepEqual([...new Set(early.get(when))], [status])
      assert.equal(reached(), 0)
    })
  }

  it('serves as soon as Attaché is there, with nothing restarted', async () => {
    const seen = seenBy(await get([await bearer()]))
    assert.deepEqual(values(seen.lines, 'kubeflow-userid'), [user])
    assert.match(values(seen.lines, 'authorization').join(), /^Bearer ey/)
  })

  it('goes on while istiod is away, and when it comes back', async () => {
    const { istiod } = kubeflow.mesh
    const credential = await bearer()
    await istiod.halt()
    const meanwhile = await get([credential])
    await istiod.resume()
    assert.deepEqual([meanwhile.status, (await get([credential])).status], [200, 200])
  })

  it('lets nobody pass while the keys of identity tokens cannot be had, and heals', async () => {
    const credential = await bearer()
    const ports = kubeflow.replicas.map((replica) => replica.ports)
    await point(ports.map((known) => ({ ...known, pages: 1 })))
    const reachedBefore = reached()
    const refused = await get([credential])
    assert.deepEqual([refused.status, refused.body], [401, 'Jwks remote fetch is failed'])
    assert.notEqual((await get([forged()])).status, 200)
    assert.equal(reached(), reachedBefore)
    await point(ports)
    await until(async () => (await get([credential])).status === 200)
  })

  for (const transport of transports) {
    describe(`over ${transport}`, () => {
      before(async () => kubeflow.use(transport))

      it('L33: is denied after ten seconds while Attaché hangs, and heals', async () => {
        const credential = await bearer()
        await isRight(credential)
        for (const { pid } of kubeflow.replicas) process.kill(pid, 'SIGSTOP')
        try {
          const beganAt = Date.now()
          await isDenied(credential)
          const tookMs = Date.now() - beganAt
          assert.ok(tookMs > 9_000 && tookMs < 19_000, `${tookMs} ms`)
        } finally {
          for (const { pid } of kubeflow.replicas) process.kill(pid, 'SIGCONT')
        }
        await until(async () => (await get([credential])).status === 200)
      })

      it('L33: is denied while errors are all that a check gets', async () => {
        const credential = await bearer()
        await point(kubeflow.replicas.map(({ ports }) => ({ ...ports, ...failing.ports })))
        for (const failure of failuresOver[transport]) {
          if (typeof failure === 'number' && transport === 'http') failing.httpStatus = failure
          else failing.grpcFailure = failure as FailingChecker['grpcFailure']
          await isDenied(credential)
        }
        await point(kubeflow.replicas.map(({ ports }) => ports))
        await until(async () => (await get([credential])).status === 200)
      })
    })
  }

  it('L33: is denied over both when Attaché is killed', async () => {
    const credential = await bearer()
    for (const { pid } of kubeflow.replicas) process.kill(pid, 'SIGKILL')
    for (const transport of transports) {
      await kubeflow.use(transport)
      const reachedBefore = reached()
      const statuses = await statusesOfAll(kubeflow.mesh, [credential])
      assert.deepEqual([...new Set(statuses)], [503], transport)
      assert.equal(reached(), reachedBefore)
    }
  })
})

/** Everybody and everything, with further credentials. */
async function statusesOfAll(
  { ingress, clusterLocal }: Pick<Mesh, 'ingress' | 'clusterLocal'>,
  credentials: readonly RequestLine[] = [],
): Promise<readonly number[]> {
  const lines = [
    [],
    [['accept', 'text/html']],
    [['kubeflow-userid', 'alice@example.com']],
    [['cookie', 'oauth2_proxy_kubeflow=1']],
    [forged()],
    ...credentials.map((credential) => [credential]),
  ] as const
  const asked = lines.flatMap((headers) => [
    { port: ingress.port, path: '/', headers, host: kubeflowHost },
    { port: ingress.port, path: '/dex/healthz', headers, host: kubeflowHost },
    { port: ingress.port, path: '/notebook/team-a/nb/', headers, host: kubeflowHost },
    { port: clusterLocal.port, path: '/', headers, host: 'm.team-a.svc.cluster.local' },
  ])
  return Promise.all(asked.map(async ({ port, ...of }) => (await http1Request(port, of)).status))
}

const failuresOver: Readonly<Record<Transport, readonly (number | string)[]>> = {
  grpc: [2, 12, 13, 14, 'status 503', 'garbage', 'reset'],
  http: [500, 501, 502, 503, 504, 599],
}

async function ownService({ api }: Pick<Mesh, 'api'>): Promise<KubeObject> {
  const path = '/api/v1/namespaces/attache/services/attache'
  const { body } = await api.request('GET', path)
  const { ports, selector } = body['spec'] as { readonly ports: object; readonly selector: object }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'attache', name: 'attache' },
    spec: { ports, selector },
  }
}
