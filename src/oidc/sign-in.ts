/**
 * `oidc/` is the browser half: it signs people in and out with OpenID Connect, wholly inside the
 * check. Each part returns the answer as a value; none knows a transport.
 */
import type { Issuers } from '../authn/issuer.ts'
import type { CheckInput } from '../check-input.ts'
import type { SessionConfig, SignInConfig } from '../config/browser-types.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { failedPage } from '../pages/sign-in.ts'
import { styleSheet } from '../pages/style.ts'
import type { Random } from '../session/seal.ts'
import type { Sessions } from '../session/sessions.ts'
import { createAccount } from './account.ts'
import { createAddresses } from './addresses.ts'
import { createCallback } from './callback.ts'
import type { SignInEndpoint } from './endpoints.ts'
import { externalURLOf } from './external-url.ts'
import { createLogin } from './login.ts'
import { createLogout } from './logout.ts'
import { createProvider } from './provider.ts'
import { methodReply, pageReply } from './reply.ts'
import { createSignInStates } from './state.ts'

/** What a part of sign-in wants the browser to get; `check.ts` gives it its decision id. */
export interface SignInReply {
  readonly status: number
  readonly headers: readonly HeaderLine[]
  readonly body: string
  /** For the log and the metrics; `undefined` for a page that changes nothing. */
  readonly event:
    | { readonly name: 'signed-in'; readonly user: string }
    | { readonly name: 'signed-out' }
    | { readonly name: 'sign-in-failed'; readonly detail: string }
    | undefined
}

/** What one check knows besides the request. */
export interface CheckContext {
  /** The decision id that the page may show. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  /** Aborted when the caller's deadline is near; made when it is asked for. */
  readonly signal: () => AbortSignal
}

/** The browser half. Each call answers with values; nothing here writes a response. */
export interface SignIn {
  /** Sends a navigation to the provider: 302, or for a frame the page that takes the whole window. */
  readonly begin: (input: CheckInput, context: CheckContext) => Promise<SignInReply>
  /** The endpoints that live inside the check. */
  readonly handle: (
    endpoint: SignInEndpoint,
    input: CheckInput,
    context: CheckContext,
  ) => Promise<SignInReply>
}

export interface SignInOptions {
  readonly config: SignInConfig
  readonly session: SessionConfig
  /** Has the provider's issuer. */
  readonly issuers: Issuers
  readonly sessions: Sessions
  readonly random: Random
}

/** Which methods each endpoint takes. The callback's code is for one GET, never for a look ahead. */
const methods: Readonly<Record<SignInEndpoint, readonly string[]>> = {
  sign_in: ['GET', 'HEAD'],
  start: ['GET', 'HEAD'],
  callback: ['GET'],
  sign_out: ['GET', 'POST'],
  userinfo: ['GET', 'HEAD'],
  'style.css': ['GET', 'HEAD'],
  logout: ['GET', 'POST'],
}

/** Sign-in with one provider. Throws TypeError when the provider's issuer is not among `issuers`. */
export function createSignIn(options: SignInOptions): SignIn {
  const { config, session, issuers, sessions, random } = options
  const [providerConfig] = config.providers
  if (providerConfig === undefined) throw new TypeError('Cannot sign in: no provider')
  const issuer = issuers.get(providerConfig.issuer.url)
  if (issuer === undefined) {
    throw new TypeError(`Cannot sign in: "${providerConfig.issuer.url}" is no trusted issuer`)
  }
  const provider = createProvider(providerConfig, issuer)
  const addresses = createAddresses(config)
  const states = createSignInStates({ config: session, random })
  const findExternalURL = externalURLOf(config.externalURLs)
  const login = createLogin({ provider, states, addresses })
  const logout = createLogout({
    provider,
    sessions,
    addresses,
    allowedOrigins: config.allowedOrigins,
  })
  const account = createAccount({ provider, sessions, addresses })
  const callback = createCallback({
    provider,
    states,
    addresses,
    sessions,
    verifyToken: issuers.verifyToken,
    strictCookie: session.cookie.sameSite === 'strict',
  })

  const answer = async (
    endpoint: Exclude<SignInEndpoint, 'style.css'>,
    { input, context, externalURL }: { input: CheckInput; context: CheckContext; externalURL: URL },
  ): Promise<SignInReply> => {
    const start = async () =>
      isBackground(input)
        ? account.signInFirst(input, context)
        : login(input, context, { externalURL, wanted: wantedPath(input) })
    switch (endpoint) {
      case 'start':
        return start()
      case 'sign_in': {
        const found = await account.session(input, context)
        if (found === undefined) return start()
        return account.page(found, addresses.returnPath(wantedPath(input), externalURL))
      }
      case 'callback':
        return callback(input, context, externalURL)
      case 'sign_out':
      case 'logout':
        return logout(input, context, externalURL)
      case 'userinfo':
        return account.userinfo(input, context)
    }
  }

  return {
    begin: async (input, context) => {
      const externalURL = findExternalURL(input.host)
      if (externalURL === undefined) return notHere(context)
      return login(input, context, { externalURL, wanted: input.path })
    },
    handle: async (endpoint, input, context) => {
      if (!methods[endpoint].includes(input.method)) return methodReply(methods[endpoint])
      if (endpoint === 'style.css') return styleReply
      const externalURL = findExternalURL(input.host)
      if (externalURL === undefined) return notHere(context)
      return answer(endpoint, { input, context, externalURL })
    },
  }
}

const styleReply: SignInReply = {
  status: 200,
  headers: [
    ['content-type', 'text/css; charset=utf-8'],
    ['cache-control', 'public, max-age=3600'],
    ['x-content-type-options', 'nosniff'],
  ],
  body: styleSheet,
  event: undefined,
}

/** A script's request, which could not follow a redirect to the provider and must not leave a cookie. */
function isBackground({ headers }: CheckInput): boolean {
  const mode = headers.get('sec-fetch-mode')
  return (mode !== undefined && mode !== 'navigate') || headers.has('x-requested-with')
}

/** The page that `?rd=` asks to come back to. */
function wantedPath({ path }: CheckInput): string | null {
  const [, query = ''] = path.split(/\?(.*)/s, 2)
  return new URLSearchParams(query).get('rd')
}

function notHere({ id }: CheckContext): SignInReply {
  const text = 'This host is none of those under which people sign in. Open the usual address.'
  const page = failedPage({ text, decisionId: id, styleURL: undefined, actions: [] })
  const event = { name: 'sign-in-failed', detail: 'host is no externalURL' } as const
  return pageReply(page, { status: 400, event })
}
