import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configOf, oneIssuer, sessionKeys } from './folder.ts'
import { check } from './rules.ts'

const provider = '{ id: dex, issuer: "https://dex.example.com", clientID: kubeflow }'
const signIn = `signIn: { externalURL: "https://a.example.com", providers: [${provider}] }\n`
const session = 'session: { keysFile: keys }\n'
const review =
  'subjectAccessReview: { verb: get, resource: pods, namespace: "{namespace}", name: x }'
const match = 'match: { paths: ["/pods/{namespace}"] }'
const pass = 'authorization: gatewayPass'
const first = `- { ${match}, identity: kubeflow, ${pass}, ${review} }\n`
const second = 'match: { paths: ["/second/{namespace}"] }'
const allow = 'allowGatewayPass: true'

const around = (routes: string, sections = signIn + session) =>
  `listen: { grpc: 127.0.0.1:1 }\nimpersonate: { tokenFile: token }\n${oneIssuer}${sections}routes:\n${routes}\n`

describe('authorization: gatewayPass', () => {
  check(
    [
      ['kubeflow', `- { ${match}, identity: kubeflow, ${pass}, ${review} }`],
      ['headers', `- { ${match}, identity: headers, ${pass}, ${review} }`],
      [
        'a route without a review',
        `- { ${match}, identity: kubeflow, ${pass} }`,
        /^7:\d+ routes\[0\]\.authorization: must not be gatewayPass on a route without subjectAccessReview, .*: add it, or use authorization: remove$/,
      ],
      [
        'identity: impersonate',
        `- { ${match}, identity: impersonate, ${pass}, ${review} }`,
        /routes\[0\]\.authorization: must not be gatewayPass on a route with identity: impersonate/,
      ],
      [
        'identity: impersonate without a review, once',
        `- { ${match}, identity: impersonate, allowImpersonation: true, ${pass} }`,
        /routes\[0\]\.authorization: must not be gatewayPass on a route with identity: impersonate/,
      ],
      [
        'identity: forward',
        `- { ${match}, identity: forward, ${pass}, ${review} }`,
        /routes\[0\]\.authorization: must be token on a route with identity: forward.*"gatewayPass"/,
      ],
      [
        'a public route',
        `- { ${match}, access: public, ${pass} }`,
        /routes\[0\]\.authorization: must not stand on a public route/,
      ],
      [
        'an audience, which a pass has not',
        `- { ${match}, identity: kubeflow, ${pass}, ${review}, audience: models }`,
        /routes\[0\]\.audience: has no use without authorization: identityToken/,
      ],
      [
        'another spelling',
        `- { ${match}, identity: kubeflow, authorization: gatewaypass, ${review} }`,
        /routes\[0\]\.authorization: must be remove, token, identityToken, gatewayPass or keep/,
      ],
    ],
    around,
  )

  check(
    [
      ['the second gateway', `${first}- { ${second}, identity: kubeflow, ${review}, ${allow} }`],
      ['one of several', `- { ${match}, identity: kubeflow, ${pass}, ${review}, ${allow} }`],
      [
        'a second gateway without a review',
        `${first}- { ${second}, identity: kubeflow, ${allow} }`,
        /^8:\d+ routes\[1\]\.allowGatewayPass: must not be true on a route without subjectAccessReview, .*: add it, or remove allowGatewayPass$/,
      ],
      [
        'a second gateway at the API server',
        `${first}- { ${second}, identity: impersonate, ${review}, ${allow} }`,
        /routes\[1\]\.allowGatewayPass: must not be true on a route with identity: impersonate/,
      ],
      [
        'a second gateway that forwards',
        `${first}- { ${second}, identity: forward, ${review}, ${allow} }`,
        /routes\[1\]\.allowGatewayPass: must not be true on a route with identity: forward/,
      ],
      [
        'a second gateway in public',
        `${first}- { ${second}, access: public, ${allow} }`,
        /routes\[1\]\.allowGatewayPass: must not stand on a public route/,
      ],
      [
        'a second gateway without a first',
        `- { ${second}, identity: kubeflow, ${review}, ${allow} }`,
        /routes\[0\]\.allowGatewayPass: has no use: no route has authorization: gatewayPass/,
      ],
    ],
    around,
  )

  check(
    [
      [
        'no session, whose keys seal the passes, at each route',
        `- { ${match}, identity: kubeflow, ${pass}, ${review} }\n- { match: { paths: ["/x/{namespace}"] }, identity: kubeflow, ${pass}, ${review} }`,
        /routes\[0\]\.authorization: needs session\.keysFile, .* with it signIn/,
        /routes\[1\]\.authorization: needs session\.keysFile/,
      ],
    ],
    (routes) => around(routes, ''),
  )

  check(
    [
      [
        'a session without keys, once',
        `- { ${match}, identity: kubeflow, ${pass}, ${review} }`,
        /session\.keysFile: is missing/,
      ],
    ],
    (routes) => around(routes, `${signIn}session: {}\n`),
  )

  it('seals with the keys of sessions', () => {
    const files = { keys: sessionKeys, token: 'x' }
    const route = `- { ${match}, identity: kubeflow, ${pass}, ${review} }`
    const { gatewayPass, session: sessions } = configOf(around(route), { files })
    assert.equal(gatewayPass?.keys.length, 2)
    assert.deepEqual(gatewayPass.keys, sessions?.keys)
  })

  it('is unknown to a configuration that has none', () => {
    const files = { keys: sessionKeys, token: 'x' }
    const { gatewayPass } = configOf(around('- { identity: kubeflow }'), { files })
    assert.equal(gatewayPass, undefined)
  })
})
