/**
 * `http/` answers Envoy's HTTP checks and translates, nothing else. A 5xx, a reset or garbage would
 * leave the verdict to Envoy's `failure_mode_allow`, so there is none: whatever happens is a denial.
 */

import { type Awaitable, answerOr, continueWith } from '../awaitable.ts'
import type { CheckInput } from '../check-input.ts'
import type { Decision } from '../decision.ts'
import { type AdapterDeps, guardChecker, lastResort } from '../serving/checker-guard.ts'
import { type RawCheck, readCheckRequest } from './check-request.ts'
import { type EncodedDecision, encodeDecision } from './check-response.ts'

/** What the handler needs. */
export interface CheckHandlerOptions extends AdapterDeps {
  /** What Envoy's `path_prefix` puts before the path; empty or begins with `/`. */
  readonly pathPrefix: () => string
}

/** A response that can be sent. */
export type Encoded = Extract<EncodedDecision, { readonly kind: 'encoded' }>

const noHeaders: CheckInput['headers'] = new Map()

/** Creates what answers an HTTP check. It answers and never rejects. */
export function createCheckHandler({
  checker,
  acceptsCaller,
  pathPrefix,
}: CheckHandlerOptions): (check: RawCheck) => Awaitable<Encoded> {
  const guarded = guardChecker(checker)

  const encode = (decision: Decision, shown: CheckInput['headers']): Encoded => {
    const encoded = encodeDecision(decision, shown)
    if (encoded.kind === 'encoded') return encoded
    const refused = encodeDecision(guarded.refuse(encoded.reason, encoded.detail), noHeaders)
    return refused.kind === 'encoded' ? refused : lastResponse()
  }

  const answer = (check: RawCheck): Awaitable<Encoded> => {
    const read = readCheckRequest(check, pathPrefix())
    if (!acceptsCaller(read.caller)) {
      return encode(
        guarded.refuse('caller', 'the check has no right "x-attache-caller"'),
        noHeaders,
      )
    }
    if (read.kind === 'malformed') {
      return encode(guarded.refuse('malformed-request', read.detail), noHeaders)
    }
    const { input, timeoutMs } = read
    return continueWith(guarded.check(input, { timeoutMs }), (decision) =>
      encode(decision, input.headers),
    )
  }

  return (check) => answerOr(() => answer(check), lastResponse)
}

/** The response that needs nothing to work. */
function lastResponse(): Encoded {
  const encoded = encodeDecision(lastResort, noHeaders)
  if (encoded.kind !== 'encoded') throw new TypeError('Cannot encode the last resort')
  return encoded
}
