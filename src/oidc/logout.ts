import type { CheckInput } from '../check-input.ts'
import { DependencyError } from '../errors.ts'
import type { ShellFor } from '../pages/shell.ts'
import { confirmSignOutPage, signedOutPage } from '../pages/sign-out.ts'
import { isNavigation, isOwnOrigin, isPrefetch } from '../request-kind.ts'
import type { SessionLookup, Sessions } from '../session/sessions.ts'
import type { Addresses } from './addresses.ts'
import type { Provider, Providers } from './provider/provider.ts'
import { queryOf } from './query.ts'
import { jsonReply, pageReply, redirectReply } from './reply.ts'
import type { Revoke } from './revoke.ts'
import type { CheckContext, SignInReply } from './sign-in.ts'
import type { SignInStates } from './sign-in-states.ts'
import type { SignOutStates } from './sign-out-states.ts'

export interface LogoutOptions {
  readonly providers: Providers
  readonly sessions: Sessions
  readonly addresses: Addresses
  readonly shellFor: ShellFor
  readonly states: SignOutStates
  readonly signIns: Pick<SignInStates, 'forget'>
  readonly revoke: Revoke
  /** Origins besides our own that may sign somebody out unasked. */
  readonly allowedOrigins: readonly string[]
  /** `session.cookie.secure`: our own pages are `https`. */
  readonly secure: boolean
}

/** Ends the session here and, where the provider can, there. */
export type Logout = (
  input: CheckInput,
  context: CheckContext,
  externalURL: URL,
) => Promise<SignInReply>

/** A longer hint would make an address that servers refuse; the provider then asks whom it is about. */
const maxHintLength = 4096

/**
 * RP-initiated logout
 * ({@link https://openid.net/specs/openid-connect-rpinitiated-1_0.html OpenID Connect RP-Initiated Logout 1.0}).
 * The session here ends first, and its refresh token is revoked, whatever becomes of the session at the
 * provider, which sends the browser back to the same address: without a session that is the signed-out page. A script gets `{"afterLogoutURL": …}`,
 * where Kubeflow's older dashboards go next.
 */
export function createLogout(options: LogoutOptions): Logout {
  const { providers, sessions, addresses, shellFor, states, signIns, revoke } = options
  const { signOutURL } = addresses

  return async (input, { nowMs }, externalURL) => {
    const cookieHeader = input.headers.get('cookie')
    const request = { cookieHeader, hostname: externalURL.hostname, nowMs }
    const lookup = await sessions.find(request)
    const signedOutAt = providers.get(states.read(stateOf(input), nowMs) ?? '')
    // Who comes back from the provider asks for nothing; a session that began meanwhile is another one.
    if (lookup.kind !== 'none' && (signedOutAt !== undefined || isForeign(input, options))) {
      // Nothing is removed yet.
      return pageReply(confirmSignOutPage(shellFor(input.headers), { signOutURL, stayURL: '/' }))
    }
    const { setCookies: ended, refreshTokens, lateRefreshTokens } = await sessions.end(request)
    revoke(refreshTokens)
    void lateRefreshTokens.then(revoke)
    const hasEnded = ended.length > 0
    const provider = providerOf(lookup, providers)
    const next =
      hasEnded && provider !== undefined
        ? await endSessionURL(provider, { lookup, addresses, externalURL, state: states, nowMs })
        : undefined
    const setCookies = [...ended, ...signIns.forget(cookieHeader)]
    const more = { setCookies, event: hasEnded ? ({ name: 'signed-out' } as const) : undefined }
    if (input.method === 'POST' && !wantsPage(input)) {
      const after = next ?? addresses.postLogoutRedirectURI(externalURL)
      return jsonReply({ afterLogoutURL: after }, more)
    }
    // 303: what follows is a GET, whatever this was.
    if (next !== undefined) return redirectReply(next, { status: 303, ...more })
    // Its own session may have gone on, and would sign the same person in without a word.
    const prompt = hasEnded ? 'login' : undefined
    const signInURL = addresses.startURL('/', { prompt })
    const page = signedOutPage(shellFor(input.headers), {
      signInURL,
      provider: signedOutAt?.config.displayName,
    })
    return pageReply(page, more)
  }
}

/** Who signed the person in. Of a session that is no good any more nobody knows, unless there is but one. */
function providerOf(lookup: SessionLookup, providers: Providers): Provider | undefined {
  if (lookup.kind === 'found') return providers.get(lookup.session.provider)
  return providers.all.length === 1 ? providers.all[0] : undefined
}

interface EndSessionOptions {
  readonly lookup: SessionLookup
  readonly addresses: Addresses
  readonly externalURL: URL
  readonly state: SignOutStates
  readonly nowMs: number
}

async function endSessionURL(
  provider: Provider,
  { lookup, addresses, externalURL, state, nowMs }: EndSessionOptions,
): Promise<string | undefined> {
  const hint = lookup.kind === 'found' ? lookup.session.authenticated.idToken?.text : undefined
  const parameters = {
    client_id: provider.config.clientID,
    post_logout_redirect_uri: addresses.postLogoutRedirectURI(externalURL),
    state: state.make(provider.config.id, nowMs),
    ...(hint !== undefined && hint.length <= maxHintLength ? { id_token_hint: hint } : {}),
  }
  try {
    const url = await provider.endSessionURL(parameters, externalURL)
    return url && addresses.location(url, externalURL)
  } catch (error) {
    // A provider that is away must not keep anybody signed in here.
    if (error instanceof DependencyError) return undefined
    throw error
  }
}

function stateOf({ path }: CheckInput): string {
  return queryOf(path).get('state') ?? ''
}

/** True when another site may have caused the request, or the browser made it before being asked to. */
function isForeign(input: CheckInput, { allowedOrigins, secure }: LogoutOptions): boolean {
  const { headers, host } = input
  if (isPrefetch(input)) return true
  const origin = headers.get('origin')
  if (origin !== undefined) {
    return !allowedOrigins.includes(origin) && !isOwnOrigin(origin, { host, secure })
  }
  const site = headers.get('sec-fetch-site')
  return site === 'same-site' || site === 'cross-site'
}

function wantsPage(input: CheckInput): boolean {
  return isNavigation({ ...input, method: 'GET' })
}
