/**
 * `audit/` tells who did what: one line for each check on a route with `audit: true`, in one of two
 * formats (docs/audit.md). It owns its lines and nothing else: what is decided, it is told.
 */
import { trustedForwardedFor } from '../forwarded-for.ts'
import type { HeaderChanges } from '../headers/changes.ts'
import type { PlainHeaderNames } from '../headers/identity.ts'
import type { UserInfo } from '../user.ts'
import type { AuditEntry } from './audit-entry.ts'
import { createAuthnLine } from './authn-line.ts'
import { createJsonLine } from './json-line.ts'
import { outboundIdentity } from './outbound-identity.ts'

/** Where checks on audited routes are recorded. */
export interface AuditLog {
  /** Writes the line before it returns. Throws only what `write` throws. */
  readonly record: (entry: AuditEntry) => void
}

export const auditFormats = ['json', 'authn-lines'] as const

export type AuditFormat = (typeof auditFormats)[number]

export interface AuditLogOptions {
  readonly format: AuditFormat
  /** Takes one line with its end, under 16 KiB; the stream of the log, so that lines do not mix. */
  readonly write: (line: string) => void
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** See `listen.trustedHops`. */
  readonly trustedHops: number
  /** Headers other than `Impersonate-*` that tell an upstream who asks (`kubeflow`, `headers`). */
  readonly plainHeaders: readonly PlainHeaderNames[]
}

/**
 * Creates the audit log of one configuration. No line ever holds a token, a cookie, a code, a state, a
 * secret or a session id, nothing that a client sent can end a line or begin a field, and no log level
 * turns it off.
 */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { format, write, now, trustedHops, plainHeaders } = options
  const lineOf = format === 'json' ? createJsonLine() : createAuthnLine()
  // The same changes are made for the same user on the same route: what they say is read once.
  const sent = new WeakMap<HeaderChanges, { readonly identity: UserInfo | undefined }>()
  const sentIdentity = (changes: HeaderChanges): UserInfo | undefined => {
    const known = sent.get(changes)
    if (known !== undefined) return known.identity
    const identity = outboundIdentity(changes, plainHeaders)
    sent.set(changes, { identity })
    return identity
  }
  return {
    record: (entry) => {
      const { input, upstream, actingAs } = entry
      const forwardedFor = trustedForwardedFor(input.headers, trustedHops) ?? []
      const outbound = upstream === undefined ? actingAs : sentIdentity(upstream)
      write(lineOf({ ...entry, timeMs: now(), forwardedFor, outbound }))
    },
  }
}
