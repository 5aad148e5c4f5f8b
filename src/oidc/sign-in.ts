/**
 * `oidc/` is the browser half: it signs people in and out with OpenID Connect, wholly inside the
 * check. Each part returns the answer as a value; none knows a transport.
 */
import type { Logger } from 'pino'
import type { Issuers } from '../authn/issuer/issuer.ts'
import type { CheckInput } from '../check-input.ts'
import type { SessionConfig, SignInConfig } from '../config/browser-types.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { logoAsset } from '../pages/logo.ts'
import { createShells } from '../pages/shell.ts'
import { styleAsset } from '../pages/style.ts'
import { isPrefetch } from '../request-kind.ts'
import type { SignInEndpoint } from '../routes/endpoints.ts'
import type { Random } from '../session/seal.ts'
import type { Sessions } from '../session/sessions.ts'
import { createAccount } from './account.ts'
import { createAddresses, type Prompt } from './addresses.ts'
import { createCallback } from './callback.ts'
import type { ExternalURLOf } from './external-url.ts'
import { type Failure, failedReply } from './failed-reply.ts'
import { createLastProvider } from './last-provider.ts'
import { createLogin, type LoginRequest } from './login.ts'
import { createLogout } from './logout.ts'
import type { Providers } from './provider/provider.ts'
import { queryOf } from './query.ts'
import { assetReply, methodReply, noAssetReply, notAheadReply } from './reply.ts'
import { createRevoke } from './revoke.ts'
import { createSignInStates } from './sign-in-states.ts'
import { createSignOutStates } from './sign-out-states.ts'

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
  /**
   * Sends a navigation to the provider: 302, or the page to pick one from, or for a frame the page that takes
   * the whole window.
   */
  readonly begin: (
    input: CheckInput,
    context: CheckContext,
    options: BeginOptions,
  ) => Promise<SignInReply>
  /** The endpoints that live inside the check. */
  readonly handle: (
    endpoint: SignInEndpoint,
    input: CheckInput,
    context: CheckContext,
  ) => Promise<SignInReply>
}

export interface BeginOptions {
  /** `provider` of the route; undefined: the only one, or whichever is picked. */
  readonly provider: string | undefined
}

export interface SignInOptions {
  readonly config: SignInConfig
  readonly session: SessionConfig
  readonly providers: Providers
  readonly verifyToken: Issuers['verifyToken']
  readonly findExternalURL: ExternalURLOf
  readonly sessions: Sessions
  readonly random: Random
  readonly log: Logger
}

/** Which methods each endpoint takes. The callback's code is for one GET, never for a look ahead. */
const methods: Readonly<Record<SignInEndpoint, readonly string[]>> = {
  sign_in: ['GET', 'HEAD'],
  start: ['GET', 'HEAD'],
  callback: ['GET'],
  sign_out: ['GET', 'POST'],
  userinfo: ['GET', 'HEAD'],
  'style.css': ['GET', 'HEAD'],
  logo: ['GET', 'HEAD'],
  logout: ['GET', 'POST'],
}

/** Sign-in with all providers. */
export function createSignIn(options: SignInOptions): SignIn {
  const { config, session, providers, findExternalURL, sessions, random, log } = options
  const { secure } = session.cookie
  const addresses = createAddresses(config)
  const shellFor = createShells(config)
  const { logo } = config.branding
  const assets = { 'style.css': styleAsset, logo: logo && logoAsset(logo) }
  const states = createSignInStates({ config: session, random })
  const lastProvider = createLastProvider(providers, session.cookie)
  const login = createLogin({ providers, states, addresses, shellFor, lastProvider })
  const logout = createLogout({
    providers,
    sessions,
    addresses,
    shellFor,
    states: createSignOutStates({ keys: session.keys, random }),
    signIns: states,
    revoke: createRevoke({ providers, log }),
    allowedOrigins: config.allowedOrigins,
    secure,
  })
  const account = createAccount({ providers, sessions, addresses, shellFor })
  const callback = createCallback({
    providers,
    states,
    addresses,
    shellFor,
    sessions,
    account,
    lastProvider,
    verifyToken: options.verifyToken,
    strictCookie: session.cookie.sameSite === 'strict',
  })

  const answer = async (
    endpoint: Exclude<SignInEndpoint, keyof typeof assets>,
    { input, context, externalURL }: { input: CheckInput; context: CheckContext; externalURL: URL },
  ): Promise<SignInReply> => {
    const start = async () =>
      isBackground(input)
        ? account.signInFirst(input, context)
        : login(input, context, { externalURL, ...readStart(input) })
    switch (endpoint) {
      case 'start':
        return start()
      case 'sign_in': {
        const found = await account.find(input, context)
        if (found === undefined || found.signInHelps) return start()
        const continueURL = addresses.returnPath(readStart(input).wanted, externalURL)
        return account.page(found, { input, context, continueURL })
      }
      case 'callback':
        return isPrefetch(input) ? notAheadReply() : callback(input, context, externalURL)
      case 'sign_out':
      case 'logout':
        return logout(input, context, externalURL)
      case 'userinfo':
        return account.userinfo(input, context)
    }
  }

  const notHere = (input: CheckInput, context: CheckContext, why = otherHost): SignInReply =>
    failedReply(why, context, { shell: shellFor(input.headers), signInURL: undefined })

  const ofProviders = new Set(config.providers.map((one) => one.authorizationEndpoint))

  return {
    begin: async (input, context, { provider }) => {
      const externalURL = findExternalURL(input.host)
      if (externalURL === undefined) return notHere(input, context)
      // It would be sent there again, and each time to another query, for as long as the browser goes along.
      if (ofProviders.has(input.path.split('?', 1)[0]))
        return notHere(input, context, closedProvider)
      const request = { externalURL, wanted: input.path, provider, isUnasked: true }
      return login(input, context, request)
    },
    handle: async (endpoint, input, context) => {
      if (!methods[endpoint].includes(input.method)) return methodReply(methods[endpoint])
      if (endpoint === 'style.css' || endpoint === 'logo') {
        const asset = assets[endpoint]
        return asset === undefined ? noAssetReply() : assetReply(asset, input.path)
      }
      const externalURL = findExternalURL(input.host)
      if (externalURL === undefined) return notHere(input, context)
      return answer(endpoint, { input, context, externalURL })
    },
  }
}

/** A script's request, which could not follow a redirect to the provider and must not leave a cookie. */
function isBackground(input: CheckInput): boolean {
  const mode = input.headers.get('sec-fetch-mode')
  if (mode !== undefined && mode !== 'navigate') return true
  return input.headers.has('x-requested-with') || isPrefetch(input)
}

const prompts: Readonly<Record<string, Prompt>> = {
  login: 'login',
  select_account: 'select_account',
}

/** The page to come back to (`?rd=`), the provider, and whether it should ask anew. */
function readStart({ path }: CheckInput): Omit<LoginRequest, 'externalURL'> {
  const parameters = queryOf(path)
  const prompt = parameters.get('prompt') ?? ''
  return {
    wanted: parameters.get('rd'),
    // Two of them are no provider's name.
    provider: parameters.has('provider') ? parameters.getAll('provider').join(' ') : undefined,
    prompt: Object.hasOwn(prompts, prompt) ? prompts[prompt] : undefined,
  }
}

const closedProvider: Failure = {
  kind: 'other-host',
  detail: 'authorizationEndpoint is on a route that needs a sign-in: its route must be public',
}
const otherHost: Failure = { kind: 'other-host', detail: 'the host is none of signIn.externalURL' }
