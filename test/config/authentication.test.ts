import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { entry, head, issuersOfFile, problemsOfFile } from './entry.ts'
import { listenAndRoutes, problemsOf } from './folder.ts'

describe('authentication, its form', () => {
  for (const version of ['v1', 'v1beta1', 'v1alpha1']) {
    it(`accepts ${version}`, () => {
      assert.equal(
        issuersOfFile(
          `apiVersion: apiserver.config.k8s.io/${version}\nkind: AuthenticationConfiguration\njwt: [${entry()}]`,
        ).length,
        1,
      )
    })
  }

  const accepted = [
    ['no entry', head, 0],
    ['an empty list', `${head}jwt: []`, 0],
    ['null for a list', `${head}jwt: ~`, 0],
    [
      'JSON',
      `{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": [${entry()}]}`,
      1,
    ],
    [
      'CRLF and a byte order mark',
      `\ufeff${head.replaceAll('\n', '\r\n')}jwt: [${entry()}]\r\n`,
      1,
    ],
    ['a second document, which is ignored', `${head}jwt: [${entry()}]\n---\nnonsense: true\n`, 1],
    [
      'null for what is optional',
      `${head}jwt: [${entry({ issuer: { discoveryURL: null, certificateAuthority: null, audienceMatchPolicy: null }, mappings: { groups: null, uid: null, extra: null }, more: { claimValidationRules: null, userValidationRules: null } })}]`,
      1,
    ],
    [
      '"" for what is optional',
      `${head}jwt: [${entry({ issuer: { discoveryURL: '', certificateAuthority: '', audienceMatchPolicy: '', egressSelectorType: '' }, mappings: { uid: { claim: '', expression: '' }, groups: { claim: '', expression: '', prefix: 'x' } } })}]`,
      1,
    ],
    ['anonymous that is off', `${head}anonymous: { enabled: false }`, 0],
    [
      '64 entries',
      `${head}jwt: [${Array.from({ length: 64 }, (_, index) => entry({ issuer: { url: `https://i${index}.example.com` } })).join(', ')}]`,
      64,
    ],
  ] as const
  for (const [what, text, count] of accepted) {
    it(`accepts ${what}`, () => {
      assert.equal(issuersOfFile(text).length, count)
    })
  }

  const refused = [
    ['an empty file', '', /^1:1 : must be a map \(got nothing\)/m],
    [
      'another version',
      'apiVersion: apiserver.config.k8s.io/v2\nkind: AuthenticationConfiguration',
      /^1:13 apiVersion: must be .*v1alpha1 \(got "apiserver.config.k8s.io\/v2"\)/m,
    ],
    ['no version', 'kind: AuthenticationConfiguration', /^1:1 apiVersion: is missing/m],
    [
      'another kind',
      'apiVersion: apiserver.config.k8s.io/v1\nkind: authenticationConfiguration',
      /^2:7 kind: must be AuthenticationConfiguration/m,
    ],
    ['metadata', `${head}metadata: {}`, /^3:1 metadata: unknown key/m],
    ['a name in another case', `${head}JWT: []`, /^3:1 JWT: unknown key, did you mean "jwt"\?/m],
    [
      'an unknown field',
      `${head}jwt:\n- issuer: { URL: x }`,
      /^4:13 jwt\[0\].issuer.URL: unknown key, did you mean "url"/m,
    ],
    [
      'an unknown field that is null',
      `${head}jwt:\n- issuer: { url: "https://a", URL: ~ }`,
      /^4:31 jwt\[0\].issuer.URL: unknown key/m,
    ],
    ['a field named like one of every object', `${head}toString: ~`, /^3:1 toString: unknown key/m],
    [
      'a field twice',
      `${head}jwt:\n- issuer: { url: a, url: b }`,
      /^4:21 jwt\[0\].issuer.url: is given twice/m,
    ],
    ['a field twice in JSON', '{"kind": "x", "kind": "y"}', /^1:15 kind: is given twice/m],
    [
      'yes for a string',
      `${head}jwt:\n- issuer: { audiences: [yes] }`,
      /^4:25 jwt\[0\].issuer.audiences\[0\]: must be a string, in quotes \(got yes\)/m,
    ],
    [
      'on for a string',
      `${head}jwt:\n- claimMappings: { username: { claim: on, prefix: "" } }`,
      /username.claim: must be a string, in quotes \(got on\)/,
    ],
    [
      'a number for a string',
      `${head}jwt:\n- issuer: { audiences: [1_000] }`,
      /must be a string, in quotes \(got 1_000\)/,
    ],
    [
      'a merge that overrides',
      `${head}jwt:\n- issuer: &x { url: "https://a" }\n- issuer: { <<: *x, url: "https://b" }`,
      /jwt\[1\].issuer.url: is given twice/,
    ],
    ['a control character', `${head}\u0000`, /is no YAML/],
    [
      '65 entries, saying nothing else',
      `${head}jwt: [${Array.from({ length: 65 }, () => '{}').join(', ')}]`,
      /^3:6 jwt: must have at most 64 entries \(got 65\)$/m,
    ],
    [
      'anonymous conditions while it is off',
      `${head}anonymous: { enabled: false, conditions: [{ path: /x }] }`,
      /anonymous.conditions: must not be given/,
    ],
  ] as const
  for (const [what, text, expected] of refused) {
    it(`refuses ${what}`, () => {
      assert.match(problemsOfFile(text).join('\n'), expected)
    })
  }

  it('leaves ${NAME} as it is, here alone', () => {
    const [issuer] = issuersOfFile(
      `${head}jwt: [${entry({ mappings: { username: { claim: '${A}', prefix: '$${B}' } } })}]`,
    )
    assert.deepEqual(issuer?.claimMappings.username, { claim: '${A}', prefix: '$${B}' })
  })

  it('takes unquoted yes for a boolean inline too, and for a string outside', () => {
    const text = `${listenAndRoutes}kubeflow: { userHeader: on }\nauthentication:\n  apiVersion: apiserver.config.k8s.io/v1\n  kind: AuthenticationConfiguration\n  jwt:\n  - issuer: { url: https://a.example.com, audiences: [on] }\n    claimMappings: { username: { claim: sub, prefix: "" } }\n`
    assert.deepEqual(problemsOf(text), [
      '8:55 authentication.jwt[0].issuer.audiences[0]: must be a string, in quotes (got on)',
    ])
  })

  it('takes { file } or the section itself, not both', () => {
    const text = `${listenAndRoutes}authentication: { file: a.yaml, jwt: [] }`
    assert.match(
      problemsOf(text, { files: { 'a.yaml': head } })[0] ?? '',
      /^3:33 authentication.jwt: unknown key, known here: file/,
    )
  })

  for (const value of [
    '[]',
    '~',
    'x',
    '{ file: 5 }',
    '{ file: "" }',
    '{ file: nope }',
    '{ file: "${A}" }',
  ]) {
    it(`refuses ${value} as the section`, () => {
      assert.equal(
        problemsOf(`${listenAndRoutes}authentication: ${value}`, { env: { A: 'attache.yaml' } })
          .length,
        1,
      )
    })
  }
})
