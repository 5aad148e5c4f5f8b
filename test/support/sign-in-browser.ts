import { randomBytes } from 'node:crypto'
import { type Logger, pino } from 'pino'
import type { Issuers } from '../../src/authn/issuer/issuer.ts'
import type { CheckInput } from '../../src/check-input.ts'
import type { SessionConfig, SignInConfig } from '../../src/config/browser-types.ts'
import { createExternalURLs } from '../../src/oidc/external-url.ts'
import { createProviders } from '../../src/oidc/provider/provider.ts'
import { createSignIn, type SignIn, type SignInReply } from '../../src/oidc/sign-in.ts'
import type { SignInEndpoint } from '../../src/routes/endpoints.ts'
import type { Sessions } from '../../src/session/sessions.ts'
import { checkInput } from './check-input.ts'
import { applySetCookies, cookieHeader } from './cookie-jar.ts'
import { cookieSessions } from './sessions.ts'

export interface BrowserOptions {
  readonly config: SignInConfig
  readonly session: SessionConfig
  readonly issuers: Issuers
  readonly keepIDToken?: boolean
  /** Default: sessions in cookies. */
  readonly sessions?: Sessions
  /** Default: nobody reads it. */
  readonly log?: Logger
}

type Overrides = Parameters<typeof checkInput>[0]

/** Sign-in as a browser meets it: with cookies, and the headers of a navigation. */
export interface Browser {
  readonly signIn: SignIn
  readonly sessions: Sessions
  readonly jar: () => ReadonlyMap<string, string>
  readonly setJar: (jar: ReadonlyMap<string, string>) => void
  /** Opens a page that needs a session, on a route with that provider. */
  readonly begin: (path: string, overrides?: Overrides, provider?: string) => Promise<SignInReply>
  readonly open: (
    endpoint: SignInEndpoint,
    path: string,
    overrides?: Overrides,
  ) => Promise<SignInReply>
  /** Follows a redirect to our own callback. */
  readonly callback: (location: URL, overrides?: Overrides) => Promise<SignInReply>
}

/** The decision id that replies of a {@link Browser} have. */
const decisionId = 'decision-id-1'

/** A browser with no cookies, at the first external URL. Its time is `now`. */
export function createBrowser(
  { config, session, issuers, keepIDToken = false, ...rest }: BrowserOptions,
  now: () => number = Date.now,
): Browser {
  const random = randomBytes
  const log = rest.log ?? pino({ level: 'silent' })
  const { providers } = config
  const sessions = rest.sessions ?? cookieSessions({ config: session, providers, keepIDToken, now })
  const signIn = createSignIn({
    config,
    session,
    providers: createProviders(config, issuers),
    verifyToken: issuers.verifyToken,
    findExternalURL: createExternalURLs(config, { secure: session.cookie.secure }),
    sessions,
    random,
    log,
  })
  let jar: ReadonlyMap<string, string> = new Map()

  const request = (
    path: string,
    { headers = {}, ...parts }: NonNullable<Overrides>,
  ): CheckInput => {
    const cookie = cookieHeader(jar)
    return checkInput({
      host: config.externalURLs[0]?.host ?? '',
      path,
      ...parts,
      headers: {
        accept: 'text/html',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-site': 'none',
        ...(cookie === undefined ? {} : { cookie }),
        ...headers,
      },
    })
  }
  const context = () => ({
    id: decisionId,
    nowMs: now(),
    signal: () => AbortSignal.timeout(5000),
  })
  const receive = (reply: SignInReply) => {
    jar = applySetCookies(jar, reply.headers)
    return reply
  }
  const open: Browser['open'] = async (endpoint, path, overrides = {}) =>
    receive(await signIn.handle(endpoint, request(path, overrides), context()))

  return {
    signIn,
    sessions,
    jar: () => jar,
    setJar: (next) => {
      jar = next
    },
    begin: async (path, overrides = {}, provider) =>
      receive(await signIn.begin(request(path, overrides), context(), { provider })),
    open,
    callback: (location, overrides) =>
      open('callback', location.pathname + location.search, overrides),
  }
}

/** Where a reply sends the browser. */
export function locationOf({ headers }: SignInReply): URL {
  return new URL(header(headers, 'location') ?? 'missing:')
}

/** The value of the only line of that name. */
export function header(headers: SignInReply['headers'], name: string): string | undefined {
  const values = headers.filter(([line]) => line === name).map(([, value]) => value)
  return values.length > 1 ? `${values.length} lines` : values[0]
}
