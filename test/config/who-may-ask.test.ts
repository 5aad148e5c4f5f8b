import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { oneIssuer, problemsOf, sessionKeys } from './folder.ts'
import { pem } from './pem.ts'

const files = {
  token: 'ey.to.ken',
  caller: 'a-secret-of-the-caller',
  keys: sessionKeys,
  'tls.crt': pem.certificate,
  'tls.key': pem.key,
}

function problemsWith({
  listen,
  route,
  more = '',
}: {
  listen: string
  route: string
  more?: string
}) {
  return problemsOf(`listen: ${listen}\n${oneIssuer}routes: [${route}]\n${more}`, { files })
}

/** Routes whose answers hold a credential. */
const giving = [
  ['impersonate, attach', '{ identity: impersonate }', 'impersonate: { tokenFile: token }'],
  [
    'impersonate, append',
    '{ identity: impersonate }',
    'impersonate: { tokenFile: token, credential: append }',
  ],
  ['forward', '{ identity: forward }', ''],
  ['authorization: token', '{ identity: kubeflow, authorization: token }', ''],
  [
    'authorization: gatewayPass',
    '{ identity: kubeflow, authorization: gatewayPass, subjectAccessReview: { verb: get, resource: pods } }',
    'signIn: { externalURL: "https://a.example", providers: [{ id: dex, issuer: "https://dex.example.com", clientID: kubeflow }] }\nsession: { keysFile: keys }',
  ],
  ['the ID token in a header', '{ identity: headers }', 'headers: { idToken: x-id-token }'],
] as const

const harmless = [
  ['impersonate, none', '{ identity: impersonate }', 'impersonate: { credential: none }'],
  ['kubeflow', '{ identity: kubeflow }', ''],
  ['headers', '{ identity: headers }', ''],
  ['authorization: keep', '{ identity: kubeflow, authorization: keep }', ''],
  ['public', '{ access: public }', ''],
  [
    'a header name that no route uses',
    '{ identity: kubeflow }',
    'headers: { idToken: x-id-token }',
  ],
] as const

const open = [
  '0.0.0.0:9090',
  '"[::]:9090"',
  '10.0.0.1:9090',
  'attache:9090',
  'localhost.example.com:9090',
]
const closed = ['unix:/run/a', '127.0.0.1:9090', '"[::1]:9090"', 'localhost:9090']

describe('who may ask', () => {
  for (const [what, route, more] of giving) {
    for (const address of open) {
      it(`refuses ${what} on ${address}`, () => {
        const [problem] = problemsWith({ listen: `{ grpc: ${address} }`, route, more })
        assert.match(
          problem ?? '',
          /^1:17 listen.grpc: whoever reaches .* can get a credential by routes\[0\]/,
        )
        assert.match(problem ?? '', /clientCAFile.*callerSecretFile.*trustNetwork: true/)
      })
    }
    for (const address of closed) {
      it(`accepts ${what} on ${address}`, () => {
        assert.deepEqual(problemsWith({ listen: `{ grpc: ${address} }`, route, more }), [])
      })
    }
    const proofs = [
      'trustNetwork: true',
      'callerSecretFile: caller',
      'tls: { certFile: tls.crt, keyFile: tls.key, clientCAFile: tls.crt }',
    ]
    for (const proof of proofs) {
      it(`accepts ${what} on 0.0.0.0 with ${proof}`, () => {
        const listen = `{ grpc: 0.0.0.0:9090, ${proof} }`
        assert.deepEqual(problemsWith({ listen, route, more }), [])
      })
    }
    for (const proof of [
      'trustNetwork: false',
      'tls: { certFile: tls.crt, keyFile: tls.key }',
      'admin: 127.0.0.1:1',
    ]) {
      it(`refuses ${what} on 0.0.0.0 with ${proof} alone`, () => {
        const listen = `{ grpc: 0.0.0.0:9090, ${proof} }`
        assert.equal(problemsWith({ listen, route, more }).length, 1)
      })
    }
  }

  for (const [what, route, more] of harmless) {
    it(`accepts ${what} on 0.0.0.0`, () => {
      assert.deepEqual(problemsWith({ listen: '{ grpc: 0.0.0.0:9090 }', route, more }), [])
    })
  }

  for (const section of ['clientCertificates', 'frontProxy']) {
    const more = `${section}: { clientCAFile: tls.crt }`
    const route = '{ identity: kubeflow }'

    it(`refuses ${section} on 0.0.0.0, as any certificate could be named`, () => {
      const problems = problemsWith({ listen: '{ grpc: 0.0.0.0:9090 }', route, more })
      assert.equal(problems.length, 1)
      assert.match(
        problems[0] ?? '',
        new RegExp(`whoever reaches .* can name any certificate as its own for ${section}: use`),
      )
    })

    it(`accepts ${section} where callers prove themselves`, () => {
      const proven = '{ grpc: 0.0.0.0:9090, callerSecretFile: caller }'
      assert.deepEqual(problemsWith({ listen: proven, route, more }), [])
      assert.deepEqual(problemsWith({ listen: '{ grpc: unix:/run/a }', route, more }), [])
    })
  }

  it('tells both reasons at once', () => {
    const more =
      'clientCertificates: { clientCAFile: tls.crt }\nfrontProxy: { clientCAFile: tls.crt }'
    const route = '{ identity: forward }'
    assert.match(
      problemsWith({ listen: '{ grpc: 0.0.0.0:9090 }', route, more })[0] ?? '',
      /can get a credential by routes\[0\] \(identity: forward\) and name any certificate as its own for clientCertificates and frontProxy: use/,
    )
  })

  it('looks at each port, and not at admin', () => {
    const listen = '{ grpc: unix:/run/a, http: 0.0.0.0:8080, admin: 0.0.0.0:8081 }'
    const problems = problemsWith({ listen, route: '{ identity: forward }' })
    assert.equal(problems.length, 1)
    assert.match(problems[0] ?? '', /^1:36 listen.http: whoever reaches 0.0.0.0:8080/)
  })

  it('names the first three routes and counts the others', () => {
    const route = ['/a', '/b', '/c', '/d', '/e'].map(
      (path) => `{ match: { paths: [${path}] }, identity: forward }`,
    )
    const [problem] = problemsWith({ listen: '{ grpc: 0.0.0.0:1 }', route: route.join(', ') })
    assert.match(problem ?? '', /routes\[2\] \(identity: forward\) and 2 more: /)
  })
})
