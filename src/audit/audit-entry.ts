import type { Authenticated } from '../authn/authenticator.ts'
import type { CheckInput } from '../check-input.ts'
import type { DenyReason } from '../decision.ts'
import type { HeaderChanges } from '../headers/changes.ts'
import type { UserInfo } from '../user.ts'

/** What came of a check, for the record. To be sent to sign in is to be denied, with the status of that answer. */
export type AuditVerdict =
  | { readonly kind: 'allowed' }
  | {
      readonly kind: 'denied'
      readonly reason: DenyReason
      /** What the client should see; over HTTP a 5xx becomes 403 and a page 203 on the way. */
      readonly status: number
    }

/** One check, as whoever decided it knows it. */
export interface AuditEntry {
  /** The decision id. */
  readonly id: string
  readonly input: CheckInput
  readonly verdict: AuditVerdict
  /** Who asks; undefined when nobody was authenticated. */
  readonly user: Authenticated | undefined
  /** As whom the caller wants to act (`kubectl --as`), allowed or not; undefined: as itself. */
  readonly actingAs: UserInfo | undefined
  /** What goes upstream; undefined when nothing does. */
  readonly upstream: HeaderChanges | undefined
  /** `routes[3]`; undefined when there is none. */
  readonly route: string | undefined
}

/** An entry with everything that its line tells; each format writes it in its own way. */
export interface AuditRecord extends AuditEntry {
  /** Milliseconds since the epoch. */
  readonly timeMs: number
  /** The entries of `X-Forwarded-For` that count. */
  readonly forwardedFor: readonly string[]
  /** The identity that the upstream is told, or that a denied caller asked for. */
  readonly outbound: UserInfo | undefined
}

/**
 * The most that a line holds of each part, in bytes as written. All together stay under 16 KiB with the
 * line's end, because container runtimes split longer lines (containerd's max_container_log_line_size).
 */
export const maxBytes = {
  method: 64,
  host: 256,
  path: 2048,
  source: 64,
  forwardedFor: 768,
  name: 512,
  uid: 256,
  groups: 3072,
  extra: 2048,
} as const
