import type { CheckInput } from './check-input.ts'
import type { Decision, DenyReason } from './decision.ts'

/** What the adapters call. */
export interface Checker {
  /**
   * Decides one request. Never rejects and never throws: every failure is a decision, and it comes
   * before `timeoutMs` has passed (80 % of it), because after that Envoy's failure mode decides.
   */
  readonly check: (input: CheckInput, options: CheckOptions) => Promise<Decision>
  /** The denial of a request that could not even be read, or whose caller is not trusted. */
  readonly refuse: (reason: DenyReason, detail: string) => Decision
}

export interface CheckOptions {
  /** What the caller's deadline leaves, in milliseconds; undefined when it set none. */
  readonly timeoutMs: number | undefined
}
