import type { TokenVerifier } from '../authn/token-union.ts'
import type { CheckInput } from '../check-input.ts'
import type { HeaderLine } from '../headers/changes.ts'
import type { PageShell, ShellFor } from '../pages/shell.ts'
import { continuePage } from '../pages/sign-in.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Account } from './account.ts'
import type { Addresses } from './addresses.ts'
import { type Failure, failedReply } from './failed-reply.ts'
import type { LastProvider } from './last-provider.ts'
import { type Identified, identify } from './provider/identify.ts'
import type { Providers } from './provider/provider.ts'
import { queryOf } from './query.ts'
import { pageReply, type ReplyOptions, redirectReply } from './reply.ts'
import type { CheckContext, SignInReply } from './sign-in.ts'
import type { SignInState, SignInStates } from './sign-in-states.ts'

export interface CallbackOptions {
  readonly providers: Providers
  readonly states: SignInStates
  readonly addresses: Addresses
  readonly shellFor: ShellFor
  readonly sessions: Sessions
  readonly account: Account
  readonly lastProvider: LastProvider
  /** The very verifier of bearer tokens: signature, claims and their mapping. */
  readonly verifyToken: TokenVerifier
  /** The session's cookie does not come along in a redirect that began at the provider. */
  readonly strictCookie: boolean
}

/** Ends a sign-in: the provider's answer becomes a session. */
export type Callback = (
  input: CheckInput,
  context: CheckContext,
  externalURL: URL,
) => Promise<SignInReply>

/** Longer than any provider's answer. */
const maxPathLength = 16_384

/**
 * The authorization code flow's last steps: `state` and `iss` of the answer
 * ({@link https://www.rfc-editor.org/rfc/rfc9207#section-2.4 RFC 9207 §2.4}), the code, the ID token
 * and its `nonce`, then the same verification and mapping as for a bearer token of that issuer. A
 * callback that was used already, of somebody who is signed in, leads on in place of an error.
 */
export function createCallback(options: CallbackOptions): Callback {
  const { states, addresses, shellFor, account, strictCookie } = options
  const finish = createFinish(options)

  return async (input, context, externalURL) => {
    const shell = shellFor(input.headers)
    const failed = (failure: Failure, { returnPath = '/', setCookies = [] }: FailedOptions = {}) =>
      failedReply(failure, context, {
        shell,
        signInURL: addresses.startURL(returnPath),
        homeURL: '/',
        setCookies,
      })
    const query = readQuery(input.path)
    if (typeof query === 'string') return failed({ kind: 'malformed', detail: query })
    const cookieHeader = input.headers.get('cookie')
    const taken = states.take(query.get('state') ?? '', cookieHeader, context.nowMs)
    const { setCookies } = taken
    if (taken.kind === 'none' && taken.detail === 'malformed') {
      return failed({ kind: 'malformed', detail: 'state: malformed' })
    }
    if (taken.kind !== 'taken') {
      const found = await account.find(input, context)
      const { returnPath } = stateAt(taken, externalURL, addresses)
      // A Strict cookie does not come along here, and says nothing by being absent.
      if (taken.kind === 'done' && (found !== undefined || strictCookie)) {
        const cookies = [...(found?.setCookies ?? []), ...setCookies]
        return leadOn({ ...options, shell, externalURL, returnPath }, { setCookies: cookies })
      }
      if (found !== undefined) {
        return account.page(found, { input, context, continueURL: returnPath, setCookies })
      }
      const detail = `state: ${taken.kind === 'done' ? 'used' : taken.detail}`
      const kind = cookieHeader === undefined ? 'no-cookies' : 'stale'
      return failed({ kind, detail }, { setCookies, returnPath })
    }
    const { returnPath } = stateAt(taken, externalURL, addresses)
    const callbackURL = addresses.callbackURL(externalURL)
    callbackURL.search = query.toString()
    const result = await finish(taken.state, { input, context, externalURL, callbackURL })
    if (result.kind !== 'saved') return failed(result, { setCookies, returnPath })
    const cookies = [...result.setCookies, ...taken.doneCookies]
    const event = { name: 'signed-in', user: result.user } as const
    return leadOn({ ...options, shell, externalURL, returnPath }, { setCookies: cookies, event })
  }
}

interface FailedOptions {
  readonly setCookies?: readonly HeaderLine[]
  /** Where the person wanted to go, and goes with the next sign-in. Default: `/`. */
  readonly returnPath?: string
}

/** Where a sign-in that is known wanted to go. */
function stateAt(
  taken: ReturnType<SignInStates['take']>,
  externalURL: URL,
  addresses: Addresses,
): { readonly returnPath: string } {
  const { state } = taken
  const wanted = state?.origin === externalURL.origin ? state.returnPath : undefined
  return { returnPath: addresses.returnPath(wanted, externalURL) }
}

interface FinishOptions {
  readonly input: CheckInput
  readonly context: CheckContext
  readonly externalURL: URL
  readonly callbackURL: URL
}

interface Saved {
  readonly kind: 'saved'
  readonly user: string
  readonly setCookies: readonly HeaderLine[]
}

/** Trades the code for a session that is saved. */
function createFinish(options: CallbackOptions) {
  const { providers, addresses, sessions, lastProvider, verifyToken } = options

  const findOut = async (
    state: SignInState,
    { context, callbackURL, externalURL }: FinishOptions,
  ): Promise<Identified | Failure> => {
    const provider = providers.get(state.provider)
    if (state.origin !== callbackURL.origin || provider === undefined) {
      return { kind: 'stale', detail: 'the sign-in began at another host or provider' }
    }
    const signal = context.signal()
    const exchanged = await provider.client.exchange({
      callbackURL,
      redirectURI: addresses.redirectURI(externalURL),
      state: state.state,
      nonce: state.nonce,
      codeVerifier: state.codeVerifier,
      signal,
    })
    if (exchanged.kind !== 'exchanged') return exchanged
    const { idToken, ...tokens } = exchanged.tokens
    if (idToken === undefined) return { kind: 'not-believed', detail: 'no ID token' }
    return identify({ ...tokens, idToken }, { provider, verifyToken, signal })
  }

  return async (state: SignInState, request: FinishOptions): Promise<Saved | Failure> => {
    const found = await findOut(state, request)
    if (found.kind !== 'identified') return found
    const { input, context, externalURL } = request
    const cookieHeader = input.headers.get('cookie')
    const saved = await sessions.save(found.session, {
      cookieHeader,
      hostname: externalURL.hostname,
      nowMs: context.nowMs,
    })
    if (saved.kind === 'too-large') {
      return { kind: 'too-large', detail: `the session takes ${saved.bytes} bytes of cookies` }
    }
    const remembered = lastProvider.remember(state.provider, cookieHeader)
    const setCookies = [...saved.setCookies, ...remembered]
    return { kind: 'saved', user: found.session.user.name, setCookies }
  }
}

interface LeadOnOptions extends Pick<CallbackOptions, 'addresses' | 'strictCookie'> {
  readonly shell: PageShell
  readonly externalURL: URL
  readonly returnPath: string
}

/** To the page that was asked for. */
function leadOn(
  { addresses, shell, strictCookie, externalURL, returnPath }: LeadOnOptions,
  more: ReplyOptions,
): SignInReply {
  const continueTo = new URL(returnPath, externalURL)
  return strictCookie
    ? pageReply(continuePage(shell, { continueTo }), more)
    : redirectReply(addresses.location(continueTo, externalURL), more)
}

/** The provider's answer, or what is wrong with its form. */
function readQuery(path: string): URLSearchParams | string {
  if (path.length > maxPathLength) return 'the address is too long'
  const parameters = queryOf(path)
  // RFC 6749 §3.1: none may stand there twice. Two readers could each believe another one.
  if (new Set(parameters.keys()).size !== parameters.size) return 'a parameter stands there twice'
  if (!parameters.has('code') && !parameters.has('error')) return 'neither code nor error'
  return parameters
}
