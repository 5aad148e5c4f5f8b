import type { CheckInput } from '../check-input.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { accountPage } from '../pages/account.ts'
import type { ShellFor } from '../pages/shell.ts'
import { deniedReply } from '../replies/denied.ts'
import { isNavigation } from '../request-kind.ts'
import { routeHost } from '../routes/host.ts'
import type { SessionLookup, Sessions } from '../session/sessions.ts'
import type { Addresses } from './addresses.ts'
import type { Providers } from './provider/provider.ts'
import { jsonReply, pageReply } from './reply.ts'
import type { CheckContext, SignInReply } from './sign-in.ts'

export interface AccountOptions {
  readonly providers: Providers
  readonly sessions: Sessions
  readonly addresses: Addresses
  readonly shellFor: ShellFor
}

/** A session that was found, and the lines for its browser. */
export type FoundSession = Extract<SessionLookup, { readonly kind: 'found' }>

/** Says who is signed in. */
export interface Account {
  /** The session of the request, if it has a good one. */
  readonly find: (input: CheckInput, context: CheckContext) => Promise<FoundSession | undefined>
  /** The page about it. */
  readonly page: (found: FoundSession, options: AccountPageRequest) => SignInReply
  /** The page for a person, JSON for a program; 401 without a session. */
  readonly userinfo: (input: CheckInput, context: CheckContext) => Promise<SignInReply>
  /** 401 that says where to sign in, and sets no cookie. */
  readonly signInFirst: (input: CheckInput, context: CheckContext) => SignInReply
}

interface AccountPageRequest {
  readonly input: CheckInput
  readonly context: CheckContext
  /** Where "Continue" leads. */
  readonly continueURL: string
  /** Beside those of the session itself. */
  readonly setCookies?: readonly HeaderLine[]
}

/** The {@link Account} part of sign-in. */
export function createAccount(options: AccountOptions): Account {
  const { providers, sessions, addresses, shellFor } = options
  const { signOutURL } = addresses

  const find: Account['find'] = async ({ headers, host }, { nowMs }) => {
    const hostname = routeHost(host) ?? ''
    const lookup = await sessions.find({ cookieHeader: headers.get('cookie'), hostname, nowMs })
    return lookup.kind === 'found' ? lookup : undefined
  }

  const showPage: Account['page'] = ({ session, idleEndsAtMs, setCookies }, request) => {
    const { input, context, continueURL, setCookies: more = [] } = request
    const { user, email, expiresAtMs } = session.authenticated
    const page = accountPage(shellFor(input.headers), {
      user,
      email,
      provider: providers.get(session.provider)?.config.displayName ?? session.provider,
      now: new Date(context.nowMs),
      createdAt: new Date(session.createdAtMs),
      refreshesAt: dateOf(session.refreshAtMs),
      idleEndsAt: dateOf(idleEndsAtMs),
      expiresAt: new Date(expiresAtMs),
      signOutURL,
      continueURL,
    })
    return pageReply(page, { setCookies: [...setCookies, ...more] })
  }

  return {
    find,
    page: showPage,
    userinfo: async (input, context) => {
      const found = await find(input, context)
      if (found === undefined) return noSession(input, context, options)
      if (isNavigation(input)) return showPage(found, { input, context, continueURL: '/' })
      return jsonReply(toJson(found), { setCookies: found.setCookies })
    },
    signInFirst: (input, context) => noSession(input, context, options),
  }
}

function dateOf(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms)
}

function toJson({ session, idleEndsAtMs }: FoundSession): object {
  const { authenticated, provider, createdAtMs, refreshAtMs } = session
  const { user, email, expiresAtMs } = authenticated
  return {
    user: user.name,
    uid: user.uid,
    groups: user.groups,
    extra: Object.fromEntries(user.extra),
    email,
    provider,
    createdAt: new Date(createdAtMs).toISOString(),
    refreshesAt: dateOf(refreshAtMs)?.toISOString(),
    idleEndsAt: dateOf(idleEndsAtMs)?.toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
  }
}

function noSession(
  input: CheckInput,
  { id }: CheckContext,
  { addresses, shellFor }: AccountOptions,
): SignInReply {
  const signInURL = addresses.startURL('/')
  const denial = { reason: 'no-credential', status: 401, id, signInURL } as const
  const { status, headers, body } = deniedReply(
    denial,
    isNavigation(input) ? { form: 'page', shell: shellFor(input.headers) } : { form: 'problem' },
  )
  return { status, headers, body, event: undefined }
}
