import type { CheckInput } from '../check-input.ts'
import type { ShellFor } from '../pages/shell.ts'
import { framePage, pickPage } from '../pages/sign-in.ts'
import type { Addresses, StartParameters } from './addresses.ts'
import { failedReply } from './failed-reply.ts'
import type { LastProvider } from './last-provider.ts'
import type { Provider, Providers } from './provider/provider.ts'
import { pageReply, redirectReply } from './reply.ts'
import type { CheckContext, SignInReply } from './sign-in.ts'
import type { SignInStates } from './sign-in-states.ts'

export interface LoginOptions {
  readonly providers: Providers
  readonly states: SignInStates
  readonly addresses: Addresses
  readonly shellFor: ShellFor
  readonly lastProvider: LastProvider
}

export interface LoginRequest extends StartParameters {
  readonly externalURL: URL
  /** Where the browser wants to be afterwards; judged here. */
  readonly wanted: string | null | undefined
  /** A page was asked for, not a sign-in: one that leads nowhere is not begun again and again. */
  readonly isUnasked?: boolean
}

/** Sends a browser to the provider, or lets the person pick one. */
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
 * Inside a frame it is a page with a link instead, and where there are several providers to pick from it
 * is that page: neither has begun a sign-in yet.
 */
export function createLogin(options: LoginOptions): Login {
  const { providers, states, addresses, shellFor, lastProvider } = options
  return async (input, context, request) => {
    const { headers } = input
    const { externalURL, wanted, provider: id, prompt } = request
    if (framed.has(headers.get('sec-fetch-dest') ?? '')) {
      const page = outerPage(headers.get('referer'), externalURL) ?? wanted
      const returnPath = addresses.returnPath(page, externalURL)
      const startURL = addresses.startURL(returnPath, { provider: id, prompt })
      return pageReply(framePage(shellFor(headers), { startURL }))
    }
    const returnPath = addresses.returnPath(wanted, externalURL)
    const only = providers.all.length === 1 ? providers.all[0] : undefined
    const provider = id === undefined ? only : providers.get(id)
    const isRound =
      request.isUnasked === true &&
      states.goesRound({
        origin: externalURL.origin,
        returnPath,
        cookieHeader: headers.get('cookie'),
        nowMs: context.nowMs,
      })
    if (isRound) {
      const signInURL = addresses.startURL(returnPath, { provider: id })
      const failure = { kind: 'no-cookies', detail: 'the session does not come back' } as const
      return failedReply(failure, context, { shell: shellFor(headers), signInURL })
    }
    if (provider !== undefined) {
      return authorize(input, context, { ...options, ...request, provider, returnPath })
    }
    if (id !== undefined) {
      const signInURL = addresses.startURL(returnPath)
      const failure = {
        kind: 'unknown-provider',
        detail: 'none has the id that was asked for',
      } as const
      return failedReply(failure, context, { shell: shellFor(headers), signInURL })
    }
    const pickable = providers.all.map(({ config }) => ({
      id: config.id,
      displayName: config.displayName,
      href: addresses.startURL(returnPath, { provider: config.id, prompt }),
    }))
    const remembered = lastProvider.read(headers.get('cookie'))
    return pageReply(pickPage(shellFor(headers), { providers: pickable, remembered }))
  }
}

interface AuthorizeOptions extends Omit<LoginRequest, 'provider'> {
  readonly provider: Provider
  readonly states: SignInStates
  readonly addresses: Addresses
  readonly returnPath: string
}

async function authorize(
  { headers }: CheckInput,
  { nowMs }: CheckContext,
  { provider, states, addresses, externalURL, returnPath, prompt }: AuthorizeOptions,
): Promise<SignInReply> {
  const { id, clientID, scopes } = provider.config
  const { state, codeChallenge, setCookies } = states.start({
    provider: id,
    origin: externalURL.origin,
    returnPath,
    cookieHeader: headers.get('cookie'),
    nowMs,
  })
  const location = await provider.authorizationURL(
    {
      response_type: 'code',
      client_id: clientID,
      redirect_uri: addresses.redirectURI(externalURL),
      scope: scopes.join(' '),
      state: state.state,
      nonce: state.nonce,
      code_challenge: codeChallenge,
      code_challenge_method: 'S256',
      ...(prompt !== undefined && { prompt }),
    },
    externalURL,
  )
  return redirectReply(addresses.location(location, externalURL), { setCookies })
}

/** The page around the frame, which is where the person was; undefined when it is a foreign one. */
function outerPage(referer: string | undefined, externalURL: URL): string | undefined {
  if (referer === undefined || !URL.canParse(referer)) return undefined
  const { origin, pathname, search } = new URL(referer)
  return origin === externalURL.origin ? pathname + search : undefined
}
