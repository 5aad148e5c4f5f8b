import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configOf, listenAndRoutes } from './folder.ts'
import { type Case, check } from './rules.ts'

const around = (text: string) => `${listenAndRoutes}${text}\n`

describe('kubernetes and serviceAccounts', () => {
  it('need nothing in a pod', () => {
    const { kubernetes, serviceAccounts } = configOf(
      around('serviceAccounts: { validation: jwks }'),
    )
    assert.deepEqual(kubernetes, {
      server: new URL('https://kubernetes.default.svc'),
      certificateAuthorityFile: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
      tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    })
    assert.deepEqual(serviceAccounts, { validation: 'jwks', audiences: undefined })
  })

  it('read no file: files are relative to the folder, and may come late', () => {
    const { kubernetes } = configOf(
      around(
        'serviceAccounts: { validation: tokenReview, audiences: [a, b] }\nkubernetes: { server: "https://10.0.0.1:6443/k8s/", certificateAuthorityFile: nope/ca.crt, tokenFile: /nope/token }',
      ),
    )
    assert.equal(kubernetes.server.href, 'https://10.0.0.1:6443/k8s/')
    assert.match(kubernetes.certificateAuthorityFile, /^\/.*\/nope\/ca\.crt$/)
    assert.equal(kubernetes.tokenFile, '/nope/token')
  })

  const on = 'serviceAccounts: { validation: tokenReview }\n'
  const cases: readonly Case[] = [
    ['validation that is off', 'serviceAccounts: { validation: off }'],
    ['an empty section', 'serviceAccounts: {}'],
    ['yes, which is a string here', 'serviceAccounts: { validation: yes }', /must be tokenReview/],
    ['no audience', 'serviceAccounts: { validation: jwks, audiences: [] }', /must not be an empty/],
    [
      'an empty audience',
      'serviceAccounts: { validation: jwks, audiences: [""] }',
      /audiences\[0\]: must not be empty/,
    ],
    [
      'audiences without validation',
      'serviceAccounts: { audiences: [a] }',
      /serviceAccounts.audiences: has no use while validation is off/,
    ],
    [
      'kubernetes without a use',
      'kubernetes: {}',
      /kubernetes: has no use: nothing asks the API server/,
    ],
    ['plain http', `${on}kubernetes: { server: "http://kubernetes" }`, /must be an https URL/],
    ['no URL', `${on}kubernetes: { server: kubernetes.default.svc }`, /must be a URL such as/],
    ['a user', `${on}kubernetes: { server: "https://a:b@kubernetes" }`, /must not name a user/],
    ['a query', `${on}kubernetes: { server: "https://kubernetes?a" }`, /must have no query/],
    ['a fragment', `${on}kubernetes: { server: "https://kubernetes#" }`, /must have no query/],
    [
      'an empty file',
      `${on}kubernetes: { tokenFile: "" }`,
      /kubernetes.tokenFile: must not be empty/,
    ],
    ['a token', `${on}kubernetes: { token: x }`, /kubernetes.token: unknown key/],
  ]
  check(cases, around)

  check(
    [
      [
        'kubernetes for a review',
        'identity: kubeflow, subjectAccessReview: { resource: pods, verb: get }',
      ],
      ['kubernetes for kubectl --as', 'identity: impersonate, allowImpersonation: true'],
      [
        'kubernetes for a route that asks nothing',
        'identity: impersonate',
        /kubernetes: has no use/,
      ],
      ['a route that is wrong, and says nothing of kubernetes', 'identity: 5', /routes.*identity/],
    ],
    (route) =>
      `listen: { grpc: 127.0.0.1:1 }\nroutes: [{ ${route} }]\nimpersonate: { credential: none }\nkubernetes: {}\n`,
  )
})
