import type { HeaderLine } from '../headers/changes.ts'
import type { SignInFailure } from '../pages/messages/messages.ts'
import type { PageShell } from '../pages/shell.ts'
import { failedPage } from '../pages/sign-in.ts'
import { pageReply } from './reply.ts'
import type { CheckContext, SignInReply } from './sign-in.ts'

/** Why a sign-in makes no session. */
export interface Failure {
  readonly kind: SignInFailure | 'grant-ended'
  /** For the log. */
  readonly detail: string
}

export interface FailedReplyOptions {
  readonly shell: PageShell
  /** Where to begin anew; undefined where that would not help. */
  readonly signInURL: string | undefined
  /** Undefined: no way there from here. */
  readonly homeURL?: string
  readonly setCookies?: readonly HeaderLine[]
}

/** 400 with the page that says what happened and what to do, with the decision id. */
export function failedReply(
  { kind, detail }: Failure,
  { id }: CheckContext,
  { shell, signInURL, homeURL, setCookies = [] }: FailedReplyOptions,
): SignInReply {
  const page = failedPage(shell, {
    // Whose grant is over has a sign-in that is over.
    failure: kind === 'grant-ended' ? 'stale' : kind,
    decisionId: id,
    signInURL,
    homeURL,
  })
  const event = { name: 'sign-in-failed', detail: `${kind}: ${detail}` } as const
  return pageReply(page, { status: 400, setCookies, event })
}
