import type { CheckInput } from '../check-input.ts'
import { accountPage } from '../pages/account.ts'
import { deniedReply } from '../replies/denied.ts'
import { isNavigation } from '../request-kind.ts'
import { routeHost } from '../routes/host.ts'
import type { Session, Sessions } from '../session/sessions.ts'
import type { Addresses } from './addresses.ts'
import type { Provider } from './provider.ts'
import { jsonReply, pageReply } from './reply.ts'
import type { CheckContext, SignInReply } from './sign-in.ts'

export interface AccountOptions {
  readonly provider: Provider
  readonly sessions: Sessions
  readonly addresses: Addresses
}

/** Says who is signed in. */
export interface Account {
  /** The session of the request, if it has a good one. */
  readonly session: (input: CheckInput, context: CheckContext) => Promise<Session | undefined>
  /** The page about it; "Continue" leads to `continueURL`. */
  readonly page: (session: Session, continueURL: string) => SignInReply
  /** The page for a person, JSON for a program; 401 without a session. */
  readonly userinfo: (input: CheckInput, context: CheckContext) => Promise<SignInReply>
  /** 401 that says where to sign in, and sets no cookie. */
  readonly signInFirst: (input: CheckInput, context: CheckContext) => SignInReply
}

/** The {@link Account} part of sign-in. */
export function createAccount({ provider, sessions, addresses }: AccountOptions): Account {
  const { styleURL, signOutURL } = addresses

  const find = async ({ headers, host }: CheckInput, { nowMs }: CheckContext) => {
    const hostname = routeHost(host) ?? ''
    const lookup = await sessions.find({ cookieHeader: headers.get('cookie'), hostname, nowMs })
    return lookup.kind === 'found' ? lookup.session : undefined
  }

  const showPage = (session: Session, continueURL: string) => {
    const { user, email, expiresAtMs } = session.authenticated
    return pageReply(
      accountPage({
        user,
        email,
        provider: provider.config.displayName,
        createdAt: new Date(session.createdAtMs),
        expiresAt: new Date(expiresAtMs),
        signOutURL,
        continueURL,
        styleURL,
      }),
    )
  }

  return {
    session: find,
    page: showPage,
    userinfo: async (input, context) => {
      const session = await find(input, context)
      if (session === undefined) return noSession(input, context, addresses)
      return isNavigation(input) ? showPage(session, '/') : jsonReply(toJson(session))
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
