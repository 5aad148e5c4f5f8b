import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configOf, problemsOf } from './folder.ts'
import { pem } from './pem.ts'

const files = {
  ca: `# roots\n${pem.otherCertificate}${pem.certificate}`,
  crl: pem.revocationList,
  key: pem.key,
  half: `${pem.certificate}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
  text: 'no PEM',
}

function problemsWith(section: string, listen = '{ grpc: 127.0.0.1:1 }') {
  return problemsOf(`listen: ${listen}\nroutes: [{ identity: kubeflow }]\n${section}\n`, { files })
}

describe('clientCertificates and frontProxy', () => {
  it('read their files', () => {
    const text =
      'listen: { grpc: 127.0.0.1:1 }\nroutes: [{ identity: kubeflow }]\nclientCertificates: { clientCAFile: ca, crlFile: crl }\nfrontProxy: { clientCAFile: ca }'
    const { clientCertificates, frontProxy } = configOf(text, { files })
    assert.deepEqual(clientCertificates, {
      source: 'checkRequest',
      clientCA: files.ca.trimEnd(),
      crl: files.crl.trimEnd(),
    })
    assert.deepEqual(frontProxy, {
      source: 'checkRequest',
      clientCA: files.ca.trimEnd(),
      allowedNames: [],
      usernameHeaders: ['x-remote-user'],
      uidHeaders: ['x-remote-uid'],
      groupHeaders: ['x-remote-group'],
      extraHeaderPrefixes: ['x-remote-extra-'],
    })
  })

  it('take names of headers in any case, and none where none is needed', () => {
    const text =
      'listen: { grpc: 127.0.0.1:1 }\nroutes: [{ identity: kubeflow }]\nfrontProxy: { source: xfcc, clientCAFile: ca, allowedNames: [a], usernameHeaders: [X-A, x-b], uidHeaders: [], groupHeaders: [], extraHeaderPrefixes: [] }'
    const { frontProxy } = configOf(text, { files })
    assert.deepEqual(frontProxy?.usernameHeaders, ['x-a', 'x-b'])
    assert.deepEqual(frontProxy.extraHeaderPrefixes, [])
    assert.deepEqual(frontProxy.allowedNames, ['a'])
  })

  const bad = [
    ['clientCertificates: {}', /clientCertificates.clientCAFile: is missing/],
    ['clientCertificates: { clientCAFile: nope }', /clientCAFile: .* there is no such file/],
    ['clientCertificates: { clientCAFile: text }', /clientCAFile: .* one certificate or more, PEM/],
    ['clientCertificates: { clientCAFile: key }', /clientCAFile: .* one certificate or more, PEM/],
    ['clientCertificates: { clientCAFile: half }', /clientCAFile: .* one certificate or more, PEM/],
    [
      'clientCertificates: { clientCAFile: ca, crlFile: ca }',
      /crlFile: .* one complete revocation list or more/,
    ],
    ['clientCertificates: { clientCAFile: ca, source: header }', /must be checkRequest or xfcc/],
    ['frontProxy: {}', /frontProxy.clientCAFile: is missing/],
    ['frontProxy: { clientCAFile: text }', /frontProxy.clientCAFile: .* one certificate or more/],
    [
      'frontProxy: { clientCAFile: ca, usernameHeaders: [] }',
      /usernameHeaders: must not be an empty/,
    ],
    [
      'frontProxy: { clientCAFile: ca, allowedNames: [""] }',
      /allowedNames\[0\]: must not be empty/,
    ],
    [
      'frontProxy: { clientCAFile: ca, uidHeaders: ["a b"] }',
      /uidHeaders\[0\]: must be a header name/,
    ],
    ['frontProxy: { clientCAFile: ca, groupHeaders: [x_g] }', /groupHeaders\[0\]: .* underscore/],
    [
      'frontProxy: { clientCAFile: ca, usernameHeaders: [Authorization] }',
      /usernameHeaders\[0\]: must not be a name that means something else/,
    ],
    [
      'frontProxy: { clientCAFile: ca, usernameHeaders: [Impersonate-User] }',
      /usernameHeaders\[0\]: must not be a name that means something else/,
    ],
    ...['x-', 'x', 'X-Envoy', 'content-', 'impersonate-extra-'].map(
      (prefix) =>
        [
          `frontProxy: { clientCAFile: ca, extraHeaderPrefixes: [${prefix}] }`,
          /extraHeaderPrefixes\[0\]: must not (?:begin names|be a name) that means? something else/,
        ] as const,
    ),
  ] as const
  for (const [section, expected] of bad) {
    it(`refuse ${section}`, () => {
      const problems = problemsWith(section)
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', expected)
    })
  }

  for (const section of ['clientCertificates', 'frontProxy']) {
    it(`${section} can see a certificate over gRPC alone`, () => {
      const http = '{ http: 127.0.0.1:1 }'
      assert.match(
        problemsWith(`${section}: { clientCAFile: ca }`, http).join('\n'),
        new RegExp(`^3:1 ${section}: can see no certificate: Envoy shows it over gRPC alone`),
      )
      assert.match(
        problemsWith(`${section}: { source: checkRequest, clientCAFile: ca }`, http).join('\n'),
        new RegExp(`^3:\\d+ ${section}.source: can see no certificate`),
      )
      assert.deepEqual(problemsWith(`${section}: { source: xfcc, clientCAFile: ca }`, http), [])
      const both = '{ grpc: 127.0.0.1:1, http: 127.0.0.1:2 }'
      assert.deepEqual(problemsWith(`${section}: { clientCAFile: ca }`, both), [])
    })
  }
})
