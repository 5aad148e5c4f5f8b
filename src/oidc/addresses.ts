import type { SignInConfig } from '../config/browser-types.ts'
import { endpointPath, endpointPaths } from '../routes/endpoints.ts'
import { safeReturnPath } from './return-path.ts'

/** What a sign-in is begun with besides the page that it ends at. */
export interface StartParameters {
  /** `signIn.providers[].id`; undefined: the only one, or whichever is picked. */
  readonly provider?: string | undefined
  /** Asks the provider not to take its own session for an answer (OpenID Connect Core 1.0 §3.1.2.1). */
  readonly prompt?: Prompt | undefined
}

/** The values of `prompt` that whoever begins a sign-in may choose. */
export type Prompt = 'login' | 'select_account'

/** Addresses of Attaché's own that pages and replies name, all below one external URL. */
export interface Addresses {
  /** Where the provider sends the browser, as an address. */
  readonly callbackURL: (externalURL: URL) => URL
  /** The same as it is registered at the provider, to the letter: an address, or a path. */
  readonly redirectURI: (externalURL: URL) => string
  /** Where the provider sends the browser after sign-out, in the same form; without a session it is the page. */
  readonly postLogoutRedirectURI: (externalURL: URL) => string
  /** As a `Location`: with `relativeRedirectURI` an address of our own host is a path. */
  readonly location: (address: URL, externalURL: URL) => string
  readonly signOutURL: string
  /** Path and query that start a sign-in which ends at `returnPath`. */
  readonly startURL: (returnPath: string, parameters?: StartParameters) => string
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
  const callback = endpointPath(config, 'callback')
  const start = endpointPath(config, 'start')
  const isRelative = config.relativeRedirectURI
  const registered = (path: string, externalURL: URL) =>
    isRelative ? path : new URL(path, externalURL).href
  return {
    callbackURL: (externalURL) => new URL(callback, externalURL),
    redirectURI: (externalURL) => registered(callback, externalURL),
    postLogoutRedirectURI: (externalURL) => registered(signOutURL, externalURL),
    location: (address, externalURL) => {
      const { origin, pathname, search, hash, href } = address
      // Two slashes would make a host of what follows them.
      const isOwn = isRelative && origin === externalURL.origin && !pathname.startsWith('//')
      return isOwn ? pathname + search + hash : href
    },
    signOutURL,
    startURL: (returnPath, { provider, prompt } = {}) => {
      const more = [
        ...(provider === undefined ? [] : [`&provider=${encodeURIComponent(provider)}`]),
        ...(prompt === undefined ? [] : [`&prompt=${prompt}`]),
      ]
      return `${start}?rd=${encodeURIComponent(returnPath)}${more.join('')}`
    },
    returnPath: (wanted, externalURL) => {
      const path = safeReturnPath(wanted, externalURL)
      return own.has(path.split(/[?#]/, 1)[0] ?? '') ? '/' : path
    },
  }
}
