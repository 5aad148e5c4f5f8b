import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { algorithms } from '../../src/authn/jwt/jws.ts'
import { loadConfig } from '../../src/config/load.ts'
import { isRecord } from '../../src/json/record.ts'
import { defaultTracing } from '../support/tracing.ts'
import { configOf, folderWith, listenAndRoutes, problemsOf, sessionKeys } from './folder.ts'
import { files, full } from './full.ts'
import { pem } from './pem.ts'

/** What is there without a word about it. */
const untouched = {
  anonymous: undefined,
  kubernetes: {
    server: new URL('https://kubernetes.default.svc'),
    certificateAuthorityFile: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
    tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
  },
  serviceAccounts: { validation: 'off', audiences: undefined },
  clientCertificates: undefined,
  frontProxy: undefined,
  basic: undefined,
} as const

const placeholder = 'a program'

/** Functions are equal to themselves alone. */
function withoutPrograms(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrograms)
  if (!isRecord(value) || Object.getPrototypeOf(value) !== Object.prototype) return value
  if (typeof value['evaluate'] === 'function') return placeholder
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, withoutPrograms(member)]),
  )
}

describe('loadConfig()', () => {
  it('makes a Config of everything that there is', () => {
    const config = configOf(full, { files, env: { HOST: 'app.example.com' } })
    const issuer = {
      url: 'http://dex.auth.svc.cluster.local:5556/dex',
      discoveryURL: 'http://dex.auth:5556/dex/.well-known/openid-configuration',
      certificateAuthority: undefined,
      audiences: ['kubeflow', 'other'],
      claimValidationRules: [
        { claim: 'hd', requiredValue: 'example.com' },
        { expression: placeholder, message: 'verified' },
      ],
      claimMappings: {
        username: { claim: 'email', prefix: '' },
        groups: { claim: 'groups', prefix: 'oidc:${HOST}:' },
        uid: { claim: 'sub' },
        extra: [{ key: 'example.com/team', valueExpression: placeholder }],
      },
      userValidationRules: [{ expression: placeholder, message: '' }],
      algorithms,
      allowHttp: true,
    }
    const any = { paths: undefined, hosts: undefined, methods: undefined }
    assert.deepEqual(withoutPrograms(config), {
      listen: {
        grpc: { kind: 'tcp', host: '0.0.0.0', port: 9090 },
        http: { kind: 'tcp', host: '::1', port: 8080 },
        pages: { kind: 'tcp', host: '0.0.0.0', port: 8082 },
        admin: { kind: 'unix', path: '/run/attache/admin.sock' },
        tls: {
          cert: pem.certificate.trimEnd(),
          key: pem.key.trimEnd(),
          clientCA: files['ca.crt'].trimEnd(),
        },
        callerSecret: 'a-secret-of-the-caller',
        trustNetwork: false,
        checkPathPrefix: '/check',
        trustedHops: 2,
      },
      issuers: [issuer],
      anonymous: { paths: ['/livez'] },
      kubernetes: {
        ...untouched.kubernetes,
        server: new URL('https://10.0.0.1:6443'),
        tokenFile: '/run/token',
      },
      serviceAccounts: { validation: 'tokenReview', audiences: ['pipelines.kubeflow.org'] },
      clientCertificates: {
        source: 'xfcc',
        clientCA: files['ca.crt'].trimEnd(),
        crl: pem.revocationList.trimEnd(),
      },
      frontProxy: {
        source: 'checkRequest',
        clientCA: files['ca.crt'].trimEnd(),
        allowedNames: ['front'],
        usernameHeaders: ['x-remote-user'],
        uidHeaders: ['x-remote-uid'],
        groupHeaders: ['x-group'],
        extraHeaderPrefixes: ['x-remote-extra-'],
      },
      basic: {
        hashes: new Map([['alice', `$2y$05$${'a'.repeat(53)}`]]),
        users: new Map([
          ['alice', { name: 'alice', uid: '', groups: ['admins'], extra: new Map() }],
        ]),
      },
      signIn: {
        externalURLs: [new URL('https://app.example.com'), new URL('http://localhost:8000')],
        relativeRedirectURI: false,
        pathPrefix: '/auth',
        providers: [
          {
            id: 'dex',
            displayName: 'Company account',
            issuer,
            clientID: 'kubeflow',
            clientAuthentication: { method: 'client_secret_post', clientSecret: 'of dex' },
            scopes: ['openid', 'email'],
            claimsFrom: 'userinfo',
            authorizationEndpoint: '/dex/auth',
            endSessionEndpoint: undefined,
          },
          {
            id: 'other',
            displayName: 'other',
            issuer,
            clientID: 'other',
            clientAuthentication: {
              method: 'private_key_jwt',
              key: { pem: pem.key, keyID: undefined },
            },
            scopes: ['openid', 'email', 'profile'],
            claimsFrom: 'idToken',
            authorizationEndpoint: undefined,
            endSessionEndpoint: undefined,
          },
        ],
        logoutPaths: ['/logout'],
        allowedOrigins: ['https://other.example.com'],
        unauthenticated: { navigate: 'signIn', api: 403, other: 418 },
        apiPaths: ['/api/*'],
        backChannelLogout: true,
        branding: {
          name: 'Example Platform',
          logo: { contentType: 'image/svg+xml', bytes: Buffer.from(files['logo.svg']) },
        },
      },
      session: {
        keys: sessionKeys
          .trim()
          .split('\n')
          .map((line) => Uint8Array.from(Buffer.from(line, 'base64'))),
        cookie: {
          name: 'attache',
          domain: '',
          sameSite: 'strict',
          secure: false,
          maxBytes: 8000,
          refresh: false,
        },
        absoluteLifetimeMs: 1_800_000,
        idleLifetimeMs: 600_000,
        refreshAfterMs: 300_000,
        redis: {
          address: {
            kind: 'server',
            nodes: [{ host: 'redis.example.com', port: 6380 }],
            isTls: true,
            login: { username: 'user', password: 'word' },
            sentinelLogin: undefined,
            primaryName: '',
            database: 1,
          },
          certificateAuthority: files['ca.crt'].trimEnd(),
          clientCertificate: undefined,
        },
      },
      routes: [
        {
          name: 'routes[0]',
          match: [{ ...any, paths: ['/dex/*'] }],
          access: 'public',
          identity: undefined,
          authorization: 'keep',
          audience: undefined,
          preflight: 'deny',
          provider: undefined,
          when: undefined,
          subjectAccessReview: undefined,
          allowImpersonation: false,
          allowGatewayPass: false,
          audit: false,
        },
        {
          name: 'routes[1]',
          match: [
            { ...any, hosts: ['k8s.example.com'], methods: ['GET'] },
            { ...any, paths: ['/ns/{namespace}/*'] },
          ],
          access: 'authenticated',
          identity: 'impersonate',
          authorization: 'remove',
          audience: undefined,
          preflight: 'deny',
          provider: undefined,
          when: undefined,
          subjectAccessReview: undefined,
          allowImpersonation: true,
          allowGatewayPass: false,
          audit: false,
        },
        {
          name: 'routes[2]',
          match: [{ ...any, paths: ['/fwd/{ns}'] }],
          access: 'authenticated',
          identity: 'forward',
          authorization: 'token',
          audience: undefined,
          preflight: 'deny',
          provider: undefined,
          when: placeholder,
          subjectAccessReview: { resource: 'pods', verb: 'get', namespace: '{ns}' },
          allowImpersonation: false,
          allowGatewayPass: false,
          audit: false,
        },
        {
          name: 'routes[3]',
          match: [any],
          access: 'authenticated',
          identity: 'headers',
          authorization: 'keep',
          audience: undefined,
          preflight: 'pass',
          provider: 'other',
          when: undefined,
          subjectAccessReview: undefined,
          allowImpersonation: false,
          allowGatewayPass: false,
          audit: true,
        },
      ],
      impersonate: {
        credential: 'attach',
        impersonator: config.impersonate.impersonator,
        serviceAccounts: 'forward',
        systemIdentities: 'refuse',
        clientHeaders: 'remove',
        originalUserExtra: 'jetstack',
        maxHeaderLines: 100,
        maxHeaderBytes: 2048,
        extra: [],
      },
      identityToken: undefined,
      gatewayPass: undefined,
      kubeflow: { userHeader: 'x-user', groupsHeader: 'kubeflow-groups' },
      headers: {
        user: 'remote-user',
        groups: undefined,
        email: 'x-forwarded-email',
        idToken: 'x-id-token',
      },
      audit: { format: 'authn-lines' },
      readiness: { waitMs: 300 },
      shutdown: { graceMs: 3000 },
      tracing: defaultTracing,
    })
    assert.equal(config.signIn?.providers[0]?.issuer, config.issuers[0])
  })

  it('fills in every default', () => {
    assert.deepEqual(configOf(listenAndRoutes), {
      listen: {
        grpc: { kind: 'tcp', host: '127.0.0.1', port: 9090 },
        http: undefined,
        pages: undefined,
        admin: undefined,
        tls: undefined,
        callerSecret: undefined,
        trustNetwork: false,
        checkPathPrefix: '',
        trustedHops: 0,
      },
      issuers: [],
      ...untouched,
      signIn: undefined,
      session: undefined,
      routes: [
        {
          name: 'routes[0]',
          match: [{ paths: undefined, hosts: undefined, methods: undefined }],
          access: 'authenticated',
          identity: 'kubeflow',
          authorization: 'remove',
          audience: undefined,
          preflight: 'deny',
          provider: undefined,
          when: undefined,
          subjectAccessReview: undefined,
          allowImpersonation: false,
          allowGatewayPass: false,
          audit: false,
        },
      ],
      impersonate: {
        credential: 'attach',
        impersonator: undefined,
        serviceAccounts: 'impersonate',
        systemIdentities: 'allow',
        clientHeaders: 'refuse',
        originalUserExtra: 'domain',
        maxHeaderLines: 600,
        maxHeaderBytes: 49_152,
        extra: [],
      },
      identityToken: undefined,
      gatewayPass: undefined,
      kubeflow: { userHeader: 'kubeflow-userid', groupsHeader: 'kubeflow-groups' },
      headers: {
        user: 'x-forwarded-user',
        groups: 'x-forwarded-groups',
        email: 'x-forwarded-email',
        idToken: undefined,
      },
      audit: { format: 'json' },
      readiness: { waitMs: 30_000 },
      shutdown: { graceMs: 10_000 },
      tracing: undefined,
    })
  })

  it('freezes what it makes, all the way down', () => {
    const config = configOf(full, { files, env: { HOST: 'app.example.com' } })
    const frozen: unknown[] = [
      config,
      config.listen.tls,
      config.issuers,
      config.issuers[0]?.claimMappings.username,
      config.routes[1]?.match[0]?.hosts,
    ]
    assert.deepEqual(
      frozen.map((part) => Object.isFrozen(part)),
      frozen.map(() => true),
    )
  })

  it('names every file that it read', () => {
    const folder = folderWith({ ...files, 'attache.yaml': full })
    const loaded = loadConfig(join(folder, 'attache.yaml'), { HOST: 'app.example.com' })
    const names = [
      'attache.yaml',
      'tls.crt',
      'tls.key',
      'ca.crt',
      'caller',
      'dex-secret',
      'client-key',
      'logo.svg',
      'redis-url',
      'session-keys',
      'crl',
      'htpasswd',
      'users.yaml',
    ]
    assert.deepEqual(
      loaded.files.map(({ file }) => file).toSorted(),
      names.map((name) => join(folder, name)).toSorted(),
    )
    assert.ok(loaded.files.every(({ digest }) => /^[0-9a-f]{64}$/.test(digest)))
    assert.deepEqual(loaded.locate('listen.grpc'), { line: 3, column: 3 })
  })

  it('reports what is wrong in all sections at once, in the order of the file', () => {
    const text = `listen: { grpc: nowhere, htpp: 127.0.0.1:1 }
kubeflow: { userHeader: cookie }
sesion: {}
routes:
- match: { paths: [dex] }
  identity: kubeflow
  preflight: maybe
- identity: forward
  authorization: keep
readiness: { wait: soon }
`
    assert.deepEqual(
      problemsOf(text).map((problem) => problem.replace(/: .*/, '')),
      [
        '1:17 listen.grpc',
        '1:26 listen.htpp',
        '2:25 kubeflow.userHeader',
        '3:1 sesion',
        '7:14 routes[0].preflight',
        '9:18 routes[1].authorization',
        '10:20 readiness.wait',
      ],
    )
  })
})
