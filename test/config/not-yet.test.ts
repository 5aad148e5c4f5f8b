import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { notYet } from '../../src/config/not-yet.ts'
import { problemsOf, sessionKeys } from './folder.ts'

/** Everything that is published and not built yet, each with a value that fits the schema. */
const text = `listen: { grpc: 127.0.0.1:1 }
personalAccessTokens: { x: 1 }
authentication:
  apiVersion: apiserver.config.k8s.io/v1
  kind: AuthenticationConfiguration
  jwt:
  - issuer: { url: https://a.example.com, audiences: [b] }
    claimMappings: { username: { claim: sub, prefix: "" } }
signIn:
  externalURL: https://app.example.com
  providers: [{ id: a, issuer: https://a.example.com, clientID: b }]
session: { keysFile: keys }
routes:
- identity: impersonate
impersonate:
  credential: none
  serviceAccount: attache/impersonator
`

describe('what is not available yet', () => {
  const problems = problemsOf(text, { files: { keys: sessionKeys } })

  for (const { path } of notYet) {
    const pattern = path
      .replaceAll(/[.[\]]/g, String.raw`\$&`)
      .replaceAll(String.raw`\[\]`, String.raw`\[\d+\]`)
    it(`is refused by name: ${path}`, () => {
      const own = problems.filter((problem) => new RegExp(`^\\d+:\\d+ ${pattern}: `).test(problem))
      assert.equal(own.length, 1, problems.join('\n'))
      assert.match(own[0] ?? '', /is not available yet: /)
    })
  }

  it('is all that is wrong with a file that uses everything', () => {
    assert.equal(problems.length, notYet.length)
  })

  it('is not said of the values that are available', () => {
    const off = `listen: { grpc: 127.0.0.1:1 }
authentication: { apiVersion: apiserver.config.k8s.io/v1, kind: AuthenticationConfiguration, jwt: [{ issuer: { url: "https://a.example.com", audiences: [b] }, claimMappings: { username: { claim: sub, prefix: "" } } }] }
signIn: { externalURL: https://app.example.com, relativeRedirectURI: false, unauthenticated: { navigate: signIn, api: 401, other: 403 }, providers: [{ id: a, issuer: https://a.example.com, clientID: b, claimsFrom: idToken }] }
session: { store: cookie, keysFile: keys, cookie: { refresh: false } }
routes: [{ identity: kubeflow, allowImpersonation: false }]
`
    assert.deepEqual(problemsOf(off, { files: { keys: sessionKeys } }), [])
  })
})
