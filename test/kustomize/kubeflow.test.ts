import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { type KubeObject, readObjects } from '../support/kube-apply.ts'
import { type Kustomize, kustomizes } from '../support/kustomize.ts'
import { part } from '../support/require.ts'
import { byName, type KubeflowTree, kubeflowTree, type Layout, layouts } from './kubeflow-tree.ts'

const programs = await part('kustomize', kustomizes)

const theLine = '\ncomponents: [attache/kustomize/components/kubeflow]\n'
const overlays = ['m2m-dex-only', 'm2m-dex-and-kind', 'm2m-dex-and-eks'] as const
const istio = ['oauth2-proxy', 'gke'] as const

type Swap = readonly (readonly [string, string])[]

function swapOf(overlay: (typeof overlays)[number], gateway: (typeof istio)[number]): Swap {
  return [
    ['oauth2-proxy/overlays/m2m-dex-only', `oauth2-proxy/overlays/${overlay}`],
    ['istio-install/overlays/oauth2-proxy', `istio-install/overlays/${gateway}`],
  ]
}

/** What every one of its overlays has; hashes are cut off. */
const gone = [
  'AuthorizationPolicy istio-system/istio-ingressgateway-oauth2-proxy',
  'AuthorizationPolicy istio-system/istio-ingressgateway-require-jwt',
  'ConfigMap oauth2-proxy/oauth2-proxy',
  'ConfigMap oauth2-proxy/oauth2-proxy-parameters',
  'ConfigMap oauth2-proxy/oauth2-proxy-theme',
  'Deployment oauth2-proxy/oauth2-proxy',
  'Namespace /oauth2-proxy',
  'NetworkPolicy auth/allow-istio-and-oauth2-proxy',
  'NetworkPolicy oauth2-proxy/allow-istio-ingressgateway',
  'NetworkPolicy oauth2-proxy/default-allow-same-namespace-oauth2-proxy',
  'RequestAuthentication istio-system/dex-jwt',
  'Secret auth/dex-oidc-client',
  'Secret oauth2-proxy/oauth2-proxy',
  'Service oauth2-proxy/oauth2-proxy',
  'ServiceAccount oauth2-proxy/oauth2-proxy',
  'VirtualService oauth2-proxy/oauth2-proxy',
]

const added = [
  'AuthorizationPolicy istio-system/istio-ingressgateway-attache',
  'AuthorizationPolicy istio-system/istio-ingressgateway-attache-inside-names',
  'ClusterRole /attache-reviews',
  'ClusterRoleBinding /attache-reviews',
  'ConfigMap attache/attache',
  'ConfigMap istio-system/istio-attache',
  'Deployment attache/attache',
  'EnvoyFilter istio-system/istio-ingressgateway-attache-check',
  'EnvoyFilter istio-system/istio-ingressgateway-attache-pre-filter',
  'HorizontalPodAutoscaler attache/attache',
  'Namespace /attache',
  'NetworkPolicy attache/attache',
  'NetworkPolicy attache/default-deny',
  'NetworkPolicy auth/allow-istio-and-attache',
  'PodDisruptionBudget attache/attache',
  'RequestAuthentication istio-system/istio-ingressgateway-attache',
  'Service attache/attache',
  'ServiceAccount attache/attache',
  'VirtualService attache/attache',
]

/** Names of those in `objects` that `others` lacks, in order and without the hash of a generator. */
function without(
  objects: ReadonlyMap<string, KubeObject>,
  others: ReadonlyMap<string, KubeObject>,
): readonly string[] {
  return [...objects.keys()]
    .filter((name) => !others.has(name))
    .map((name) => name.replace(/-[a-z0-9]{10}$/, (end) => (/\d/.test(end) ? '' : end)))
    .toSorted()
}

describe('the kubeflow component', { skip: programs.skip }, () => {
  let tree: KubeflowTree
  let kubectl: Kustomize
  let kustomize: Kustomize

  before(async () => {
    tree = await kubeflowTree()
    ;[kubectl, kustomize] = programs.get()
  })
  after(() => tree.remove())

  const build = async (layout: Layout, swap: Swap, add = theLine) => {
    const folder = await tree.folder({ layout, swap, add })
    const [untouched, printed] = await Promise.all([
      kubectl.build(await tree.folder({ layout, swap })),
      kubectl.print(folder),
    ])
    const objects = new Map(byName(readObjects(printed)))
    return { untouched: byName(untouched), folder, printed, objects }
  }

  for (const layout of layouts) {
    for (const overlay of overlays) {
      for (const gateway of istio) {
        it(`takes oauth2-proxy's place: ${layout}, ${overlay}, Istio's overlay ${gateway}`, async () => {
          const { untouched, folder, printed, objects } = await build(
            layout,
            swapOf(overlay, gateway),
          )
          assert.doesNotMatch(printed, /oauth2-proxy|in-the-repository/)
          const m2m = 'RequestAuthentication istio-system/m2m-token-issuer'
          const expected = overlay === 'm2m-dex-only' ? gone : [...gone, m2m].toSorted()
          assert.deepEqual(without(untouched, objects), expected)
          assert.deepEqual(without(objects, untouched), added)
          const changed = [...objects.keys()].filter((name) => {
            const earlier = untouched.get(name)
            return earlier !== undefined && !isDeepStrictEqual(earlier, objects.get(name))
          })
          assert.deepEqual(changed, [
            'ConfigMap istio-system/istio',
            'Deployment istio-system/istiod',
          ])
          assert.equal(await kustomize.print(folder), printed)
        })
      }
    }
  }

  it('changes of the mesh configuration nothing but the providers', async () => {
    const { objects, untouched } = await build('june', [])
    const name = 'ConfigMap istio-system/istio'
    const { data, ...rest } = found(objects, name)
    const { data: dataBefore, ...restBefore } = found(untouched, name)
    const { mesh, ...others } = data as Readonly<Record<string, string>>
    const { mesh: meshBefore = '', ...othersBefore } = dataBefore as Readonly<
      Record<string, string>
    >
    assert.deepEqual([rest, others], [restBefore, othersBefore])
    assert.equal(mesh, meshBefore.replace(/extensionProviders:\n[^]*$/, 'extensionProviders: []'))
  })

  it('adds two variables to istiod, and keeps those that are there', async () => {
    const { objects, untouched } = await build('april', [])
    assert.deepEqual(
      environmentOfIstiod(objects).toSorted(byText),
      [
        ...environmentOfIstiod(untouched),
        { name: 'SHARED_MESH_CONFIG', value: 'istio-attache' },
        { name: 'PILOT_JWT_ENABLE_REMOTE_JWKS', value: 'hybrid' },
      ].toSorted(byText),
    )
  })

  it('does as well where the lines of oauth2-proxy are taken out by hand', async () => {
    const byHand: Swap = [
      ['- ../common/oauth2-proxy/overlays/m2m-dex-only\n', ''],
      ['istio-install/overlays/oauth2-proxy', 'istio-install/base'],
      ['dex/overlays/oauth2-proxy', 'dex/overlays/istio'],
    ]
    const { objects } = await build('june', byHand)
    const oneLine = (await build('june', [])).objects
    // What its overlay brings for others too.
    oneLine.delete('NetworkPolicy auth/default-allow-same-namespace-auth')
    assert.deepEqual(
      environmentOfIstiod(objects).toSorted(byText),
      environmentOfIstiod(oneLine).toSorted(byText),
    )
    const istiod = 'Deployment istio-system/istiod'
    objects.delete(istiod)
    oneLine.delete(istiod)
    assert.deepEqual(objects, oneLine)
  })

  it('builds where Istio and Dex are somebody else’s', async () => {
    const { objects } = await build('june', [
      ['- ../common/oauth2-proxy/overlays/m2m-dex-only\n', ''],
      ['- ../common/istio/istio-install/overlays/oauth2-proxy\n', ''],
      ['- ../common/dex/overlays/oauth2-proxy\n', ''],
    ])
    for (const name of added) assert.ok(objects.has(name), name)
  })

  it('asks over HTTP with kubeflow/http in its place', async () => {
    const { objects, untouched } = await build(
      'june',
      [],
      theLine.replace('kubeflow]', 'kubeflow/http]'),
    )
    assert.deepEqual(without(objects, untouched), added)
    const policy = found(objects, 'AuthorizationPolicy istio-system/istio-ingressgateway-attache')
    const { provider } = policy['spec'] as { readonly provider: unknown }
    assert.deepEqual(provider, { name: 'attache-http' })
  })

  it('leaves the cluster-local gateway as it is, and its component takes m2m-auth’s place', async () => {
    const swap: Swap = [
      ...swapOf('m2m-dex-and-kind', 'oauth2-proxy'),
      ['cluster-local-gateway/base', 'cluster-local-gateway/overlays/m2m-auth'],
    ]
    const { objects, untouched } = await build('june', swap)
    const local = [...untouched].filter(([name]) => /cluster-local-gateway|cluster-jwks/.test(name))
    assert.equal(local.length, 8)
    for (const [name, object] of local) assert.deepEqual(objects.get(name), object)
    const both = theLine.replace(']', ', attache/kustomize/components/cluster-local-gateway]')
    const withBoth = (await build('june', swap, both)).objects
    assert.deepEqual(without(objects, withBoth), [
      'AuthorizationPolicy istio-system/cluster-local-gateway-require-jwt',
      'Deployment istio-system/cluster-jwks-proxy',
      'RequestAuthentication istio-system/cluster-local-gateway-jwt',
      'Service istio-system/cluster-jwks-proxy',
      'ServiceAccount istio-system/cluster-jwks-proxy',
    ])
    const base = (await build('june', [])).untouched
    const allow = 'AuthorizationPolicy istio-system/cluster-local-gateway'
    assert.deepEqual(withBoth.get(allow), base.get(allow))
    assert.ok(withBoth.has('AuthorizationPolicy istio-system/cluster-local-gateway-attache'))
  })
})

function found(objects: ReadonlyMap<string, KubeObject>, name: string): KubeObject {
  const object = objects.get(name)
  assert.ok(object, `there is no ${name}`)
  return object
}

interface Variable {
  readonly name: string
  readonly value?: string
}

function environmentOfIstiod(objects: ReadonlyMap<string, KubeObject>): readonly Variable[] {
  const { template } = found(objects, 'Deployment istio-system/istiod')['spec'] as {
    readonly template: { readonly spec: { readonly containers: readonly { env: Variable[] }[] } }
  }
  return template.spec.containers[0]?.env ?? []
}

function byText(one: Variable, other: Variable): number {
  return one.name.localeCompare(other.name)
}
