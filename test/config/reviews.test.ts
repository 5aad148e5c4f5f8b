import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configOf, problemsOf } from './folder.ts'
import { type Case, check } from './rules.ts'

function route(review: string, match = '{}'): string {
  return `listen: { grpc: 127.0.0.1:1 }\nroutes: [{ identity: kubeflow, match: ${match}, subjectAccessReview: ${review} }]\n`
}

const byNamespace = '{ resource: pods, verb: get, namespace: "{namespace}" }'
const review = (fields: string) => `{ resource: pods, verb: get, ${fields} }`

describe('subjectAccessReview of a route', () => {
  it('is as it is written', () => {
    const all =
      '{ group: apps, resource: deployments, subresource: scale, verb: update, namespace: "team-{ns}", name: "{name}" }'
    const [first] = configOf(route(all, '{ paths: ["/{ns}/{name}"] }')).routes
    assert.deepEqual(first?.subjectAccessReview, {
      group: 'apps',
      resource: 'deployments',
      subresource: 'scale',
      verb: 'update',
      namespace: 'team-{ns}',
      name: '{name}',
    })
  })

  it('is absent where none is written', () => {
    const text = 'listen: { grpc: 127.0.0.1:1 }\nroutes: [{ identity: kubeflow }]\n'
    assert.equal(configOf(text).routes[0]?.subjectAccessReview, undefined)
  })

  for (const identity of ['impersonate', 'kubeflow', 'headers', 'forward']) {
    it(`may stand beside identity: ${identity}`, () => {
      const text = `listen: { grpc: 127.0.0.1:1 }\nroutes: [{ identity: ${identity}, subjectAccessReview: { resource: pods, verb: get } }]\nimpersonate: { credential: none }\n`
      assert.deepEqual(problemsOf(text), [])
    })
  }

  const captured: readonly (readonly [match: string, without?: string])[] = [
    ['{ paths: ["/{namespace}/*"] }'],
    ['{ paths: ["/{namespace}/*", "/x/{namespace}"] }'],
    ['{ hosts: ["{namespace}.example.com"], paths: [/a, /b] }'],
    ['{ hosts: ["{name}-{namespace}.example.com"] }'],
    ['[{ paths: ["/{namespace}"] }, { hosts: ["{namespace}.example.com"] }]'],
    ['{}', 'match'],
    ['{ paths: ["/*"], methods: [GET] }', 'match'],
    ['{ paths: ["/{name}/*"] }', 'match'],
    ['{ paths: ["/{Namespace}/*"] }', 'match'],
    ['{ paths: ["/{namespace}/*", "/admin/*"] }', 'match'],
    ['{ hosts: ["{namespace}.example.com", "admin.example.com"] }', 'match'],
    // Half by its paths and half by its hosts: /b on b.example.com has none.
    ['{ paths: ["/{a}", /b], hosts: ["{namespace}.example.com", "b.example.com"] }', 'match'],
    ['[{ paths: ["/{namespace}/*"] }, { paths: [/admin] }]', String.raw`match\[1\]`],
    ['[{ paths: ["/{namespace}/*"] }, { methods: [GET] }]', String.raw`match\[1\]`],
  ]
  check(
    captured.map(([match, without]): Case => {
      const text = route(byNamespace, match)
      if (without === undefined) return [`a capture of ${match}`, text]
      const pattern = String.raw`subjectAccessReview.namespace: needs the capture "\{namespace\}", which routes\[0\].${without} does not always have`
      return [`a capture that is not in ${match}`, text, new RegExp(pattern)]
    }),
    (text) => text,
  )

  it('names each capture that is missing', () => {
    const both = review('namespace: "{a}-{b}", name: "{c}"')
    const problems = problemsOf(route(both, '{ paths: ["/{b}"] }'))
    assert.deepEqual(
      problems.map((problem) => /(\w+): needs the capture "\{(\w)\}"/.exec(problem)?.slice(1)),
      [
        ['namespace', 'a'],
        ['name', 'c'],
      ],
    )
  })

  check(
    [
      ['a resource alone', '{ verb: get }', /subjectAccessReview.resource: is missing/],
      ['no verb', '{ resource: pods }', /subjectAccessReview.verb: is missing/],
      ['an unknown key', review('version: v1'), /subjectAccessReview.version: unknown key/],
      ['nothing', '', /subjectAccessReview: /],
      ['an empty group', review('group: ""')],
      ['a fixed namespace and name', review('namespace: kube-system, name: "system:a b"')],
      ['everything', '{ group: "*", resource: "*", verb: "*" }'],
      ['a verb of constrained impersonation', '{ resource: users, verb: "impersonate:user-info" }'],
      ['an empty namespace', review('namespace: ""'), /namespace: must not be empty/],
      ['an empty name', review('name: ""'), /name: must not be empty/],
      [
        'a capture as verb',
        '{ resource: pods, verb: "{namespace}" }',
        /subjectAccessReview.verb: verb "\{namespace\}" cannot hold a capture/,
      ],
      [
        'a capture as resource',
        '{ resource: "{namespace}", verb: get }',
        /resource: resource "\{namespace\}" cannot hold a capture/,
      ],
      ['a capture as group', review('group: "a.{namespace}"'), /group: group .*cannot hold/],
      [
        'a capture as subresource',
        review('subresource: "{namespace}"'),
        /subresource: subresource .*cannot hold/,
      ],
      [
        'half a capture',
        review('namespace: "{namespace"'),
        /namespace: "\{namespace" must name its captures/,
      ],
      ['a capture without name', review('namespace: "{}"'), /must name its captures/],
      ['a capture in a capture', review('namespace: "{{namespace}}"'), /must name its captures/],
      ['an expression', review('name: "{user.username}"'), /must name its captures/],
      ['a capture with blanks', review('name: "{ namespace }"'), /must name its captures/],
      [
        'a verb of HTTP',
        '{ resource: pods, verb: GET }',
        /verb: must be a verb of Kubernetes in lower case, such as get \(got "GET"\)/,
      ],
      ['a kind', '{ resource: Pod, verb: get }', /resource: must be a resource in lower case/],
      ['pods/log', '{ resource: pods/log, verb: get }', /resource: .*has its own key/],
      ['apps/v1', review('group: apps/v1'), /group: must be an API group without its version/],
      ['a blank', '{ resource: pods, verb: "get " }', /verb: must be a verb/],
      ['a line end', review('namespace: "a\\n"'), /namespace: must be a namespace/],
      ['a namespace that is none', review('namespace: Team_A'), /namespace: must be a namespace/],
      ['all namespaces as *', review('namespace: "*"'), /namespace: must be a namespace/],
      ['a name with /', review('name: "../{namespace}"'), /name: must be the name of an object/],
      ['an invisible name', review('name: "a\\u200bb"'), /name: must be the name of an object/],
    ],
    (text) => route(text, '{ paths: ["/{namespace}/*"] }'),
  )

  it('does not tell what a variable holds', () => {
    const text = route(review('namespace: "${SECRET}"'))
    for (const SECRET of ['{canary', 'Canary', '{canary}canary{']) {
      const problems = problemsOf(text, { env: { SECRET } })
      assert.equal(problems.length, 1)
      assert.doesNotMatch(problems.join('\n'), /canary/i)
      assert.match(problems.join('\n'), /\$\{SECRET\}/)
    }
  })
})
