import { anonymous } from './authn/anonymous.ts'
import type { Authenticated, AuthenticatorName, Outcome } from './authn/authenticator.ts'
import type { CheckInput } from './check-input.ts'
import { sendsIDToken } from './config/sends-id-token.ts'
import type { Config, RouteConfig } from './config/types.ts'
import type { DenyReason } from './decision.ts'
import type { HeaderChanges } from './headers/changes.ts'
import { lowerCasePassScheme, schemeOf } from './headers/scheme.ts'
import { isImpersonationName } from './headers/spoofed.ts'
import type { UpstreamHeaderWriter } from './headers/upstream.ts'
import { readWebSocketProtocols } from './headers/websocket-protocols.ts'
import {
  isNavigation,
  isPreflight,
  isUpgrade,
  mayUseAmbientCredential,
  mayUseCookie,
  strangeConnectionOption,
} from './request-kind.ts'
import { askCondition } from './routes/condition.ts'
import type { Captures } from './routes/pattern.ts'

/** What becomes of a request, before anything is put into words. */
export type Verdict =
  | {
      readonly kind: 'allow'
      readonly changes: HeaderChanges
      readonly user: Authenticated | undefined
    }
  /** Nobody is signed in, and the request is one that can be sent to sign in. */
  | { readonly kind: 'sign-in'; readonly detail: string }
  | Denied

export interface Denied {
  readonly kind: 'deny'
  readonly reason: DenyReason
  /** For the log. */
  readonly detail: string
  /** As whom the request was judged, for the log; undefined: as nobody. */
  readonly user?: Authenticated
  /** Where the configuration chooses another status than the reason's own. */
  readonly status?: number
}

/** A request on its route. */
export interface RoutedRequest {
  readonly input: CheckInput
  readonly route: RouteConfig
  readonly isApiPath: boolean
  readonly isAnonymousPath: boolean
  readonly readings: readonly string[]
  readonly captures: readonly Captures[]
}

/** What decides besides the request: the configuration, and who writes headers. */
export interface Policy {
  readonly config: Config
  readonly upstreamHeaders: UpstreamHeaderWriter
}

function deny(reason: DenyReason, detail: string): Denied {
  return { kind: 'deny', reason, detail }
}

/**
 * What can be refused without knowing who asks or where to: forms of a request that two parts of the
 * way would read differently. Undefined when there is nothing to refuse.
 */
export function refuseForm(input: CheckInput): Denied | undefined {
  const option = strangeConnectionOption(input)
  if (option !== undefined) {
    return deny('connection-header', `an upgrade whose Connection names ${JSON.stringify(option)}`)
  }
  return undefined
}

/** What is refused on a route that needs a user, before anybody is asked who it is. */
export function refuseOnRoute({ input, route }: RoutedRequest, config: Config): Denied | undefined {
  const authorization = input.headers.get('authorization')
  // Envoy joins two lines into one; no token and no base64 holds a comma, but other schemes do.
  const isSeveral = authorization?.includes(',') === true
  if (isSeveral && schemesOf(authorization).some((scheme) => ownSchemes.has(scheme))) {
    return deny('ambiguous-credential', 'several Authorization lines')
  }
  const protocols = readWebSocketProtocols(input.headers.get('sec-websocket-protocol'))
  // kube-apiserver takes the first good one; what is sent on would have to be the same.
  if (protocols !== undefined && schemesOf(authorization).some((scheme) => tokens.has(scheme))) {
    return deny('ambiguous-credential', 'a bearer token as WebSocket subprotocol, and another one')
  }
  if (route.identity !== 'impersonate') return undefined
  if (input.transport === 'http' && input.source === undefined) {
    const detail = 'no x-attache-source: add the headers_to_add of examples/envoy-http to Envoy'
    return deny('malformed-request', detail)
  }
  // Where somebody may act as somebody else, that is read later, and refused if it cannot be.
  if (config.impersonate.clientHeaders === 'refuse' && !route.allowImpersonation) {
    const name = [...input.headers.keys()].find(isImpersonationName)
    if (name !== undefined) return deny('client-impersonation', `the client sent "${name}"`)
  }
  return undefined
}

const tokens: ReadonlySet<string> = new Set(['bearer', lowerCasePassScheme])
const ownSchemes: ReadonlySet<string> = new Set([...tokens, 'basic'])

function schemesOf(authorization = ''): readonly string[] {
  return authorization.split(',').map(schemeOf)
}

/** A user whom the route's own rules let through; what the API server must be asked is asked next. */
export interface Admitted {
  readonly kind: 'admitted'
  readonly user: Authenticated
}

/** What is decided about, and by which rules. */
export interface Deciding {
  readonly request: RoutedRequest
  readonly policy: Policy
}

/** Turns what the authenticators found into a verdict: synchronous, and from its arguments alone. */
export function admit(outcome: Outcome, { request, policy }: Deciding): Verdict | Admitted {
  const { input, route } = request
  const { config } = policy
  switch (outcome.kind) {
    case 'no-credential':
      if (request.isAnonymousPath) return admitUser(anonymous, { request, config })
      if (route.preflight === 'pass' && isPreflight(input)) {
        const changes = policy.upstreamHeaders.anonymous(input, { strip: true })
        return { kind: 'allow', changes, user: undefined }
      }
      return unauthenticated(request, { config, detail: 'no credential' })
    case 'rejected':
      return outcome.isSession === true && isNavigation(input)
        ? unauthenticated(request, { config, detail: outcome.detail })
        : deny(outcome.reason, outcome.detail)
    case 'authenticated':
      return admitUser(outcome, { request, config })
  }
}

function unauthenticated(
  { input, route, isApiPath }: RoutedRequest,
  { config: { signIn }, detail }: { readonly config: Config; readonly detail: string },
): Verdict {
  if (signIn === undefined) return deny('no-credential', detail)
  const { navigate, api, other } = signIn.unauthenticated
  const isApi = isApiPath || route.identity === 'impersonate'
  if (!isApi && isNavigation(input)) {
    if (navigate === 'signIn') return { kind: 'sign-in', detail }
    return { ...deny('no-credential', detail), status: navigate }
  }
  return { ...deny('no-credential', detail), status: isApi ? api : other }
}

/** Characters of an expression that a log line shows. */
const maxShown = 200

function shownWhen({ name, when }: RouteConfig): string {
  const source = when?.source ?? ''
  return `${name}.when: ${source.length > maxShown ? `${source.slice(0, maxShown)}…` : source}`
}

const needsNoProof = () => true

/**
 * What a request must prove of where it comes from. Browsers send cookies, certificates and remembered
 * logins by themselves; a token or a front proxy's headers somebody has put there. One that is missing
 * here does not compile.
 */
const mayUse: Readonly<Record<AuthenticatorName, typeof mayUseCookie>> = {
  session: mayUseCookie,
  'client-certificate': mayUseAmbientCredential,
  basic: mayUseAmbientCredential,
  'front-proxy': needsNoProof,
  jwt: needsNoProof,
  'service-account': needsNoProof,
  'token-review': needsNoProof,
  'gateway-pass': needsNoProof,
  anonymous: needsNoProof,
}

function admitUser(
  user: Authenticated,
  { request, config }: { readonly request: RoutedRequest; readonly config: Config },
): Denied | Admitted {
  const { input, route } = request
  const { signIn, session } = config
  const allowedOrigins = signIn?.allowedOrigins ?? []
  const origins = { allowedOrigins, secure: session?.cookie.secure ?? true }
  if (!mayUse[user.authenticator](input, origins)) {
    const what = isUpgrade(input) ? 'an upgrade' : input.method
    const detail = `${what} by ${user.authenticator}, not from the same origin`
    return { kind: 'deny', reason: 'cross-site', detail, user }
  }
  const condition =
    route.when &&
    askCondition(route.when, {
      ...request,
      user: user.user,
      trustedHops: config.listen.trustedHops,
    })
  if (condition?.kind === 'ambiguous') {
    return { ...deny('ambiguous-path', `readings of the path disagree: ${shownWhen(route)}`), user }
  }
  if (condition?.kind === 'fails') {
    return { ...deny('condition', `${condition.detail}: ${shownWhen(route)}`), user }
  }
  return { kind: 'admitted', user }
}

/**
 * What becomes of a request whose route sends a session's ID token on when that is good no more: no
 * upstream gets it. If only a new sign-in brings another, the session counts here as one that has ended;
 * on other routes it lives on. Undefined when there is nothing to refuse.
 */
export function refuseEndedIDToken(
  user: Authenticated,
  request: RoutedRequest,
  { config, nowMs }: { readonly config: Config; readonly nowMs: number },
): Verdict | undefined {
  const { idToken } = user
  if (idToken === undefined || nowMs < idToken.goodUntilMs) return undefined
  if (!sendsIDToken(request.route, config.headers)) return undefined
  if (idToken.remedy === 'wait') {
    const detail = "the session's ID token has ended, and the provider has not given another yet"
    return { ...deny('unavailable', detail), user }
  }
  const detail = "the session's ID token has ended, and this route sends it on"
  if (isNavigation(request.input)) return unauthenticated(request, { config, detail })
  return { ...deny('credential-expired', detail), user }
}

/** Sends an admitted request on as the user, unless headers cannot say who that is. */
export function passOn(
  as: { readonly user: Authenticated; readonly credential: string | undefined },
  { request, policy }: Deciding,
): Verdict {
  const { user } = as
  const headers = policy.upstreamHeaders.authenticated(request, as)
  if (headers.kind === 'refused') {
    return { kind: 'deny', reason: headers.reason, detail: headers.detail, user }
  }
  return { kind: 'allow', changes: headers.changes, user }
}
