import type { CheckInput } from '../check-input.ts'
import type { HeaderLine } from '../headers/changes.ts'

/** The endpoints below `signIn.pathPrefix`, and the paths of `signIn.logoutPaths`. */
export type SignInEndpoint =
  | 'sign_in'
  | 'start'
  | 'callback'
  | 'sign_out'
  | 'userinfo'
  | 'style.css'
  | 'logout'

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
  /** Aborted when the caller's deadline is near. */
  readonly signal: AbortSignal
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
