import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { DependencyError } from '../errors.ts'

/** A sign-in that the provider refused, or whose answer is not to be believed. */
export interface ExchangeFailure {
  readonly kind: 'refused' | 'not-believed'
  /** For the log: an error code, never a code, a token or a text of the provider. */
  readonly detail: string
}

/**
 * Tells an answer that ends the sign-in (a value) from no answer (a thrown {@link DependencyError}).
 * The library's errors hold the callback's parameters and the provider's whole answer as their cause,
 * so none of them is passed on.
 */
export function explainFailure(error: unknown): ExchangeFailure {
  if (error instanceof AuthorizationResponseError) {
    return { kind: 'refused', detail: `provider answered ${errorCode(error.error)}` }
  }
  if (error instanceof ResponseBodyError) {
    if (error.status >= 500 || error.status === 429) throw noAnswer(`status ${error.status}`)
    return { kind: 'refused', detail: `token endpoint answered ${errorCode(error.error)}` }
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    return { kind: 'refused', detail: 'token endpoint refused the client or its secret' }
  }
  if (error instanceof ClientError) return explainClientError(error)
  if (error instanceof DependencyError) throw error
  // `fetch` reports every failure of the network as a TypeError; misuse of the library has a code.
  if (error instanceof TypeError && !('code' in error)) throw noAnswer('no connection', error)
  // A bug. Its name and code tell where it is; its cause may hold secrets.
  const name = error instanceof Error ? error.name : typeof error
  const code = error instanceof TypeError && 'code' in error ? ` ${String(error.code)}` : ''
  throw new TypeError(`Cannot trade the code for tokens: ${name}${code}`)
}

function explainClientError({ code, cause }: ClientError): ExchangeFailure {
  switch (code) {
    case 'OAUTH_TIMEOUT':
    case 'OAUTH_ABORT':
      throw noAnswer('none in time')
    case undefined:
      // Something that is not the library's own: what the issuer's fetch threw.
      if (cause instanceof DependencyError) throw cause
      throw noAnswer('no connection', cause)
    case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
      if (cause instanceof Response && (cause.status >= 500 || cause.status === 429)) {
        throw noAnswer(`status ${cause.status}`)
      }
      return { kind: 'not-believed', detail: code }
    default:
      return { kind: 'not-believed', detail: code }
  }
}

function noAnswer(what: string, cause?: unknown): DependencyError {
  const message = `Cannot trade the code for tokens: ${what}`
  return new DependencyError('provider', message, cause === undefined ? undefined : { cause })
}

/** An OAuth error code as it may stand in a log: the provider, or whoever forged it, chose it. */
function errorCode(code: string): string {
  return /^[a-z_]{1,40}$/.test(code) ? code : 'an unknown error'
}
