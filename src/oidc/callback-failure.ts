import type { HeaderLine } from '../headers/changes.ts'
import type { PageShell } from '../pages/shell.ts'
import { failedPage } from '../pages/sign-in.ts'
import type { Addresses } from './addresses.ts'
import type { IdentifyFailure } from './identify.ts'
import { pageReply } from './reply.ts'
import type { CheckContext, SignInReply } from './sign-in.ts'

/** Why a callback makes no session. */
export interface CallbackFailure {
  readonly kind: IdentifyFailure['kind'] | 'malformed' | 'stale' | 'no-cookies' | 'too-large'
  /** For the log. */
  readonly detail: string
}

export interface FailedReplyOptions {
  readonly addresses: Addresses
  readonly shell: PageShell
  readonly setCookies?: readonly HeaderLine[]
  /** Where the person wanted to go, and goes with the next sign-in. Default: `/`. */
  readonly returnPath?: string
}

/** The page that says what happened and what to do, with the decision id. */
export function failedReply(
  { kind, detail }: CallbackFailure,
  { id }: CheckContext,
  { addresses, shell, setCookies = [], returnPath = '/' }: FailedReplyOptions,
): SignInReply {
  const page = failedPage(shell, {
    // Whose grant is over has a sign-in that is over.
    failure: kind === 'grant-ended' ? 'stale' : kind,
    decisionId: id,
    signInURL: addresses.startURL(returnPath),
    homeURL: '/',
  })
  const event = { name: 'sign-in-failed', detail: `${kind}: ${detail}` } as const
  return pageReply(page, { status: 400, setCookies, event })
}
