import type { CheckInput } from '../check-input.ts'
import { DependencyError } from '../errors.ts'
import { confirmSignOutPage, signedOutPage } from '../pages/sign-out.ts'
import { isNavigation } from '../request-kind.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Addresses } from './addresses.ts'
import type { Provider } from './provider.ts'
import { jsonReply, pageReply, redirectReply } from './reply.ts'
import type { CheckContext, SignInReply } from './sign-in.ts'

export interface LogoutOptions {
  readonly provider: Provider
  readonly sessions: Sessions
  readonly addresses: Addresses
  /** Origins besides our own that may sign somebody out unasked. */
  readonly allowedOrigins: readonly string[]
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
 * The provider sends the browser back to the same address, which without a session is the signed-out
 * page. A script gets `{"afterLogoutURL": …}`, where Kubeflow's older dashboards go next.
 */
export function createLogout(options: LogoutOptions): Logout {
  const { provider, sessions, addresses, allowedOrigins } = options
  const { styleURL, signOutURL } = addresses

  return async (input, { nowMs }, externalURL) => {
    const cookieHeader = input.headers.get('cookie')
    const request = { cookieHeader, hostname: externalURL.hostname, nowMs }
    const lookup = await sessions.find(request)
    if (lookup.kind !== 'none' && isForeign(input, externalURL, allowedOrigins)) {
      // Nothing is removed yet.
      return pageReply(confirmSignOutPage({ signOutURL, styleURL }))
    }
    const setCookies = await sessions.end(request)
    const hint = lookup.kind === 'found' ? lookup.session.authenticated.idToken : undefined
    const next =
      setCookies.length === 0
        ? undefined
        : await endSessionURL(provider, { addresses, externalURL, hint })
    const event = setCookies.length === 0 ? undefined : ({ name: 'signed-out' } as const)
    if (input.method === 'POST' && !wantsPage(input)) {
      const after = next ?? addresses.postLogoutRedirectURI(externalURL)
      return jsonReply({ afterLogoutURL: after.href }, { setCookies, event })
    }
    // 303: what follows is a GET, whatever this was.
    if (next !== undefined) return redirectReply(next, { status: 303, setCookies, event })
    const page = signedOutPage({ signInURL: addresses.startURL('/'), styleURL })
    return pageReply(page, { setCookies, event })
  }
}

async function endSessionURL(
  provider: Provider,
  options: { addresses: Addresses; externalURL: URL; hint: string | undefined },
): Promise<URL | undefined> {
  const { addresses, externalURL, hint } = options
  const parameters = {
    client_id: provider.config.clientID,
    post_logout_redirect_uri: addresses.postLogoutRedirectURI(externalURL).href,
    ...(hint !== undefined && hint.length <= maxHintLength ? { id_token_hint: hint } : {}),
  }
  try {
    return await provider.endSessionURL(parameters, externalURL)
  } catch (error) {
    // A provider that is away must not keep anybody signed in here.
    if (error instanceof DependencyError) return undefined
    throw error
  }
}

/** True when another site may have caused the request, or the browser made it before being asked to. */
function isForeign(
  { headers }: CheckInput,
  externalURL: URL,
  allowedOrigins: readonly string[],
): boolean {
  if (headers.get('sec-purpose')?.includes('prefetch')) return true
  const origin = headers.get('origin')
  if (origin !== undefined) return origin !== externalURL.origin && !allowedOrigins.includes(origin)
  const site = headers.get('sec-fetch-site')
  return site === 'same-site' || site === 'cross-site'
}

function wantsPage(input: CheckInput): boolean {
  return isNavigation({ ...input, method: 'GET' })
}
