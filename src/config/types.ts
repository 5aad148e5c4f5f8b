/**
 * The configuration as the rest of Attaché sees it: checked, with defaults filled in, durations in
 * milliseconds and secrets read from their files. `load.ts` makes it, nobody else reads YAML.
 */
import type { AuditFormat } from '../audit/audit-log.ts'
import type { Algorithm } from '../authn/jwt/jws.ts'
import type { RouteReviewSetting } from '../authz/route-review.ts'
import type { CelError, CelValue } from '../cel/value.ts'
import type { UserInfo } from '../user.ts'
import type { SessionConfig, SignInConfig } from './browser-types.ts'
import type { GatewayPassConfig } from './gateway-pass.ts'
import type { IdentityTokenConfig } from './identity-token.ts'
import type { TracingConfig } from './tracing.ts'

export interface Config {
  readonly listen: ListenConfig
  /** `authentication.jwt`, one each; may be empty. */
  readonly issuers: readonly IssuerConfig[]
  /** `authentication.anonymous`; undefined: requests without a credential are nobody's. */
  readonly anonymous: AnonymousConfig | undefined
  readonly kubernetes: KubernetesConfig
  readonly serviceAccounts: ServiceAccountsConfig
  readonly clientCertificates: ClientCertificatesConfig | undefined
  readonly frontProxy: FrontProxyConfig | undefined
  readonly basic: BasicConfig | undefined
  readonly signIn: SignInConfig | undefined
  /** Present exactly when `signIn` is. */
  readonly session: SessionConfig | undefined
  readonly routes: readonly RouteConfig[]
  readonly impersonate: ImpersonateConfig
  /** Present when a route has `authorization: identityToken`. */
  readonly identityToken: IdentityTokenConfig | undefined
  /** Present when a route has `authorization: gatewayPass`. */
  readonly gatewayPass: GatewayPassConfig | undefined
  readonly kubeflow: { readonly userHeader: string; readonly groupsHeader: string }
  /** Header names, lower-case; undefined when switched off with `""`. */
  readonly headers: {
    readonly user: string
    readonly groups: string | undefined
    readonly email: string | undefined
    readonly idToken: string | undefined
  }
  readonly audit: { readonly format: AuditFormat }
  readonly readiness: { readonly waitMs: number }
  /** How long checks under way may take once the service is told to stop. Default 10 s. */
  readonly shutdown: { readonly graceMs: number }
  /** Undefined: nothing is traced. */
  readonly tracing: TracingConfig | undefined
}

/** Where a server listens: `host:port` or `unix:/path`. Port 0 is any free port. */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

export interface ListenConfig {
  readonly grpc: Address | undefined
  readonly http: Address | undefined
  /** Sign-in for direct requests, and what providers call; never a check. */
  readonly pages: Address | undefined
  readonly admin: Address | undefined
  /** For `grpc` and `http`. PEM texts. */
  readonly tls:
    | { readonly cert: string; readonly key: string; readonly clientCA: string | undefined }
    | undefined
  /** What Envoy must present as `x-attache-caller` (contract: Who may ask); trimmed, never empty. */
  readonly callerSecret: string | undefined
  /** The operator's word that only the gateway reaches the check ports. */
  readonly trustNetwork: boolean
  /** Put by Envoy's `path_prefix` before the path of an HTTP check; empty or begins with `/`. */
  readonly checkPathPrefix: string
  /** How many entries of `X-Forwarded-For`, from the right, count for logs. Default 0. */
  readonly trustedHops: number
}

/** One `jwt` entry of Kubernetes' AuthenticationConfiguration. */
export interface IssuerConfig {
  /** Compared byte for byte with `iss` and with `issuer` of the discovery document. */
  readonly url: string
  /** Fetched verbatim in place of `{url}/.well-known/openid-configuration`. */
  readonly discoveryURL: string | undefined
  /** PEM; when set it is the only root for this issuer. */
  readonly certificateAuthority: string | undefined
  /** At least one; a token must name one of them. */
  readonly audiences: readonly string[]
  readonly claimValidationRules: readonly ClaimValidationRule[]
  readonly claimMappings: {
    readonly username: PrefixedClaim | Computed
    readonly groups: PrefixedClaim | Computed | undefined
    readonly uid: { readonly claim: string } | Computed | undefined
    /** Keys are lower-case and domain-prefixed. */
    readonly extra: readonly { readonly key: string; readonly valueExpression: Expression }[]
  }
  /** Each must be true of the user that the mappings made. */
  readonly userValidationRules: readonly ValidationRule[]
  /** A configuration file allows all nine (kube-apiserver's flags will not). */
  readonly algorithms: readonly Algorithm[]
  /** Listed in `insecureIssuers`: plain http is accepted for this issuer, and nothing else. */
  readonly allowHttp: boolean
}

export interface PrefixedClaim {
  readonly claim: string
  readonly prefix: string
}

export interface Computed {
  readonly expression: Expression
}

/** `claim` must be present, a string and equal; or the expression must be true. */
export type ClaimValidationRule =
  | { readonly claim: string; readonly requiredValue: string }
  | ValidationRule

export interface ValidationRule {
  readonly expression: Expression
  /** What the operator wrote about it; empty when nothing. */
  readonly message: string
}

/** A CEL expression that compiles in the environment of its place. */
export interface Expression {
  readonly source: string
  readonly evaluate: (variables: Readonly<Record<string, CelValue>>) => CelValue | CelError
  /** The same, with what it cost in CEL's units: `mostCost` where that is less than Kubernetes grants. */
  readonly measure: (
    variables: Readonly<Record<string, CelValue>>,
    mostCost?: number,
  ) => { readonly result: CelValue | CelError; readonly cost: number }
}

/** Whether there is `system:anonymous`, and where. */
export interface AnonymousConfig {
  /** Exact, case-sensitive paths; undefined: everywhere. */
  readonly paths: readonly string[] | undefined
}

/** How to reach the API server. */
export interface KubernetesConfig {
  readonly server: URL
  /** A file of its roots, PEM; read when the configuration is used, as a pod's may come late. */
  readonly certificateAuthorityFile: string
  /** Its token for reviews; read again as it rotates. */
  readonly tokenFile: string
}

export interface ServiceAccountsConfig {
  readonly validation: 'tokenReview' | 'jwks' | 'off'
  /** `default` among them is the API server's own; undefined: those alone. */
  readonly audiences: readonly string[] | undefined
}

/** Where Envoy says which certificate the client has shown. */
export type CertificateSource = 'checkRequest' | 'xfcc'

export interface ClientCertificatesConfig {
  readonly source: CertificateSource
  /** PEM. */
  readonly clientCA: string
  /** PEM. */
  readonly crl: string | undefined
}

/** As kube-apiserver's `--requestheader-…` flags. */
export interface FrontProxyConfig {
  readonly source: CertificateSource
  /** Roots of the proxy's own certificate, PEM. */
  readonly clientCA: string
  /** Common names that it may have. Empty for whatever the roots sign. */
  readonly allowedNames: readonly string[]
  /** Lower-case header names, the first that is there counts. Default `x-remote-user`. */
  readonly usernameHeaders: readonly string[]
  /** Default `x-remote-uid`. */
  readonly uidHeaders: readonly string[]
  /** Default `x-remote-group`. */
  readonly groupHeaders: readonly string[]
  /** Default `x-remote-extra-`. */
  readonly extraHeaderPrefixes: readonly string[]
}

export interface BasicConfig {
  /** Login to bcrypt hash (`$2a$`, `$2b$`, `$2y$`). */
  readonly hashes: ReadonlyMap<string, string>
  /** Login to user; a login without an entry is its own user name. */
  readonly users: ReadonlyMap<string, UserInfo>
}

/** One alternative of a route's `match`; an absent list matches everything. */
export interface RouteMatch {
  readonly paths: readonly string[] | undefined
  readonly hosts: readonly string[] | undefined
  readonly methods: readonly string[] | undefined
}

export interface RouteConfig {
  /** `routes[3]`, for logs. */
  readonly name: string
  /** At least one; `{}` for everything. */
  readonly match: readonly RouteMatch[]
  readonly access: 'public' | 'authenticated'
  /** Undefined on public routes only. */
  readonly identity: 'impersonate' | 'kubeflow' | 'headers' | 'forward' | undefined
  /** What goes on as `Authorization`. */
  readonly authorization: 'remove' | 'token' | 'identityToken' | 'gatewayPass' | 'keep'
  /** Of the identity token; undefined: `identityToken.audience`. */
  readonly audience: string | undefined
  readonly preflight: 'deny' | 'pass'
  /** The provider that a navigation is sent to; undefined: the only one, or the page to pick from. */
  readonly provider: string | undefined
  /** CEL over `user`, `request` and `captures`; must be true once the user is known. */
  readonly when: Expression | undefined
  /** What the API server must allow the user; captures are those of every alternative of `match`. */
  readonly subjectAccessReview: RouteReviewSetting | undefined
  /** Whether `kubectl --as` is taken, reviewed name by name; on impersonate routes alone. */
  readonly allowImpersonation: boolean
  /** Whether it is a second gateway's: gateway passes are taken here, for what its review is about. */
  readonly allowGatewayPass: boolean
  /** Whether each check has its audit line. Default: on impersonate routes. */
  readonly audit: boolean
}

/** A token by TokenRequest, or one in a file that something else replaces. */
export type ImpersonatorSource =
  | { readonly kind: 'service-account'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }

export interface ImpersonateConfig {
  readonly credential: 'attach' | 'append' | 'none'
  /** Whose token Attaché shows the API server; undefined with `none`. */
  readonly impersonator: ImpersonatorSource | undefined
  /** What happens to a ServiceAccount's token: impersonated as its user, or sent on as it is. */
  readonly serviceAccounts: 'impersonate' | 'forward'
  readonly systemIdentities: 'allow' | 'refuse'
  readonly clientHeaders: 'refuse' | 'remove'
  /** How the extras are named that say who asked, where somebody acts as somebody else. */
  readonly originalUserExtra: 'domain' | 'jetstack' | 'off'
  readonly maxHeaderLines: number
  readonly maxHeaderBytes: number
  /** In the place of whatever the user has under these keys. */
  readonly extra: readonly ImpersonateExtra[]
}

/** An extra that everybody who is impersonated gets. */
export interface ImpersonateExtra {
  /** Lower-case. */
  readonly key: string
  /** Over the variables of a request; gives a string or a list of strings. */
  readonly expression: Expression
  /** Its values, where they are the same for every request. */
  readonly constant: readonly string[] | undefined
}
