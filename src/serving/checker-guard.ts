import { answerOr } from '../awaitable.ts'
import type { Checker } from '../check.ts'
import type { Decision, Reply } from '../decision.ts'

/** What both adapters need of the rest. Functions, because a reload changes what is behind them. */
export interface AdapterDeps {
  /** The checker in force. */
  readonly checker: () => Checker
  /** See {@link createCallerGate}. */
  readonly acceptsCaller: (presented: string | undefined) => boolean
}

/** The denial that needs nothing to work: for when the checker itself does not. */
export const lastResort: Reply = {
  kind: 'reply',
  // No log line has it.
  id: '-',
  status: 503,
  headers: [
    ['content-type', 'application/problem+json'],
    ['retry-after', '5'],
    ['cache-control', 'no-store'],
  ],
  body: '{"type":"unavailable","title":"Try again in a moment","status":503}\n',
}

/**
 * The checker in force, held to its word: a checker promises never to fail, and if it does all the same,
 * the answer is a denial. An error that went through to the transport would leave the verdict to Envoy's
 * `failure_mode_allow`.
 */
export function guardChecker(checker: () => Checker): Checker {
  const refuse: Checker['refuse'] = (reason, detail) => {
    try {
      return denialOf(checker().refuse(reason, detail))
    } catch {
      return lastResort
    }
  }

  const check: Checker['check'] = (input, options) =>
    answerOr(
      () => checker().check(input, options),
      (error) => {
        const name = error instanceof Error ? error.name : typeof error
        return refuse('unavailable', `the checker failed with "${name}"`)
      },
    )

  return { check, refuse }
}

/** A refusal that allowed would be the worst of mistakes. */
function denialOf(decision: Decision): Decision {
  return decision.kind === 'reply' ? decision : lastResort
}
