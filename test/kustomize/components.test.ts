import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { compileTargets } from '../../src/routes/target.ts'
import { type Form, objectsOf } from '../rbac/rbac-cluster.ts'
import { defineIstio } from '../support/istio-definitions.ts'
import { istioDefinitionsFile } from '../support/istiod-program.ts'
import { type KubeApiserver, startKubeApiserver } from '../support/kube-apiserver.ts'
import { createApplier, type KubeObject } from '../support/kube-apply.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { kustomizes } from '../support/kustomize.ts'
import { part } from '../support/require.ts'
import { nameOf } from './kubeflow-tree.ts'
import { type Pod, reachablePorts } from './network-policies.ts'
import { buildTogether, configIn, together } from './shipped.ts'

const programs = await part('kustomize', kustomizes)
const kubernetes = await part('kube-apiserver', kubernetesPrograms)
const definitions = await part("Istio's definitions", istioDefinitionsFile)

const sets: readonly (readonly string[])[] = [[], ...together]

interface Named {
  readonly name: string
}

interface PodSpec {
  readonly volumes: readonly Named[]
  readonly serviceAccountName: string
  readonly automountServiceAccountToken: boolean
  readonly terminationGracePeriodSeconds: number
  readonly securityContext: object
  readonly containers: readonly Container[]
}

interface Container {
  readonly volumeMounts: readonly Named[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly securityContext: { readonly readOnlyRootFilesystem?: boolean }
  readonly resources: {
    readonly requests?: { readonly cpu?: string; readonly memory?: string }
    readonly limits?: { readonly memory?: string }
  }
  readonly startupProbe?: object
  readonly livenessProbe?: object
  readonly readinessProbe?: object
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } }
}

interface WorkloadSpec {
  readonly template: {
    readonly metadata: { labels: Record<string, string> }
    readonly spec: PodSpec
  }
  readonly strategy?: { readonly rollingUpdate: object }
}

interface DenySpec {
  readonly selector: object
  readonly action: string
  readonly rules: readonly {
    readonly to: readonly { readonly operation: { readonly hosts?: readonly string[] } }[]
  }[]
}

const specOf = (object: KubeObject | undefined): unknown => {
  assert.ok(object)
  return object['spec']
}

const pod = (namespace: string, app: string, label = 'app'): Pod => ({
  namespace: { 'kubernetes.io/metadata.name': namespace },
  pod: { [label]: app },
})

const isOf =
  (kind: string, name = 'attache') =>
  ({ kind: itsKind, metadata }: KubeObject): boolean =>
    itsKind === kind && metadata.name === name

const workloads = (objects: readonly KubeObject[]): readonly WorkloadSpec[] =>
  objects
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .map((object) => specOf(object) as WorkloadSpec)

describe('kustomize/', { skip: programs.skip }, () => {
  const built = new Map<readonly string[], readonly KubeObject[]>()

  before(async () => {
    const [kubectl] = programs.get()
    await Promise.all(sets.map(async (set) => built.set(set, await buildTogether(kubectl, set))))
  })

  const objectsIn = (set: readonly string[]) => built.get(set) ?? []
  const all = () => [...built.values()].flat()

  for (const set of sets) {
    const title = set.length === 0 ? 'base' : set.join(' + ')

    it(`has a configuration that loads: ${title}`, async () => {
      const config = await configIn(objectsIn(set))
      assert.equal(config.session?.redis !== undefined, set.includes('redis'))
      assert.equal(config.tracing !== undefined, set.includes('tracing'))
      assert.equal(config.gatewayPass !== undefined, isTwoHops(set))
      const routes = config.routes.filter(({ identity }) => identity === 'impersonate')
      assert.equal(
        routes.length > 0,
        set.some((name) => name.startsWith('impersonation')),
      )
    })

    it(`grants what "attache rbac" prints, and nothing else: ${title}`, async () => {
      const form: Form = set.includes('impersonation/constrained') ? 'constrained' : 'plain'
      const printed = objectsOf(await configIn(objectsIn(set)), form)
      const shipped = objectsIn(set).filter(({ apiVersion }) => apiVersion.startsWith('rbac.'))
      assert.deepEqual(new Map(shipped.map(keyed)), new Map(printed.map(keyed)))
    })
  }

  for (const set of sets.filter(isTwoHops)) {
    it(`lets the second of two gateways go by the first one's review: ${set.join(' + ')}`, async () => {
      const target = compileTargets(await configIn(objectsIn(set)))
      const routed = (host: string, path: string) => {
        const found = target({ method: 'POST', host, path })
        assert.ok(found.kind === 'route', host)
        const { subjectAccessReview: review, when, authorization, allowGatewayPass } = found.route
        const { captures } = found
        return { captures, review, when: when?.source, authorization, allowGatewayPass }
      }
      const captures = [{ namespace: 'team', name: 'm' }]
      const path = '/v1/models/m:predict'
      const first = routed('kubeflow.company.example', `/serving/team/m${path}`)
      assert.deepEqual(first.captures, captures)
      assert.equal(first.authorization, 'gatewayPass')
      assert.equal(first.allowGatewayPass, false)
      for (const suffix of ['example.com', 'svc.cluster.local', 'svc']) {
        assert.deepEqual(routed(`m.team.${suffix}`, path), first)
        for (const component of ['predictor', 'transformer', 'explainer']) {
          const host = `m-${component}.team.${suffix}`
          const allowGatewayPass = suffix !== 'example.com'
          const second = { ...first, authorization: 'remove', allowGatewayPass }
          assert.deepEqual(routed(host, path), second)
          assert.equal(routed(host, `/serving/other/m${path}`).when, 'false')
        }
      }
    })
  }

  for (const set of sets.filter(isTwoHops)) {
    it(`takes passes under no name that the outer gateway lets in: ${set.join(' + ')}`, async () => {
      const { routes } = await configIn(objectsIn(set))
      const hosts = routes
        .filter(({ allowGatewayPass }) => allowGatewayPass)
        .flatMap(({ match }) => match.flatMap(({ hosts: names }) => names ?? ['any']))
      const policy = objectsIn(set).find(
        isOf('AuthorizationPolicy', 'istio-ingressgateway-attache-inside-names'),
      )
      const { selector, action, rules } = specOf(policy) as DenySpec
      assert.deepEqual(selector, { matchLabels: { app: 'istio-ingressgateway' } })
      assert.equal(action, 'DENY')
      // One condition more, and it would deny less.
      assert.deepEqual(Object.keys(rules[0] ?? {}), ['to'])
      const [{ operation } = { operation: {} }] = rules[0]?.to ?? []
      assert.deepEqual(Object.keys(operation), ['hosts'])
      const denied = (operation.hosts ?? []).map((host) => host.replace('*', ''))
      assert.ok(hosts.length > 0)
      assert.deepEqual(
        hosts.filter((host) => !denied.some((end) => host.endsWith(end))),
        [],
      )
    })
  }

  describe('pods', () => {
    it('run with a read-only root, with resources, probes and no token but their own', () => {
      const specs = all().filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
      assert.ok(specs.length > 0)
      for (const { template } of workloads(all())) {
        assert.equal(template.spec.automountServiceAccountToken, false)
        for (const container of template.spec.containers) {
          const { resources, securityContext } = container
          assert.equal(securityContext.readOnlyRootFilesystem, true)
          assert.ok(resources.requests?.cpu)
          assert.ok(resources.requests.memory)
          assert.ok(resources.limits?.memory)
          assert.ok(container.startupProbe)
          assert.ok(container.livenessProbe)
          assert.ok(container.readinessProbe)
        }
      }
      for (const account of all().filter(({ kind }) => kind === 'ServiceAccount')) {
        assert.equal(account['automountServiceAccountToken'], false, nameOf(account))
      }
    })

    it('are two at least, one after the other, each when it has finished', async () => {
      const kubeflow = objectsIn(together[0])
      const { shutdown } = await configIn(kubeflow)
      const deployment = specOf(kubeflow.find(isOf('Deployment'))) as WorkloadSpec & {
        readonly replicas?: number
      }
      assert.equal(deployment.replicas, undefined)
      assert.deepEqual(deployment.strategy?.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 })
      const autoscaler = specOf(kubeflow.find(isOf('HorizontalPodAutoscaler'))) as {
        readonly minReplicas: number
      }
      assert.equal(autoscaler.minReplicas, 2)
      const { terminationGracePeriodSeconds, containers } = deployment.template.spec
      const asleep = containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0
      assert.ok(asleep > 0)
      assert.ok(terminationGracePeriodSeconds >= asleep + shutdown.graceMs / 1000)
    })

    it('are what Services select, by ports that they have', () => {
      for (const objects of built.values()) {
        const templates = workloads(objects).map(({ template }) => template)
        const services = objects.filter(({ kind }) => kind === 'Service')
        for (const service of services) {
          const { selector, ports } = specOf(service) as {
            readonly selector: Readonly<Record<string, string>>
            readonly ports: readonly { readonly targetPort: string }[]
          }
          const chosen = templates.find(({ metadata: { labels } }) =>
            Object.entries(selector).every(([key, value]) => labels[key] === value),
          )
          const names = chosen?.spec.containers.flatMap((one) => one.ports.map(({ name }) => name))
          for (const { targetPort } of ports)
            assert.ok(names?.includes(targetPort), nameOf(service))
        }
      }
    })
  })

  describe('NetworkPolicies', () => {
    const attache = { namespace: 'attache', pod: { 'app.kubernetes.io/name': 'attache' } }
    const gateway = pod('istio-system', 'istio-ingressgateway')
    const local = pod('istio-system', 'cluster-local-gateway')
    const prometheus = {
      namespace: { 'kubernetes.io/metadata.name': 'monitoring', 'attache.io/metrics': 'true' },
      pod: { app: 'prometheus' },
    }
    const cases: readonly {
      readonly who: string
      readonly from: Pod
      readonly ports: readonly string[]
      readonly set?: readonly string[]
    }[] = [
      { who: 'the gateway', from: gateway, ports: ['grpc', 'http-check', 'http-pages'] },
      { who: 'istiod', from: pod('istio-system', 'istiod'), ports: ['http-pages'] },
      { who: 'a labelled namespace', from: prometheus, ports: ['http-admin'] },
      { who: 'another namespace', from: pod('monitoring', 'prometheus'), ports: [] },
      { who: 'another pod beside the gateway', from: pod('istio-system', 'jaeger'), ports: [] },
      {
        who: 'a gateway that somebody else calls so',
        from: pod('team', 'istio-ingressgateway'),
        ports: [],
      },
      {
        who: 'a pod beside Attaché',
        from: pod('attache', 'attache-redis', 'app.kubernetes.io/name'),
        ports: [],
      },
      { who: 'the cluster-local gateway', from: local, ports: [] },
      {
        who: 'the cluster-local gateway, with its component',
        from: local,
        ports: ['grpc', 'http-check', 'http-pages'],
        set: together[4],
      },
    ]
    for (const { who, from, ports, set = together[0] } of cases) {
      it(`let ${who} reach ${ports.length === 0 ? 'nothing' : ports.join(', ')}`, () => {
        assert.deepEqual(reachablePorts(objectsIn(set), attache, from), ports)
      })
    }

    it('let Attaché alone reach Redis', () => {
      const objects = objectsIn(together[2])
      const redis = { namespace: 'attache', pod: { 'app.kubernetes.io/name': 'attache-redis' } }
      const own = pod('attache', 'attache', 'app.kubernetes.io/name')
      assert.deepEqual(reachablePorts(objects, redis, own), ['redis'])
      assert.deepEqual(reachablePorts(objects, redis, gateway), [])
      assert.deepEqual(reachablePorts(objects, redis, { ...own, namespace: {} }), [])
    })

    it('let the gateway and Attaché reach Dex', () => {
      const dex = { namespace: 'auth', pod: { app: 'dex' } }
      const own = pod('attache', 'attache', 'app.kubernetes.io/name')
      const objects = objectsIn(together[0])
      assert.deepEqual(reachablePorts(objects, dex, own), ['5556'])
      assert.deepEqual(reachablePorts(objects, dex, gateway), ['5556'])
      assert.deepEqual(reachablePorts(objects, dex, pod('team', 'notebook')), [])
    })
  })

  describe('on a real API server', { skip: kubernetes.skip || definitions.skip }, () => {
    let api: KubeApiserver

    before(async () => {
      api = await startKubeApiserver({ programs: kubernetes.get() })
      await defineIstio(api, definitions.get())
      const namespaces = all().filter(
        ({ kind, metadata }) => kind === 'Namespace' && metadata.name === 'attache',
      )
      const accounts = all().filter(({ kind }) => kind === 'ServiceAccount')
      const others = ['istio-system', 'auth'].map((name) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      }))
      await createApplier(api).apply([...namespaces.slice(0, 1), ...others, ...accounts])
    })
    after(() => api.stop())

    for (const set of sets) {
      it(`are valid, each field of them: ${set.length === 0 ? 'base' : set.join(' + ')}`, async () => {
        const applied = await createApplier(api).apply(objectsIn(set), { dryRun: true })
        assert.equal(applied.length, objectsIn(set).length)
      })
    }

    const createPod = (spec: object) =>
      api.request('POST', '/api/v1/namespaces/attache/pods?dryRun=All', {
        body: { metadata: { generateName: 'test-' }, spec },
      })

    it('make pods that their namespace lets run', async () => {
      for (const set of [together[0], together[2]]) {
        for (const { template } of workloads(objectsIn(set))) {
          const { status, body } = await createPod(withoutClaims(template.spec))
          assert.equal(status, 201, String(body['message']))
        }
      }
    })

    it('would not let one run that may be root', async () => {
      const [first] = workloads(objectsIn(together[0]))
      assert.ok(first)
      const { status, body } = await createPod({ ...first.template.spec, securityContext: {} })
      assert.equal(status, 403)
      assert.match(String(body['message']), /violates PodSecurity "restricted/)
    })
  })
})

function isTwoHops(set: readonly string[]): boolean {
  return set.some((name) => name.startsWith('cluster-local-gateway'))
}

function keyed(object: {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}): readonly [string, object] {
  const { kind, metadata } = object
  return [`${kind} ${metadata.namespace ?? ''}/${metadata.name}`, object]
}

/** Without what a StatefulSet adds the volumes of its claims for. */
function withoutClaims({ containers, volumes, ...rest }: PodSpec): object {
  const isThere = ({ name }: Named) => volumes.some((volume) => volume.name === name)
  const mounted = containers.map((container) => {
    return { ...container, volumeMounts: container.volumeMounts.filter(isThere) }
  })
  return { ...rest, volumes, containers: mounted }
}
