/**
 * What the component of Kubeflow does not do as it comes, at a real gateway: sessions that are renewed while people
 * work, over both transports, and kubectl over HTTP, where istiod's lists cannot say that a name has several lines.
 */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import type { KubernetesObject } from '../../src/manifests/manifest.ts'
import { manifestsFor } from '../../src/manifests/manifests.ts'
import { readOptions } from '../../src/manifests/options.ts'
import { kubeflowConfig } from '../support/istio-folders.ts'
import { meshPrograms } from '../support/istio-mesh.ts'
import type { KubeObject } from '../support/kube-apply.ts'
import { createToken } from '../support/kube-objects.ts'
import { until } from '../support/mesh-settling.ts'
import { http1Request, seenBy } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { values } from '../support/wire.ts'
import { apiServerInMesh, meshApiServer } from './istio-api-server.ts'
import { createKubeflowBrowser } from './istio-browser.ts'
import { kustomize } from './istio-installation.ts'
import { apiHost, type Kubeflow, people, startKubeflow, transports } from './istio-kubeflow.ts'
import { userInfoIn } from './kubectl-bed.ts'

const programs = await part('Istio', meshPrograms)

/** More groups than Envoy lets through by default, as header lines. */
const many = {
  email: 'many@example.com',
  email_verified: true,
  groups: Array.from({ length: 300 }, (_, index) => `group-${index}`),
}

describe('Kubeflow behind Istio, set up in another way', { skip: programs.skip }, () => {
  let kubeflow: Kubeflow
  before(async () => {
    kubeflow = await startKubeflow({ programs: programs.get(), morePeople: { many } })
    // Use is noted after a tenth of it.
    await reconfigure(kubeflow, [
      ['idleLifetime: 24h', 'idleLifetime: 1m'],
      ['\nroutes:\n', forKubectl + sendingTokensOn],
    ])
  })
  after(async () => kubeflow.stop())

  const idTokenOf = async (login: string) => {
    const browser = createKubeflowBrowser(kubeflow.mesh.ingress.port)
    await browser.signIn(login)
    return kubeflow.dex.idTokens.at(-1) ?? ''
  }
  const whoami = async (headers: readonly string[]) =>
    http1Request(kubeflow.mesh.ingress.port, {
      method: 'POST',
      host: apiHost,
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      headers: ['content-type: application/json', ...headers],
      body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
    })

  it('gives the browser its renewed session with an allowed request, beside cookies of the application', async () => {
    const browsers = transports.map((transport) => ({
      transport,
      browser: createKubeflowBrowser(kubeflow.mesh.ingress.port),
    }))
    for (const { browser } of browsers) await browser.signIn('alice', '/volumes/')
    for (const { transport, browser } of browsers) {
      await kubeflow.use(transport)
      await until(async () => {
        const response = await browser.fetch('/volumes/')
        const cookies = values(response.lines, 'set-cookie').map((line) => line.split('=')[0])
        assert.ok(cookies.includes('XSRF-TOKEN'), transport)
        assert.doesNotMatch(values(seenBy(response).lines, 'cookie').join(), /oauth2_proxy/)
        return cookies.includes('oauth2_proxy_kubeflow') ? undefined : 'no renewed session'
      })
      assert.equal((await browser.fetch('/')).status, 200)
    }
  })

  it('sends the token of Dex on, as Kubeflow has it without Attaché, where a route says so', async () => {
    const [replica] = kubeflow.replicas
    assert.ok(replica)
    const { config: here } = loadConfig(join(replica.folder, 'attache.yaml'), {})
    // With the ports of a pod.
    const config = { ...here, listen: kubeflowConfig().listen }
    for (const transport of transports) {
      await kubeflow.use(transport)
      const browser = createKubeflowBrowser(kubeflow.mesh.ingress.port)
      await browser.signIn('alice')
      const idToken = kubeflow.dex.idTokens.at(-1) ?? ''
      // What istio/ has is for another configuration: it lists the identity token's issuer alone.
      const early = await browser.fetch('/katib/x')
      assert.deepEqual([early.status, early.body], [401, 'Jwt issuer is not configured'], transport)
      const options = readOptions(config, { transport, for: ['ingress-gateway'] })
      const printed = manifestsFor(config, options).map(({ object }) => copyOf(object))
      const listing = printed.filter(({ kind }) => kind === 'RequestAuthentication')
      assert.equal(listing.length, 1)
      await kubeflow.mesh.apply(listing)
      const { lines } = seenBy(await browser.fetch('/katib/x'))
      assert.deepEqual(values(lines, 'authorization'), [`Bearer ${idToken}`])
      assert.deepEqual(values(lines, 'kubeflow-userid'), [people.alice.email])
      assert.doesNotMatch(values(lines, 'cookie').join(), /oauth2_proxy/)
      // The other applications have what they had.
      const [own = ''] = values(seenBy(await browser.fetch('/')).lines, 'authorization')
      assert.match(own, /^Bearer ey/)
      assert.notEqual(own, `Bearer ${idToken}`)
    }
  })

  describe('for kubectl, over HTTP', () => {
    before(async () => {
      const { mesh, use } = kubeflow
      await use('http')
      const { kubectl } = programs.get().kubernetes
      await mesh.apply(await kustomize(kubectl, { resources: ['istio/impersonation/http'] }))
      await mesh.apply(impersonator)
      const token = await createToken(mesh.api, account)
      await mesh.apply(wayToTheAPI(Number(new URL(mesh.api.url).port), token))
    })

    it('shows the API server every group as one, however many there are', async () => {
      for (const [login, { email, groups }] of Object.entries({ alice: people.alice, many })) {
        const { status, body } = await whoami([`authorization: Bearer ${await idTokenOf(login)}`])
        assert.equal(status, 201, body)
        const user = userInfoIn(body) as { readonly username: string; readonly groups: unknown }
        assert.equal(user.username, email)
        assert.deepEqual(user.groups, [...groups, 'system:authenticated'])
      }
    })

    it('lets no identity through that a client has written', async () => {
      const credential = `authorization: Bearer ${await idTokenOf('bob')}`
      const tries = [
        'Impersonate-User: admin',
        'Impersonate-Group: system:masters',
        'impersonate-uid: 1',
        'Impersonate-Extra-Scopes: x',
      ]
      for (const line of tries) {
        const { status } = await whoami([credential, line])
        assert.ok(status === 400 || status === 403, `${line}: ${status}`)
        assert.notEqual((await whoami([line])).status, 201, line)
      }
      const renamed = tries.map((line) => `x-attache-requested-${line}`)
      const route = 'x-attache-route: /namespaces/istio-system/virtual-service/kubernetes'
      const { status, body } = await whoami([credential, ...renamed, route])
      assert.equal(status, 201)
      assert.equal((userInfoIn(body) as { readonly username: string }).username, people.bob.email)
    })
  })
})

const forKubectl = `
impersonate: { credential: none }
routes:
  - match: { hosts: ["${apiHost}"] }
    when: request.headers['x-attache-route'].endsWith('/namespaces/istio-system/virtual-service/kubernetes')
    identity: impersonate
`

const sendingTokensOn = `
  - match: { paths: [/katib/*] }
    identity: kubeflow
    authorization: token
`

function copyOf({ metadata, ...object }: KubernetesObject): KubeObject {
  return { ...object, metadata: { ...metadata } }
}

type Edit = readonly [from: string, to: string]

/** Changes the configuration of all replicas, and waits until it is in force. */
async function reconfigure({ replicas }: Kubeflow, edits: readonly Edit[]): Promise<void> {
  for (const { folder, logLines } of replicas) {
    const file = join(folder, 'attache.yaml')
    const text = await readFile(file, 'utf8')
    await writeFile(
      file,
      edits.reduce((edited, [from, to]) => {
        assert.ok(edited.includes(from), from)
        return edited.replace(from, () => to)
      }, text),
    )
    const isRead = () => logLines().some(({ msg }) => msg === 'configuration reloaded')
    await until(async () => (isRead() ? undefined : 'the new configuration is not in force'))
  }
}

const account = { namespace: 'attache', name: 'impersonator' } as const
const rbac = 'rbac.authorization.k8s.io'

/** As components/impersonation has it. */
const impersonator: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'attache-impersonator' },
    rules: [{ apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] }],
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'attache-impersonator' },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'attache-impersonator' },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  },
]

/** With `credential: none` somebody else adds the token, behind jwt_authn and for this upstream alone. */
function wayToTheAPI(port: number, token: string): readonly KubeObject[] {
  const set = { authorization: `Bearer ${token}` }
  const { host, port: number } = meshApiServer
  return [
    ...apiServerInMesh(port),
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'kubernetes', namespace: 'istio-system' },
      spec: {
        hosts: [apiHost],
        gateways: ['kubeflow/kubeflow-gateway'],
        http: [
          {
            headers: { request: { set } },
            route: [{ destination: { host, port: { number } } }],
          },
        ],
      },
    },
  ]
}
