import type { CheckInput } from '../check-input.ts'
import { framePage } from '../pages/sign-in.ts'
import type { Addresses } from './addresses.ts'
import type { Provider } from './provider.ts'
import { pageReply, redirectReply } from './reply.ts'
import type { CheckContext, SignInReply } from './sign-in.ts'
import type { SignInStates } from './state.ts'

export interface LoginOptions {
  readonly provider: Provider
  readonly states: SignInStates
  readonly addresses: Addresses
}

interface LoginRequest {
  readonly externalURL: URL
  /** Where the browser wants to be afterwards; judged here. */
  readonly wanted: string | null | undefined
}

/** Sends a browser to the provider. */
export type Login = (
  input: CheckInput,
  context: CheckContext,
  request: LoginRequest,
) => Promise<SignInReply>

/** `Sec-Fetch-Dest` of what is shown inside another page (Fetch Metadata §2.1). */
const framed: ReadonlySet<string> = new Set(['iframe', 'frame', 'embed', 'object', 'fencedframe'])

/**
 * The authorization code flow's first step, with PKCE, `state` and `nonce`
 * ({@link https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest OpenID Connect Core §3.1.2.1}).
 * Inside a frame it is a page with a link instead, and no sign-in has begun yet.
 */
export function createLogin({ provider, states, addresses }: LoginOptions): Login {
  const { id, clientID, scopes } = provider.config
  const scope = scopes.join(' ')
  return async ({ headers }, { nowMs }, { externalURL, wanted }) => {
    if (framed.has(headers.get('sec-fetch-dest') ?? '')) {
      const page = outerPage(headers.get('referer'), externalURL) ?? wanted
      const startURL = addresses.startURL(addresses.returnPath(page, externalURL))
      return pageReply(framePage({ startURL, styleURL: addresses.styleURL }))
    }
    const { state, codeChallenge, setCookies } = states.start({
      provider: id,
      origin: externalURL.origin,
      returnPath: addresses.returnPath(wanted, externalURL),
      cookieHeader: headers.get('cookie'),
      nowMs,
    })
    const location = await provider.authorizationURL(
      {
        response_type: 'code',
        client_id: clientID,
        redirect_uri: addresses.redirectURI(externalURL).href,
        scope,
        state: state.state,
        nonce: state.nonce,
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
      },
      externalURL,
    )
    return redirectReply(location, { setCookies })
  }
}

/** The page around the frame, which is where the person was; undefined when it is a foreign one. */
function outerPage(referer: string | undefined, externalURL: URL): string | undefined {
  if (referer === undefined || !URL.canParse(referer)) return undefined
  const { origin, pathname, search } = new URL(referer)
  return origin === externalURL.origin ? pathname + search : undefined
}
