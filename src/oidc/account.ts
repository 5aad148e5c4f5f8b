import type { CheckInput } from '../check-input.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { accountPage } from '../pages/account.ts'
import { deniedReply } from '../replies/denied.ts'
import { isNavigation } from '../request-kind.ts'
import { routeHost } from '../routes/host.ts'
import type { Session, SessionLookup, Sessions } from '../session/sessions.ts'
import type { Addresses } from './addresses.ts'
import type { Providers } from './provider.ts'
import { jsonReply, pageReply } from './reply.ts'
import type { CheckContext, SignInReply } from './sign-in.ts'

export interface AccountOptions {
  readonly providers: Providers
  readonly sessions: Sessions
  readonly addresses: Addresses
}

/** A session that was found, and the lines for its browser. */
export type FoundSession = Extract<SessionLookup, { readonly kind: 'found' }>

/** Says who is signed in. */
export interface Account {
  /** The session of the request, if it has a good one. */
  readonly find: (input: CheckInput, context: CheckContext) => Promise<FoundSession | undefined>
  /** The page about it; "Continue" leads to `continueURL`. */
  readonly page: (
    found: FoundSession,
    continueURL: string,
    setCookies?: readonly HeaderLine[],
  ) => SignInReply
  /** The page for a person, JSON for a program; 401 without a session. */
  readonly userinfo: (input: CheckInput, context: CheckContext) => Promise<SignInReply>
  /** 401 that says where to sign in, and sets no cookie. */
  readonly signInFirst: (input: CheckInput, context: CheckContext) => SignInReply
}

/** The {@link Account} part of sign-in. */
export function createAccount({ providers, sessions, addresses }: AccountOptions): Account {
  const { styleURL, signOutURL } = addresses

  const find: Account['find'] = async ({ headers, host }, { nowMs }) => {
    const hostname = routeHost(host) ?? ''
    const lookup = await sessions.find({ cookieHeader: headers.get('cookie'), hostname, nowMs })
    return lookup.kind === 'found' ? lookup : undefined
  }

  const showPage: Account['page'] = ({ session, setCookies }, continueURL, more = []) => {
    const { user, email, expiresAtMs } = session.authenticated
    const page = accountPage({
      user,
      email,
      provider: providers.get(session.provider)?.config.displayName ?? session.provider,
      createdAt: new Date(session.createdAtMs),
      expiresAt: new Date(expiresAtMs),
      signOutURL,
      continueURL,
      styleURL,
    })
    return pageReply(page, { setCookies: [...setCookies, ...more] })
  }

  return {
    find,
    page: showPage,
    userinfo: async (input, context) => {
      const found = await find(input, context)
      if (found === undefined) return noSession(input, context, addresses)
      if (isNavigation(input)) return showPage(found, '/')
      return jsonReply(toJson(found.session), { setCookies: found.setCookies })
    },
    signInFirst: (input, context) => noSession(input, context, addresses),
  }
}

function toJson({ authenticated, provider, createdAtMs }: Session): object {
  const { user, email, expiresAtMs } = authenticated
  return {
    user: user.name,
    uid: user.uid,
    groups: user.groups,
    extra: Object.fromEntries(user.extra),
    email,
    provider,
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
  }
}

function noSession(
  input: CheckInput,
  { id }: CheckContext,
  { startURL, styleURL }: Addresses,
): SignInReply {
  const denial = { reason: 'no-credential', status: 401, id, signInURL: startURL('/') } as const
  const form = isNavigation(input) ? 'page' : 'problem'
  const { status, headers, body } = deniedReply(denial, { form, styleURL })
  return { status, headers, body, event: undefined }
}
