import type { ProviderConfig, RedisConfig, SessionConfig } from '../../src/config/browser-types.ts'
import { isBad, readRedisAddress } from '../../src/config/redis-address.ts'
import type { Config, IssuerConfig, RouteConfig } from '../../src/config/types.ts'

/** A checked issuer, with what a test wants to differ. */
export function issuerConfig(overrides: Partial<IssuerConfig> = {}): IssuerConfig {
  return {
    url: 'https://issuer.example.com',
    discoveryURL: undefined,
    certificateAuthority: undefined,
    audiences: ['attache'],
    claimValidationRules: [],
    claimMappings: {
      username: { claim: 'sub', prefix: '' },
      groups: { claim: 'groups', prefix: '' },
      uid: undefined,
      extra: [],
    },
    userValidationRules: [],
    algorithms: ['RS256', 'ES256'],
    allowHttp: false,
    ...overrides,
  }
}

/** A checked route: everything, as `headers`, with what a test wants to differ. */
export function routeConfig(overrides: Partial<RouteConfig> = {}): RouteConfig {
  return {
    name: 'routes[0]',
    match: [{ paths: undefined, hosts: undefined, methods: undefined }],
    access: 'authenticated',
    identity: 'headers',
    authorization: 'remove',
    audience: undefined,
    preflight: 'deny',
    provider: undefined,
    when: undefined,
    subjectAccessReview: undefined,
    allowImpersonation: false,
    allowGatewayPass: false,
    audit: false,
    ...overrides,
  }
}

/** The smallest checked configuration, with what a test wants to differ. */
export function config(overrides: Partial<Config> = {}): Config {
  return {
    listen: {
      grpc: { kind: 'tcp', host: '127.0.0.1', port: 0 },
      http: { kind: 'tcp', host: '127.0.0.1', port: 0 },
      pages: undefined,
      admin: undefined,
      tls: undefined,
      callerSecret: undefined,
      trustNetwork: false,
      checkPathPrefix: '',
      trustedHops: 0,
    },
    issuers: [issuerConfig()],
    anonymous: undefined,
    kubernetes: {
      server: new URL('https://kubernetes.default.svc'),
      certificateAuthorityFile: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
      tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    },
    serviceAccounts: { validation: 'off', audiences: undefined },
    audit: { format: 'json' },
    clientCertificates: undefined,
    frontProxy: undefined,
    basic: undefined,
    signIn: undefined,
    session: undefined,
    routes: [routeConfig()],
    impersonate: {
      credential: 'none',
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
    readiness: { waitMs: 30_000 },
    shutdown: { graceMs: 1000 },
    tracing: undefined,
    ...overrides,
  }
}

/** A checked provider, with what a test wants to differ. */
export function providerConfig(overrides: Partial<ProviderConfig> = {}): ProviderConfig {
  return {
    id: 'dex',
    displayName: 'Company account',
    issuer: issuerConfig(),
    clientID: 'attache',
    clientAuthentication: { method: 'none' },
    scopes: ['openid'],
    claimsFrom: 'idToken',
    authorizationEndpoint: undefined,
    endSessionEndpoint: undefined,
    ...overrides,
  }
}

/** A checked `signIn` on https://app.example.com. */
export function signInConfig(
  overrides: Partial<NonNullable<Config['signIn']>> = {},
): NonNullable<Config['signIn']> {
  return {
    externalURLs: [new URL('https://app.example.com')],
    pathPrefix: '/oauth2',
    relativeRedirectURI: false,
    providers: [providerConfig()],
    logoutPaths: ['/logout'],
    allowedOrigins: [],
    unauthenticated: { navigate: 'signIn', api: 401, other: 401 },
    apiPaths: ['/api/*', '/apis/*'],
    backChannelLogout: false,
    branding: { name: undefined, logo: undefined },
    ...overrides,
  }
}

/** A checked `session`, with what a test wants to differ. */
export function sessionConfig(overrides: Partial<SessionConfig> = {}): SessionConfig {
  return {
    keys: [Buffer.alloc(32, 7)],
    cookie: {
      name: '__Host-attache',
      domain: '',
      sameSite: 'lax',
      secure: true,
      maxBytes: 12_000,
      refresh: false,
    },
    absoluteLifetimeMs: 12 * 3_600_000,
    idleLifetimeMs: undefined,
    refreshAfterMs: 3_600_000,
    redis: undefined,
    ...overrides,
  }
}

/** What a test says of a Redis: its address as an operator writes it. */
export interface RedisVariant extends Partial<Omit<RedisConfig, 'address'>> {
  readonly url?: string
  readonly cluster?: boolean
}

/** A Redis somewhere; without TLS unless the test says so. */
export function redisConfig({
  url = 'redis://redis.invalid',
  cluster = false,
  certificateAuthority,
  clientCertificate,
}: RedisVariant): RedisConfig {
  const address = readRedisAddress(url, { cluster })
  if (isBad(address)) throw new TypeError(`Cannot use "${url}": ${address.problem}`)
  return { address, certificateAuthority, clientCertificate }
}
