import type { Authenticated } from '../authn/authenticator.ts'
import { webSocketToken } from '../authn/websocket-bearer.ts'
import { stripWhiteSpace } from '../authn/white-space.ts'
import type { CheckInput } from '../check-input.ts'
import type { Config, RouteConfig } from '../config/types.ts'
import type { Draft } from './draft.ts'
import { lowerCasePassScheme, passScheme, schemeOf } from './scheme.ts'

export interface AuthorizationOptions {
  readonly input: CheckInput
  readonly route: RouteConfig
  readonly user: Authenticated
  /** Attaché's own token for the API server, its identity token or gateway pass, as the route has it. */
  readonly credential: string | undefined
  readonly config: Config
}

/** Decides what goes on as `Authorization`; answers why not, when the route wants a token there. */
export function editAuthorization(draft: Draft, options: AuthorizationOptions): string | undefined {
  const { input, route, user, credential, config } = options
  if (route.identity === 'impersonate') {
    if (isSentOnAsIs(user, config)) sendOwnToken(draft, input, config)
    else attachCredential(draft, credential, config)
    return undefined
  }
  if (route.authorization === 'token') {
    if (hasBearerToken(user)) {
      sendSubprotocolToken(draft, input)
      return undefined
    }
    if (user.idToken === undefined) return 'the user has no token to send on'
    draft.set.set('authorization', `Bearer ${user.idToken.text}`)
    return undefined
  }
  if (route.authorization === 'identityToken' && user.authenticator !== 'anonymous') {
    if (credential === undefined) throw new TypeError('Cannot write headers: no identity token')
    draft.set.set('authorization', `Bearer ${credential}`)
    return undefined
  }
  if (route.authorization === 'gatewayPass' && user.authenticator !== 'anonymous') {
    if (credential === undefined) throw new TypeError('Cannot write headers: no gateway pass')
    draft.set.set('authorization', `${passScheme} ${credential}`)
    return undefined
  }
  if (route.authorization === 'keep' && !isOurs(input.headers.get('authorization'), config)) {
    return undefined
  }
  draft.remove.add('authorization')
  return undefined
}

/** A token that the API server itself knows, where the configuration lets it reach it. */
export function isSentOnAsIs(
  { authenticator, actingAs }: Authenticated,
  { impersonate }: Config,
): boolean {
  // A token of its own cannot say that it acts as somebody else.
  if (impersonate.serviceAccounts !== 'forward' || actingAs !== undefined) return false
  return authenticator === 'service-account' || authenticator === 'token-review'
}

/** Whether the credential is the bearer token of the request itself. */
function hasBearerToken({ authenticator }: Authenticated): boolean {
  return ['jwt', 'service-account', 'token-review'].includes(authenticator)
}

function attachCredential(
  draft: Draft,
  token: string | undefined,
  { impersonate: { credential } }: Config,
): void {
  if (credential === 'none' || token === undefined) draft.remove.add('authorization')
  else if (credential === 'attach') draft.set.set('authorization', `Bearer ${token}`)
  else draft.append.push(['authorization', `Bearer ${token}`])
}

/** A credential that some authenticator of ours takes, whoever the request turned out to be. */
export function isOurs(authorization: string | undefined, { basic, gatewayPass }: Config): boolean {
  const scheme = schemeOf(authorization ?? '')
  if (scheme === 'basic') return basic !== undefined
  if (scheme === lowerCasePassScheme) return gatewayPass !== undefined
  return scheme === 'bearer'
}

/**
 * With `append` a jwt_authn stands between, which takes the cluster's own tokens for those of an issuer
 * that nobody has configured: the appender brings them past it, as it does Attaché's own.
 */
function sendOwnToken(draft: Draft, input: CheckInput, { impersonate }: Config): void {
  sendSubprotocolToken(draft, input)
  if (impersonate.credential !== 'append') return
  const authorization = draft.set.get('authorization') ?? input.headers.get('authorization')
  draft.set.delete('authorization')
  if (authorization !== undefined) draft.append.push(['authorization', authorization])
}

/**
 * A token that came as a WebSocket subprotocol goes on where tokens stand, without the white space that
 * authenticators overlook: an upstream would take its first part for the token.
 */
function sendSubprotocolToken(draft: Draft, input: CheckInput): void {
  const found = webSocketToken(input)
  if (found.kind !== 'token') return
  draft.set.set('authorization', `Bearer ${stripWhiteSpace(found.token)}`)
}
