import { DependencyError } from '../errors.ts'
import { type Authenticator, noCredential, type Outcome, type Rejected } from './authenticator.ts'

export interface UnionOptions {
  /** Credentials of the request itself, in the order of the contract. */
  readonly credentials: readonly Authenticator[]
  /** Asked only if the request has none of them. */
  readonly session: Authenticator | undefined
}

/**
 * As in kube-apiserver the first that authenticates wins and a refused credential does not stop the
 * next. Once one was refused or could not be judged, the session is not asked: a bad token never acts
 * as whoever the browser belongs to.
 */
export function union({ credentials, session }: UnionOptions): Authenticator {
  return async (input): Promise<Outcome> => {
    let refusal: Rejected | undefined
    let outage: DependencyError | undefined
    for (const authenticate of credentials) {
      try {
        const outcome = await authenticate(input)
        if (outcome.kind === 'authenticated') return outcome
        if (outcome.kind === 'rejected') refusal ??= outcome
      } catch (error) {
        if (!(error instanceof DependencyError)) throw error
        outage ??= error
      }
    }
    // What nobody could judge might have been good: that is "unavailable", not "refused".
    if (outage !== undefined) throw outage
    if (refusal !== undefined) return refusal
    return session === undefined ? noCredential : session(input)
  }
}
