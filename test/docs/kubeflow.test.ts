import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { parse } from 'yaml'
import { isRecord } from '../../src/json/record.ts'
import { byName, type KubeflowTree, kubeflowTree } from '../kustomize/kubeflow-tree.ts'
import { configFrom } from '../kustomize/shipped.ts'
import { defineIstio } from '../support/istio-definitions.ts'
import { istioDefinitionsFile } from '../support/istiod-program.ts'
import { type KubeApiserver, startKubeApiserver } from '../support/kube-apiserver.ts'
import { createApplier, type KubeObject, readObjects } from '../support/kube-apply.ts'
import { kubernetesPrograms } from '../support/kubernetes-programs.ts'
import { kustomizes } from '../support/kustomize.ts'
import { part } from '../support/require.ts'

const repository = new URL('../../', import.meta.url)
const page = readFileSync(new URL('docs/kubeflow.md', repository), 'utf8')
const shipped = readFileSync(
  new URL('kustomize/components/kubeflow/common/attache.yaml', repository),
  'utf8',
)
const programs = await part('kustomize', kustomizes)
const kubernetes = await part('kube-apiserver', kubernetesPrograms)
const definitions = await part("Istio's definitions", istioDefinitionsFile)

/** The blocks of the page below `<!-- KIND: NAME -->`, by name and without their indentation. */
function blocks(kind: string): ReadonlyMap<string, string> {
  const found = page.matchAll(/^( *)<!-- (.+): (.+) -->\n *```yaml\n([^]*?)^ *```$/gm)
  return new Map(
    [...found]
      .filter(([, , itsKind]) => itsKind === kind)
      .map(([, indent = '', , name = '', text = '']) => [
        name,
        text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      ]),
  )
}

const kustomizations = blocks('kustomization')
const objectTexts = blocks('objects')

/** What is in a map of the second goes into that of the first; all else takes its place. */
function merged(one: unknown, other: unknown): unknown {
  if (!isRecord(one) || !isRecord(other)) return other
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return Object.fromEntries(
    [...keys].map((key) => [key, key in other ? merged(one[key], other[key]) : one[key]]),
  )
}

/** As the table calls it: without namespace and hash. */
function short(name: string): string {
  return name
    .replace(/^.*\//, '')
    .replace(/-[a-z0-9]{10}$/, (end) => (/\d/.test(end) ? '' : end))
    .replace(/^oauth2-proxy-(parameters|theme)$/, '-$1')
}

function ofRedis(objects: ReadonlyMap<string, KubeObject> = new Map()): number {
  return [...objects.keys()].filter((name) => name.includes('attache-redis')).length
}

describe('docs/kubeflow.md', () => {
  for (const [name, text] of blocks('attache.yaml')) {
    it(`has settings that load in the place of the shipped ones: ${name}`, async () => {
      const config = await configFrom(JSON.stringify(merged(parse(shipped), parse(text))))
      assert.ok(config.signIn)
      const origins = config.signIn.externalURLs.map(({ origin }) => origin)
      assert.deepEqual(origins, ['https://kubeflow.company.example'])
      assert.equal(config.session?.cookie.secure, true)
    })
  }

  it('names files of this repository that are there', () => {
    const paths = [...page.matchAll(/attache\/((?:kustomize|istio)\/[\w./-]*\w)/g)]
    assert.ok(paths.length > 10)
    const missing = paths.filter(([, path = '']) => !existsSync(new URL(path, repository)))
    assert.deepEqual(missing, [])
  })

  describe('kustomizations', { skip: programs.skip }, () => {
    let tree: KubeflowTree
    const built = new Map<string, ReadonlyMap<string, KubeObject>>()
    let untouched: ReadonlyMap<string, KubeObject>

    before(async () => {
      tree = await kubeflowTree()
      const [kubectl] = programs.get()
      const files = {
        'attache.yaml': '# mine\nroutes: []\n',
        'kubernetes.yaml': objectTexts.get('kubectl') ?? '',
      }
      untouched = byName(await kubectl.build(await tree.folder()))
      for (const [name, text] of kustomizations) {
        // It adds to the list that is there.
        const resources = /^resources: \[(.*)\]$/m.exec(text)?.[1]
        const add = resources === undefined ? text : text.replace(/^resources: .*\n/m, '')
        const swap =
          resources === undefined ? [] : [['resources:\n', `resources:\n- ${resources}\n`] as const]
        built.set(name, byName(await kubectl.build(await tree.folder({ add, swap, files }))))
      }
    })
    after(() => tree.remove())

    const objectIn = (name: string, object: string): KubeObject => {
      const found = built.get(name)?.get(object)
      assert.ok(found, `there is no ${object}`)
      return found
    }
    const text = (name: string) => JSON.stringify(objectIn(name, 'Deployment attache/attache'))

    it('are all built', () => {
      assert.equal(built.size, kustomizations.size)
      assert.ok(built.size >= 9)
    })

    it('put the image of somebody’s own in', () => {
      assert.match(text('install'), /"image":"registry\.example\.com\/attache:0\.1\.0"/)
    })

    it('start Attaché beside oauth2-proxy without a policy that names it', () => {
      const names = [...(built.get('beside')?.keys() ?? [])]
      const istio = names.filter((name) => /istio-(ingressgateway-)?attache/.test(name))
      assert.deepEqual(istio, [])
    })

    it('put a configuration of somebody’s own in, and nothing else', () => {
      const { data } = objectIn('configuration', 'ConfigMap attache/attache')
      assert.deepEqual(data, { 'attache.yaml': '# mine\nroutes: []\n' })
      assert.deepEqual(
        [...(built.get('configuration')?.keys() ?? [])].toSorted(),
        [...(built.get('install')?.keys() ?? [])].toSorted(),
      )
    })

    it('mount the secret of another provider', () => {
      assert.match(text('providers'), /"path":"secrets\/company-client-secret"/)
      assert.match(text('providers'), /"path":"secrets\/session-keys"/)
    })

    it('bring a Redis, or leave it out', () => {
      assert.equal(ofRedis(built.get('redis')), 4)
      assert.equal(ofRedis(built.get('own-redis')), 0)
      assert.match(text('own-redis'), /"path":"secrets\/redis-url"/)
    })

    it('say where the collector of traces is', () => {
      const values = [
        ...text('tracing').matchAll(/"name":"OTEL_EXPORTER_OTLP_ENDPOINT","value":"([^"]+)"/g),
      ]
      assert.deepEqual(
        values.map(([, value]) => value),
        ['http://collector.tracing.svc.cluster.local:4318'],
      )
    })

    it('bring the way to the API server', () => {
      objectIn('kubectl', 'VirtualService istio-system/kubernetes')
      objectIn('kubectl', 'ServiceAccount attache/impersonator')
    })

    it('are told of object by object in the last table', () => {
      const [, table = ''] = page.split('\n## What replaces what\n')
      const ours = built.get('cluster-local') ?? new Map<string, KubeObject>()
      const changed = [...new Set([...untouched.keys(), ...ours.keys()])].filter(
        (name) => untouched.has(name) !== ours.has(name),
      )
      assert.ok(changed.length > 30)
      const kinds = changed.map((name) => name.replace(/ .*$/, ''))
      const untold = changed.filter(
        (name, index) => !table.includes(short(name)) || !table.includes(kinds[index] ?? ''),
      )
      assert.deepEqual(untold, [])
    })

    it('have a way back that leaves nothing of ours at the gateway', async () => {
      const [kubectl] = programs.get()
      const folders = [...page.matchAll(/kubectl delete -[fk] attache\/([\w/-]+)/g)].map(
        ([, path = '']) => new URL(path.replace(/objects$/, ''), repository).pathname,
      )
      const deleted = await Promise.all(folders.map(async (folder) => kubectl.build(folder)))
      const names = deleted.flatMap((objects) => [...byName(objects).keys()])
      const atGateway = /^(AuthorizationPolicy|RequestAuthentication|EnvoyFilter) /
      const ours = [...(built.get('install')?.keys() ?? [])].filter(
        (name) => atGateway.test(name) && !untouched.has(name),
      )
      assert.ok(ours.length > 3)
      assert.deepEqual(names.toSorted(), ours.toSorted())
    })

    it('delete by hand what is in the manifests, and nothing else', () => {
      const deleted = [
        ...page.matchAll(
          /kubectl -n (\S+) delete (requestauthentication|authorizationpolicy|networkpolicy) (.+)$/gm,
        ),
      ]
      const names = deleted.flatMap(([, namespace = '', kind = '', list = '']) =>
        list
          .split(' ')
          .filter((word) => !word.startsWith('--'))
          .map((name) => `${kind} ${namespace}/${name}`),
      )
      assert.equal(names.length, 5)
      const there = new Set(
        [...untouched.keys()].map((name) => name.replace(/^\w+/, (kind) => kind.toLowerCase())),
      )
      // Its overlay is another one here.
      there.add('requestauthentication istio-system/m2m-token-issuer')
      for (const name of names) assert.ok(there.has(name), name)
    })
  })

  describe('objects', { skip: kubernetes.skip || definitions.skip }, () => {
    let api: KubeApiserver

    before(async () => {
      api = await startKubeApiserver({ programs: kubernetes.get() })
      await defineIstio(api, definitions.get())
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } }
      await createApplier(api).apply([namespace])
    })
    after(() => api.stop())

    for (const [name, text] of objectTexts) {
      it(`are valid: ${name}`, async () => {
        const objects = readObjects(text)
        assert.ok(objects.length > 0)
        await createApplier(api).apply(objects, { dryRun: true })
      })
    }
  })
})
