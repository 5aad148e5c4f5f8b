import type { Authenticated } from '../authn/authenticator.ts'
import type { TokenVerifier } from '../authn/token-union.ts'
import type { CheckInput } from '../check-input.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { continuePage, failedPage } from '../pages/sign-in.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Addresses } from './addresses.ts'
import type { Provider } from './provider.ts'
import { pageReply, redirectReply } from './reply.ts'
import type { CheckContext, SignInReply } from './sign-in.ts'
import type { SignInState, SignInStates } from './state.ts'

export interface CallbackOptions {
  readonly provider: Provider
  readonly states: SignInStates
  readonly addresses: Addresses
  readonly sessions: Sessions
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

/** What the person reads, by what happened. */
const texts = {
  malformed: 'The answer of the identity provider cannot be read. Please sign in again.',
  stale:
    'This sign-in is too old, was already used, or began in another browser. Please sign in again. If this happens each time, allow cookies for this site.',
  refused: 'The identity provider did not sign you in. Please try again, or ask whoever runs it.',
  'not-believed':
    'The answer of the identity provider is not what was asked for. Please sign in again.',
  'not-accepted':
    'The identity provider signed you in, but your account cannot be used here. Whoever runs this service can see the reason under the decision below.',
  'too-large':
    'Your account is in more groups than a session can hold. Whoever runs this service can raise the limit (session.cookie.maxBytes).',
} as const

interface Failure {
  readonly kind: keyof typeof texts
  readonly detail: string
}

type Result =
  | Failure
  | {
      readonly kind: 'ok'
      readonly state: SignInState
      readonly user: Authenticated
      readonly idToken: string
      readonly subject: string
    }

/**
 * The authorization code flow's last steps: `state` and `iss` of the answer
 * ({@link https://www.rfc-editor.org/rfc/rfc9207#section-2.4 RFC 9207 §2.4}), the code, the ID token
 * and its `nonce`, then the same verification and mapping as for a bearer token of that issuer.
 */
export function createCallback(options: CallbackOptions): Callback {
  const { provider, states, addresses, sessions, verifyToken, strictCookie } = options
  const { url: issuerURL } = provider.config.issuer

  const finish = async (
    state: SignInState,
    callbackURL: URL,
    { signal }: CheckContext,
  ): Promise<Result> => {
    if (state.origin !== callbackURL.origin || state.provider !== provider.config.id) {
      return { kind: 'stale', detail: 'the sign-in began at another host or provider' }
    }
    const { nonce, codeVerifier } = state
    const exchanged = await provider.exchange({
      callbackURL,
      state: state.state,
      nonce,
      codeVerifier,
      signal: signal(),
    })
    if (exchanged.kind !== 'exchanged') return exchanged
    const { idToken } = exchanged
    if (exchanged.issuer !== issuerURL) {
      return { kind: 'not-believed', detail: 'the ID token is of another issuer' }
    }
    const outcome = await verifyToken(idToken)
    switch (outcome.kind) {
      case 'verified':
        return { kind: 'ok', state, user: outcome.authenticated, idToken, subject: '' }
      case 'rejected':
        return { kind: 'not-accepted', detail: `${outcome.reason}: ${outcome.detail}` }
      case 'no-credential':
        return { kind: 'not-accepted', detail: 'no issuer takes the ID token' }
    }
  }

  const failed = (
    { kind, detail }: Failure,
    { id }: CheckContext,
    {
      setCookies = [],
      returnPath = '/',
    }: { setCookies?: readonly HeaderLine[]; returnPath?: string },
  ): SignInReply => {
    const page = failedPage({
      text: texts[kind],
      decisionId: id,
      styleURL: addresses.styleURL,
      actions: [
        { href: addresses.startURL(returnPath), label: 'Sign in again' },
        { href: '/', label: 'Go to the start page' },
      ],
    })
    const event = { name: 'sign-in-failed', detail: `${kind}: ${detail}` } as const
    return pageReply(page, { status: 400, setCookies, event })
  }

  return async ({ path, headers }, context, externalURL) => {
    const query = readQuery(path)
    if (typeof query === 'string') return failed({ kind: 'malformed', detail: query }, context, {})
    const cookieHeader = headers.get('cookie')
    const taken = states.take(query.get('state') ?? '', cookieHeader, context.nowMs)
    const { setCookies } = taken
    if (taken.kind === 'none') {
      const kind = taken.detail === 'malformed' ? 'malformed' : 'stale'
      return failed({ kind, detail: `state: ${taken.detail}` }, context, { setCookies })
    }
    const returnPath = addresses.returnPath(taken.state.returnPath, externalURL)
    const callbackURL = addresses.redirectURI(externalURL)
    callbackURL.search = query.toString()
    const result = await finish(taken.state, callbackURL, context)
    if (result.kind !== 'ok') return failed(result, context, { setCookies, returnPath })

    const { user, idToken, subject } = result
    const saved = await sessions.save(
      {
        provider: provider.config.id,
        user: user.user,
        email: user.email,
        idToken,
        idTokenExpiresAtMs: user.expiresAtMs,
        refreshToken: undefined,
        subject,
        providerSession: undefined,
      },
      { cookieHeader, hostname: externalURL.hostname, nowMs: context.nowMs },
    )
    if (saved.kind === 'too-large') {
      const detail = `the session takes ${saved.bytes} bytes of cookies`
      return failed({ kind: 'too-large', detail }, context, { setCookies, returnPath })
    }
    const continueTo = new URL(returnPath, externalURL)
    const done = {
      setCookies: [...saved.setCookies, ...setCookies],
      event: { name: 'signed-in', user: user.user.name },
    } as const
    return strictCookie
      ? pageReply(continuePage({ continueTo, styleURL: addresses.styleURL }), done)
      : redirectReply(continueTo, done)
  }
}

/** The provider's answer, or what is wrong with its form. */
function readQuery(path: string): URLSearchParams | string {
  if (path.length > maxPathLength) return 'the address is too long'
  const [, query = ''] = path.split(/\?(.*)/s, 2)
  const parameters = new URLSearchParams(query)
  // RFC 6749 §3.1: none may stand there twice. Two readers could each believe another one.
  if (new Set(parameters.keys()).size !== parameters.size) return 'a parameter stands there twice'
  if (!parameters.has('code') && !parameters.has('error')) return 'neither code nor error'
  return parameters
}
