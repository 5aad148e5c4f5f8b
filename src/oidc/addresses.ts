import type { SignInConfig } from '../config/browser-types.ts'
import { endpointPath, endpointPaths } from './endpoints.ts'
import { safeReturnPath } from './return-path.ts'

/** Addresses of Attaché's own that pages and replies name, all below one external URL. */
export interface Addresses {
  /** Exactly what is registered at the provider. */
  readonly redirectURI: (externalURL: URL) => URL
  /** Where the provider sends the browser after sign-out: without a session it is the page. */
  readonly postLogoutRedirectURI: (externalURL: URL) => URL
  /** Path of the style sheet. */
  readonly styleURL: string
  readonly signOutURL: string
  /** Path and query that start a sign-in which ends at `returnPath`. */
  readonly startURL: (returnPath: string) => string
  /**
   * Where a browser may be sent after sign-in: a path of the origin that is no sign-in or sign-out
   * address itself, which would go round in circles or end the new session.
   */
  readonly returnPath: (wanted: string | null | undefined, externalURL: URL) => string
}

/** The addresses that follow from `signIn.pathPrefix` and `signIn.logoutPaths`. */
export function createAddresses(config: SignInConfig): Addresses {
  const own = endpointPaths(config)
  const signOutURL = endpointPath(config, 'sign_out')
  const start = endpointPath(config, 'start')
  return {
    redirectURI: (externalURL) => new URL(endpointPath(config, 'callback'), externalURL),
    postLogoutRedirectURI: (externalURL) => new URL(signOutURL, externalURL),
    styleURL: endpointPath(config, 'style.css'),
    signOutURL,
    startURL: (returnPath) => `${start}?rd=${encodeURIComponent(returnPath)}`,
    returnPath: (wanted, externalURL) => {
      const path = safeReturnPath(wanted, externalURL)
      return own.has(path.split(/[?#]/, 1)[0] ?? '') ? '/' : path
    },
  }
}
