import { sessionKeys } from './folder.ts'
import { pem } from './pem.ts'

/** A configuration that uses everything there is; `${HOST}` comes from the environment. */
export const full = `
listen:
  grpc: 0.0.0.0:9090
  http: "[::1]:8080"
  pages: 0.0.0.0:8082
  admin: unix:/run/attache/admin.sock
  tls: { certFile: tls.crt, keyFile: tls.key, clientCAFile: ca.crt }
  callerSecretFile: caller
  checkPathPrefix: /check
  trustedHops: 2
authentication:
  apiVersion: apiserver.config.k8s.io/v1beta1
  kind: AuthenticationConfiguration
  jwt:
  - issuer:
      url: http://dex.auth.svc.cluster.local:5556/dex
      discoveryURL: http://dex.auth:5556/dex/.well-known/openid-configuration
      audiences: [kubeflow, other]
      audienceMatchPolicy: MatchAny
    claimValidationRules:
    - { claim: hd, requiredValue: example.com }
    - { expression: "claims.?email_verified.orValue(true) == true", message: verified }
    claimMappings:
      username: { claim: email, prefix: "" }
      groups: { claim: groups, prefix: "oidc:\${HOST}:" }
      uid: { claim: sub }
      extra: [{ key: example.com/team, valueExpression: claims.team }]
    userValidationRules: [{ expression: "!user.username.startsWith('system:')" }]
  anonymous:
    enabled: true
    conditions: [{ path: /livez }]
insecureIssuers: [http://dex.auth.svc.cluster.local:5556/dex]
kubernetes: { server: "https://10.0.0.1:6443", tokenFile: /run/token }
serviceAccounts:
  validation: tokenReview
  audiences: [pipelines.kubeflow.org]
clientCertificates: { source: xfcc, clientCAFile: ca.crt, crlFile: crl }
frontProxy:
  clientCAFile: ca.crt
  allowedNames: [front]
  groupHeaders: [X-Group]
basic: { htpasswdFile: htpasswd, usersFile: users.yaml }
signIn:
  externalURL: ["https://\${HOST}", "http://localhost:8000"]
  pathPrefix: /auth
  providers:
  - id: dex
    displayName: Company account
    issuer: http://dex.auth.svc.cluster.local:5556/dex
    clientID: kubeflow
    clientSecretFile: dex-secret
    scopes: [openid, email]
    clientAuthentication: client_secret_post
    claimsFrom: userinfo
    authorizationEndpoint: /dex/auth
  - { id: other, issuer: "http://dex.auth.svc.cluster.local:5556/dex", clientID: other, clientKeyFile: client-key }
  logoutPaths: [/logout]
  allowedOrigins: ["https://other.example.com:443"]
  unauthenticated: { navigate: signIn, api: 403, other: 418 }
  backChannelLogout: true
  branding: { name: Example Platform, logoFile: logo.svg }
  apiPaths: [/api/*]
session:
  store: redis
  redis: { urlFile: redis-url, certificateAuthorityFile: ca.crt }
  keysFile: session-keys
  cookie: { name: attache, domain: "", sameSite: strict, secure: false, maxBytes: 8000 }
  absoluteLifetime: 30m
  idleLifetime: 10m
  refreshAfter: 5m
routes:
- match: { paths: [/dex/*] }
  access: public
- match: [{ hosts: [k8s.example.com], methods: [GET] }, { paths: ["/ns/{namespace}/*"] }]
  identity: impersonate
  allowImpersonation: true
  audit: false
- match: { paths: ["/fwd/{ns}"] }
  identity: forward
  subjectAccessReview: { resource: pods, verb: get, namespace: "{ns}" }
  when: "request.method == 'GET'"
- identity: headers
  authorization: keep
  preflight: pass
  provider: other
  audit: true
impersonate: { tokenFile: token, serviceAccounts: forward, systemIdentities: refuse, clientHeaders: remove, originalUserExtra: jetstack, maxHeaderLines: 100, maxHeaderBytes: 2048 }
kubeflow: { userHeader: X-User }
headers: { user: Remote-User, groups: "", idToken: x-id-token }
audit: { format: authn-lines }
readiness: { wait: 300ms }
shutdown: { graceSeconds: 3 }
tracing: {}
`
/** The files that it names. */
export const files = {
  'tls.crt': pem.certificate,
  'tls.key': pem.key,
  'ca.crt': `${pem.otherCertificate}${pem.certificate}`,
  caller: 'a-secret-of-the-caller\n',
  'dex-secret': 'of dex\r\n',
  'client-key': pem.key,
  'logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'redis-url': 'rediss://user:word@redis.example.com:6380/1\n',
  'session-keys': sessionKeys,
  token: 'ey.to.ken\n',
  crl: pem.revocationList,
  htpasswd: `alice:$2y$05$${'a'.repeat(53)}\n`,
  'users.yaml': 'alice: { groups: [admins] }\n',
}
