import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileTargets } from '../../../src/routes/target.ts'
import { describeFaults, type FaultCase, kubeflow } from './fault-cases.ts'
import { add, all, type Change, findingsAfter, said } from './installed.ts'

const configMap = (namespace: string, name: string) => (data: object) =>
  add({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data })
const domains = configMap('knative-serving', 'config-domain')
const network = configMap('knative-serving', 'config-network')
const kserveText = (ingress: string, namespace = 'kubeflow') =>
  configMap(namespace, 'inferenceservice-config')({ ingress })
const kserve = (ingress: object, namespace?: string) =>
  kserveText(JSON.stringify(ingress), namespace)

/** As Kubeflow has both. */
const usual = {
  ingressDomain: 'example.com',
  domainTemplate: '{{ .Name }}-{{ .Namespace }}.{{ .IngressDomain }}',
  pathTemplate: '/serving/{{ .Namespace }}/{{ .Name }}',
}

const everybodys = /whoever is signed in may call the models of every namespace/

interface Other {
  readonly when: string
  readonly change: Change
  /** An address that nobody reviews. */
  readonly address: string
}

const unasked: readonly Other[] = [
  {
    when: 'Knative has another domain',
    change: domains({ 'models.example.org': '', _example: 'example.net: ""' }),
    address: 'model.team.models.example.org',
  },
  {
    when: 'Knative has one more domain, for some of its Services',
    change: domains({ 'example.com': '', 'example.net': 'selector:\n  app: shown\n' }),
    address: 'model.team.example.net',
  },
  {
    when: 'Knative writes hosts in another way',
    change: all(
      domains({ 'example.com': '' }),
      network({ 'domain-template': '{{.Name}}.{{.Namespace}}.models.{{.Domain}}' }),
    ),
    address: 'model.team.models.example.com',
  },
  {
    when: 'Knative writes hosts without the namespace',
    change: all(
      domains({ 'example.com': '' }),
      network({ 'domain-template': '{{.Name}}.{{.Domain}}' }),
    ),
    address: 'model.example.com',
  },
  {
    when: 'KServe has another domain',
    change: kserve({ ...usual, ingressDomain: 'models.example.org' }),
    address: 'model-team.models.example.org',
  },
  {
    when: 'KServe has another domain, in the letters that Go takes, and in its own namespace',
    change: kserve({ ...usual, ingressDomain: undefined, INGRESSDOMAIN: 'example.org' }, 'kserve'),
    address: 'model-team.example.org',
  },
  {
    when: 'KServe says its domain twice',
    change: kserveText('{"ingressDomain":"example.com","ingressdomain":"example.org"}'),
    address: 'model-team.example.org',
  },
  {
    when: 'KServe has other paths',
    change: kserve({ ...usual, pathTemplate: '/models/{{.Namespace}}/{{.Name}}/' }),
    address: 'example.com/models/team/model',
  },
]

/** The same, where somebody is asked about something else. */
const askedWrongly: readonly Other[] = [
  {
    when: 'KServe writes hosts the other way round',
    change: kserve({
      ...usual,
      domainTemplate: '{{ .Namespace }}.{{ .Name }}.{{ .IngressDomain }}',
    }),
    address: 'team.model.example.com',
  },
  {
    when: 'KServe has the names in the paths the other way round',
    change: kserve({ ...usual, pathTemplate: '/serving/{{ .Name }}/{{ .Namespace }}' }),
    address: 'example.com/serving/model/team',
  },
  {
    when: 'KServe has no namespace in the paths',
    change: kserve({ ...usual, pathTemplate: '/serving/{{ .Name }}' }),
    address: 'example.com/serving/model',
  },
]
const others = [...unasked, ...askedWrongly]

const fixes = (change: Change) => findingsAfter(kubeflow, { change }).map(({ fix }) => fix)
const escaped = (text: string) => text.replaceAll(/[.*+?]/g, '\\$&')

const cases: readonly FaultCase[] = [
  ...unasked.map(
    ({ when, change, address }): FaultCase => ({
      when,
      change,
      what: new RegExp(`takes models there, such as "${escaped(address)}", and reviews nobody`),
      effect: everybodys,
    }),
  ),
  ...askedWrongly.map(
    ({ when, change, address }): FaultCase => ({
      when,
      change,
      what: new RegExp(`such as "${escaped(address)}", and asks for another one`),
      effect: /whoever may call that one may call this one/,
    }),
  ),
  {
    when: 'KServe has more domains, which are for both ways of writing hosts',
    change: kserve({ ...usual, additionalIngressDomains: ['example.com', 'example.org'] }),
    what: /additionalIngressDomains "example\.org": .* such as "model-team\.example\.org"/,
    effect: everybodys,
    findings: 2,
  },
  {
    when: 'a template asks for labels',
    change: kserve({
      ...usual,
      domainTemplate: '{{ .Name }}.{{ .Labels.team }}.{{ .IngressDomain }}',
    }),
    severity: 'warning',
    what: /nobody can see here where models are called/,
    effect: /can be called by whoever is signed in/,
  },
  {
    when: 'no route reviews models, as in Kubeflow itself',
    config: {
      ...kubeflow,
      routes: kubeflow.routes.map((route) => ({ ...route, subjectAccessReview: undefined })),
    },
    change: domains({ 'example.com': '' }),
    severity: 'warning',
    what: /"model\.team\.example\.com", and reviews nobody/,
    effect: everybodys,
  },
  {
    when: 'models are on a public route',
    config: {
      ...kubeflow,
      routes: kubeflow.routes.map((route) => ({ ...route, access: 'public' })),
    },
    change: domains({ 'example.com': '' }),
    what: /"model\.team\.example\.com", and reviews nobody/,
    effect: /anybody may call every model, without signing in/,
  },
]

describeFaults('the domains of models', cases)

describe('attache manifests --check: where models are', () => {
  const good = {
    "Kubeflow's own": all(domains({ 'example.com': '', _example: '' }), kserve(usual)),
    "KServe's defaults": kserve({}),
    'hosts inside the cluster': domains({ 'svc.cluster.local': 'selector: { app: hidden }\n' }),
    'KServe without an ingress': kserve({
      ingressDomain: 'example.org',
      disableIngressCreation: true,
    }),
    'a template written closely': kserve({
      domainTemplate: '{{.Name}}.{{- .Namespace -}}.{{.IngressDomain}}',
    }),
    'a ConfigMap of that name elsewhere': configMap('team', 'config-domain')({ 'example.org': '' }),
    'what is no JSON': kserveText('{'),
  }
  for (const [what, change] of Object.entries(good)) {
    it(`finds nothing wrong with ${what}`, () => {
      assert.deepEqual(said(findingsAfter(kubeflow, { change })), [])
    })
  }

  it('is right about such places: nobody is asked, or about another model', () => {
    const targetOf = compileTargets(kubeflow)
    for (const { address } of others) {
      const [host = '', ...path] = address.split('/')
      const rest = [...path, 'v1', 'models', 'model:predict'].join('/')
      const target = targetOf({ method: 'POST', host, path: `/${rest}` })
      assert.ok(target.kind === 'route')
      const isLast = target.route === kubeflow.routes.at(-1)
      const isOfNobody = isLast && target.route.subjectAccessReview === undefined
      const isOfAnother = target.captures.every(({ namespace }) => namespace === 'model')
      assert.ok(isOfNobody || isOfAnother, address)
    }
  })

  it('says which host must be added, and which paths', () => {
    assert.deepEqual(fixes(domains({ 'example.org': '' })), [
      'add "{name}.{namespace}.example.org" to the hosts of the route for models in attache.yaml (ConfigMap attache/attache), between its lines "# ---- domain"',
    ])
    assert.deepEqual(fixes(kserve({ ...usual, pathTemplate: '/m/{{ .Namespace }}/{{ .Name }}' })), [
      'add paths: ["/m/{namespace}/{name}", "/m/{namespace}/{name}/*"] to match of the route for models in attache.yaml (ConfigMap attache/attache)',
    ])
    assert.deepEqual(
      fixes(kserve({ ...usual, domainTemplate: '{{ .Name }}.{{ .IngressDomain }}' })),
      ['let the template of its hosts have {{ .Name }} and {{ .Namespace }}'],
    )
  })
})
