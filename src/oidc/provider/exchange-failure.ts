import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { DependencyError } from '../../errors.ts'

/** A request to the provider that it refused, or whose answer is not to be believed. */
export interface ExchangeFailure {
  readonly kind:
    | 'refused'
    /** The person, or the provider on their behalf, said no (`access_denied`). */
    | 'declined'
    /** The provider sent the browser back because it had no answer itself. */
    | 'provider-trouble'
    /** The code or refresh token that was shown is over (`invalid_grant`). */
    | 'grant-ended'
    | 'not-believed'
  /** For the log: an error code, never a code, a token or a text of the provider. */
  readonly detail: string
}

/** What was asked. */
export type Asked = 'token endpoint' | 'UserInfo endpoint' | 'revocation endpoint'

/**
 * Tells an answer that ends the sign-in (a value) from no answer (a thrown {@link DependencyError}).
 * The library's errors hold the callback's parameters and the provider's whole answer as their cause,
 * so none of them is passed on.
 */
export function explainFailure(error: unknown, asked: Asked): ExchangeFailure {
  if (error instanceof AuthorizationResponseError) {
    return { kind: kindOf(error.error), detail: `provider answered ${errorCode(error.error)}` }
  }
  if (error instanceof ResponseBodyError) {
    if (isTrouble(error)) throw noAnswer(asked, `status ${error.status}`)
    if (kindOf(error.error) === 'provider-trouble') throw noAnswer(asked, errorCode(error.error))
    const kind = error.error === 'invalid_grant' ? 'grant-ended' : 'refused'
    return { kind, detail: `${asked} answered ${errorCode(error.error)}` }
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    if (isTrouble(error)) throw noAnswer(asked, `status ${error.status}`)
    const what = asked === 'UserInfo endpoint' ? 'the access token' : 'the client or its secret'
    return { kind: 'refused', detail: `${asked} refused ${what}` }
  }
  if (error instanceof ClientError) return explainClientError(error, asked)
  if (error instanceof DependencyError) throw error
  // `fetch` reports every failure of the network as a TypeError; misuse of the library has a code.
  if (error instanceof TypeError && !('code' in error))
    throw noAnswer(asked, 'no connection', error)
  // A bug. Its name and code tell where it is; its cause may hold secrets.
  const name = error instanceof Error ? error.name : typeof error
  const code = error instanceof TypeError && 'code' in error ? ` ${String(error.code)}` : ''
  throw new TypeError(`Cannot ask the ${asked}: ${name}${code}`)
}

/** Error codes of {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1 RFC 6749 §4.1.2.1}. */
function kindOf(code: string): ExchangeFailure['kind'] {
  if (code === 'access_denied') return 'declined'
  if (code === 'server_error' || code === 'temporarily_unavailable') return 'provider-trouble'
  return 'refused'
}

function isTrouble({ status }: { readonly status: number }): boolean {
  return status >= 500 || status === 429
}

function explainClientError({ code, cause }: ClientError, asked: Asked): ExchangeFailure {
  switch (code) {
    case 'OAUTH_TIMEOUT':
    case 'OAUTH_ABORT':
      throw noAnswer(asked, 'none in time')
    case undefined:
      // Something that is not the library's own: what the issuer's fetch threw.
      if (cause instanceof DependencyError) throw cause
      throw noAnswer(asked, 'no connection', cause)
    case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
      if (cause instanceof Response && isTrouble(cause)) {
        throw noAnswer(asked, `status ${cause.status}`)
      }
      return { kind: 'not-believed', detail: `${asked}: ${code}` }
    default:
      return { kind: 'not-believed', detail: `${asked}: ${code}` }
  }
}

function noAnswer(asked: Asked, what: string, cause?: unknown): DependencyError {
  const message = `Cannot ask the ${asked} of the provider: ${what}`
  return new DependencyError('provider', message, cause === undefined ? undefined : { cause })
}

/** An OAuth error code as it may stand in a log: the provider, or whoever forged it, chose it. */
function errorCode(code: string): string {
  return /^[a-z_]{1,40}$/.test(code) ? code : 'an unknown error'
}
