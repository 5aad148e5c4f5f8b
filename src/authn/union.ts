import { type Awaitable, answerOr, continueWith } from '../awaitable.ts'
import type { CheckInput } from '../check-input.ts'
import { DependencyError } from '../errors.ts'
import { type Authenticator, noCredential, type Outcome, type Rejected } from './authenticator.ts'

export interface UnionOptions {
  /** Credentials of the request itself, in the order of the contract. */
  readonly credentials: readonly Authenticator[]
  /** Asked only if the request has none of them. */
  readonly session: Authenticator | undefined
}

/** What came of those that were asked before; the first of each kind counts. */
interface Found {
  readonly refusal: Rejected | undefined
  readonly outage: DependencyError | undefined
}

const nothingFound: Found = { refusal: undefined, outage: undefined }

/**
 * As in kube-apiserver the first that authenticates wins and a refused credential does not stop the
 * next. Once one was refused or could not be judged, the session is not asked: a bad token never acts
 * as whoever the browser belongs to.
 */
export function union({ credentials, session }: UnionOptions): Authenticator {
  const askFrom = (position: number, input: CheckInput, found: Found): Awaitable<Outcome> => {
    const authenticate = credentials[position]
    if (authenticate === undefined) return conclude(found, input)
    const asked = answerOr(() => authenticate(input), outageOf)
    return continueWith(asked, (outcome) => {
      if (outcome instanceof DependencyError) {
        return askFrom(position + 1, input, { ...found, outage: found.outage ?? outcome })
      }
      switch (outcome.kind) {
        case 'authenticated':
          return outcome
        case 'rejected':
          return askFrom(position + 1, input, { ...found, refusal: found.refusal ?? outcome })
        case 'no-credential':
          return askFrom(position + 1, input, found)
      }
    })
  }

  const conclude = ({ refusal, outage }: Found, input: CheckInput): Awaitable<Outcome> => {
    // What nobody could judge might have been good: that is "unavailable", not "refused".
    if (outage !== undefined) throw outage
    if (refusal !== undefined) return refusal
    return session === undefined ? noCredential : session(input)
  }

  return (input) => askFrom(0, input, nothingFound)
}

function outageOf(error: unknown): DependencyError {
  if (error instanceof DependencyError) return error
  throw error
}
