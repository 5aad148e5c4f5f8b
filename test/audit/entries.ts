import type { AuditEntry } from '../../src/audit/audit-entry.ts'
import { type AuditFormat, createAuditLog } from '../../src/audit/audit-log.ts'
import type { UserInfo } from '../../src/user.ts'
import { checkInput } from '../support/check-input.ts'
import { authenticated, userInfo } from '../support/user.ts'

/** 2026-03-04T05:06:07.089Z */
export const nowMs = Date.UTC(2026, 2, 4, 5, 6, 7, 89)

/** The least entry: a refused request of nobody, with what a test wants to differ. */
export function auditEntry(overrides: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: 'id-1',
    input: checkInput(),
    verdict: { kind: 'denied', reason: 'no-credential', status: 401 },
    user: undefined,
    actingAs: undefined,
    upstream: undefined,
    route: 'routes[0]',
    ...overrides,
  }
}

/** Somebody with what a test wants to differ, as the inbound user of a denied request. */
export function entryOf(user: Partial<UserInfo>): AuditEntry {
  return auditEntry({ user: authenticated({ user: userInfo(user) }) })
}

/** The one line that a record makes. */
export function lineOf(format: AuditFormat, entry: AuditEntry, trustedHops = 0): string {
  const lines: string[] = []
  const log = createAuditLog({
    format,
    write: (line) => void lines.push(line),
    now: () => nowMs,
    trustedHops,
    plainHeaders: [
      { user: 'kubeflow-userid', groups: 'kubeflow-groups' },
      { user: 'x-forwarded-user', groups: undefined },
    ],
  })
  log.record(entry)
  return lines.join('(another)')
}
