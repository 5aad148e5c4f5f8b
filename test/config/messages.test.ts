import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { ConfigError } from '../../src/errors.ts'
import { folderWith, listenAndRoutes, problemsOf } from './folder.ts'
import { files, full } from './full.ts'
import { pem } from './pem.ts'

/** Wherever a secret is put by mistake, or is read from, no message holds it. */
describe('messages of loadConfig()', () => {
  const canary = 'hunter2-canary'
  const base = listenAndRoutes
  const misplaced = [
    `${base}signIn: { providers: [{ id: a, issuer: b, clientID: c, clientSecretFile: ${canary} }] }`,
    `${base}signIn: { providers: [{ id: a, issuer: b, clientID: c, clientSecret: ${canary} }] }`,
    `${base}signIn: { externalURL: "https://user:${canary}@example.com", providers: [] }`,
    `${base}signIn: { providers: [{ id: a, issuer: "https://user:${canary}@x", clientID: c }] }`,
    `${base}session: { keysFile: ${canary} }`,
    `${base}session: { keysFile: [${canary}] }`,
    `${base}session: { keysFile: { a: ${canary} }, redis: { urlFile: ${canary} } }`,
    `listen: { grpc: 127.0.0.1:1, callerSecretFile: ${canary} }`,
    `listen: { grpc: 127.0.0.1:1, callerSecret: ${canary} }`,
    `listen: { grpc: 127.0.0.1:1, tls: { certFile: caller, keyFile: ${canary} } }`,
    `${base}impersonate: { tokenFile: ${canary} }`,
    `${base}impersonate: { token: ${canary} }`,
    `${base}basic: { htpasswdFile: ${canary} }`,
    `${base}basic: { htpasswdFile: 5, usersFile: 5, password: ${canary} }`,
    `${base}serviceAccounts: { validation: jwks }\nkubernetes: { server: "https://u:${canary}@k" }`,
    `${base}password: ${canary}`,
    `${base}password: [${canary}`,
    `${base}x: !${canary} 1`.replace(`!${canary}`, '!secret'),
    `listen: { grpc: "\${SECRET}", checkPathPrefix: "\${SECRET}" }`,
    `${base}readiness: { wait: "\${SECRET}" }`,
    `${base}signIn: { externalURL: "\${SECRET}", providers: [{ id: "\${SECRET}", issuer: "\${SECRET}", clientID: c }] }`,
    `listen: { grpc: 127.0.0.1:1 }\nroutes: [{ identity: kubeflow, match: { paths: ["x/\${SECRET}"], hosts: ["\${SECRET}"], methods: ["\${SECRET}"] } }]`,
    `${base}session: { keysFile: x, cookie: { name: "__Host-\${SECRET}", domain: "\${SECRET}" } }`,
    `${base}kubeflow: { userHeader: "a \${SECRET}" }`,
  ]
  for (const text of misplaced) {
    it(`hold no secret: ${text.slice(base.length)}`, () => {
      const problems = problemsOf(text, { env: { SECRET: `x ${canary}` } })
      assert.notDeepEqual(problems, [])
      assert.doesNotMatch(problems.join('\n'), new RegExp(canary))
    })
  }

  const secretFiles = [
    'tls.crt',
    'tls.key',
    'ca.crt',
    'caller',
    'dex-secret',
    'session-keys',
    'token',
    'htpasswd',
    'crl',
  ]
  for (const name of secretFiles) {
    it(`hold nothing of the file ${name}`, () => {
      const content = `${canary} \u0001\n${canary}`
      const problems = problemsOf(full, {
        files: { ...files, [name]: content },
        env: { HOST: 'app.example.com' },
      })
      assert.doesNotMatch(problems.join('\n'), new RegExp(canary))
    })
  }

  it('hold nothing of a file that is taken for the configuration', () => {
    for (const text of [pem.key, canary, `{"k": "${canary}"`, `${canary}: [}`]) {
      const problems = problemsOf(text).join('\n')
      assert.notEqual(problems, '')
      assert.doesNotMatch(problems, /MIGHAg/)
    }
  })
})

describe('the message of a ConfigError', () => {
  it('has a line FILE:line:column: path: what is wrong for each problem', () => {
    const folder = folderWith({ 'a.yaml': 'listen: { grpc: x }\nroutes: [{ identity: y }]\n' })
    const file = join(folder, 'a.yaml')
    assert.throws(() => loadConfig(file, {}), {
      name: 'ConfigError',
      message: [
        `${file}:1:17: listen.grpc: must be host:port, [IPv6]:port or unix:/path (got "x")`,
        `${file}:2:22: routes[0].identity: must be impersonate, kubeflow, headers or forward (got "y")`,
      ].join('\n'),
    })
  })

  it('names a file of its own where that is wrong', () => {
    const folder = folderWith({
      'a.yaml': `${listenAndRoutes}authentication: { file: authn.yaml }\n`,
      'authn.yaml':
        'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt: [{ issuer: {} }]\n',
    })
    const place = `${join(folder, 'authn.yaml')}:3:9: jwt[0].issuer.url: is missing`
    assert.throws(
      () => loadConfig(join(folder, 'a.yaml'), {}),
      (error) => error instanceof ConfigError && error.message.split('\n').includes(place),
    )
  })
})
