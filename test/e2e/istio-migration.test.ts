/** The switch of docs/kubeflow.md on a real Istio, line by line and back, with requests all the while. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { request } from 'undici'
import { meshPrograms } from '../support/istio-mesh.ts'
import { type KubeObject, readObjects } from '../support/kube-apply.ts'
import { loopbackService, meshConfig } from '../support/mesh-objects.ts'
import { part } from '../support/require.ts'
import { type Kubeflow, ownProvider, startKubeflow } from './istio-kubeflow.ts'

const programs = await part('Istio', meshPrograms)
const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

const [, switchStep = ''] = read('docs/kubeflow.md').split('4. **The switch.**')
const [theSwitch = '', wayBack = ''] = switchStep.split('- Back:')
const ours = readObjects(read('istio/ingress-gateway/grpc/objects.yaml'))
const theirs = readObjects(
  read('test/kustomize/miniature/common/oauth2-proxy/components/istio-external-auth/objects.yaml'),
)

/** What the lines of the page delete of what is there, each by itself. */
const deletions = [
  ...theSwitch.matchAll(/^ *kubectl -n istio-system delete (\S+) (.+) --ignore-not-found$/gm),
].map(([, kind = '', names = '']) =>
  theirs.filter(
    (object) =>
      object.kind.toLowerCase() === kind && names.split(' ').includes(object.metadata.name),
  ),
)

type Answer = 'oauth2-proxy' | 'Attaché' | 'Istio' | 'upstream' | `status ${number}`

describe('the move from oauth2-proxy', { skip: programs.skip }, () => {
  let kubeflow: Kubeflow
  let oldProxy: Server
  let line: string
  const stranger = new Map<Answer, number>()
  const over = new AbortController()
  let requests = Promise.resolve()

  const ask = async (
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> => {
    // A connection that stays open has the listener that it met.
    const { port } = kubeflow.mesh.ingress
    const answer = await request(`http://127.0.0.1:${port}${path}`, { headers, reset: true })
    const text = await answer.body.text()
    if (answer.statusCode === 200) return 'upstream'
    if (answer.headers['x-attache-decision'] !== undefined) return 'Attaché'
    if (answer.headers['content-type'] === 'text/old') return 'oauth2-proxy'
    return text === 'RBAC: access denied' ? 'Istio' : `status ${answer.statusCode}`
  }
  const asOwner = () => ask('/jupyter/', { authorization: line.replace('authorization: ', '') })
  const asNobody = () => ask('/')

  before(async () => {
    oldProxy = createServer((_request, response) => {
      response.writeHead(403, { 'content-type': 'text/old' }).end('sign in')
    })
    oldProxy.listen(0, '127.0.0.1')
    await once(oldProxy, 'listening')
    const { port } = oldProxy.address() as AddressInfo
    kubeflow = await startKubeflow({ programs: programs.get() })
    line = await kubeflow.bearer('team-a', 'default-editor')
    const host = { name: 'oauth2-proxy', namespace: 'oauth2-proxy' }
    await kubeflow.mesh.apply([
      ...loopbackService({ ...host, ports: { 80: port } }),
      meshConfig('istio', {
        enableAutoMtls: false,
        extensionProviders: [ownProvider, providerOfOld],
      }),
      ...theirs,
    ])
    await kubeflow.mesh.remove(ours)
    requests = (async () => {
      while (!over.signal.aborted) {
        const answer = await asNobody()
        stranger.set(answer, (stranger.get(answer) ?? 0) + 1)
      }
    })()
  })
  after(async () => {
    over.abort()
    oldProxy.closeAllConnections()
    oldProxy.close()
    await requests
    await kubeflow.stop()
  })

  const step = (what: string, act: () => Promise<void>, answers: readonly [Answer, Answer]) => {
    it(what, async () => {
      await act()
      assert.deepEqual([await asNobody(), await asOwner()], answers)
    })
  }
  const apply = (objects: readonly KubeObject[]) => () => kubeflow.mesh.apply(objects)
  const remove = (objects: readonly KubeObject[]) => () => kubeflow.mesh.remove(objects)

  it('deletes what there is to delete, in three lines', () => {
    assert.deepEqual(
      deletions.map((objects) => objects.map(({ metadata: { name } }) => name)),
      [['dex-jwt'], ['istio-ingressgateway-oauth2-proxy'], ['istio-ingressgateway-require-jwt']],
    )
    assert.match(
      theSwitch,
      /apply --server-side -f attache\/istio\/ingress-gateway\/grpc\/objects\.yaml/,
    )
    assert.match(wayBack, /apply .*before\.yaml[^]*delete -f attache\/istio\/ingress-gateway\/grpc/)
  })

  step('finds oauth2-proxy at the gateway', async () => {}, ['oauth2-proxy', 'status 401'])
  step('closes the gateway when Attaché joins it', apply(ours), ['Istio', 'Istio'])
  step('keeps it closed without its RequestAuthentication', remove(deletions[0] ?? []), [
    'Istio',
    'Istio',
  ])
  step('lets Attaché decide without its policy', remove(deletions[1] ?? []), [
    'Attaché',
    'upstream',
  ])
  step('lets it decide everything without the other one', remove(deletions[2] ?? []), [
    'Attaché',
    'upstream',
  ])
  step('closes the gateway on the way back', apply(theirs), ['Istio', 'Istio'])
  step('is where it was, without Attaché’s objects', remove(ours), ['oauth2-proxy', 'status 401'])

  it('has let nobody in without a credential, at any moment', () => {
    assert.equal(stranger.get('upstream'), undefined)
    assert.ok([...stranger.values()].reduce((sum, count) => sum + count, 0) > 50)
  })
})

const providerOfOld = {
  name: 'oauth2-proxy',
  envoyExtAuthzHttp: {
    service: 'oauth2-proxy.oauth2-proxy.svc.cluster.local',
    port: 80,
    includeRequestHeadersInCheck: ['authorization', 'cookie'],
    headersToUpstreamOnAllow: ['authorization'],
    headersToDownstreamOnDeny: ['content-type', 'set-cookie'],
  },
}
