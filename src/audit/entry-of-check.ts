import type { CheckInput } from '../check-input.ts'
import type { CheckEvent } from '../check-log.ts'
import type { Decision } from '../decision.ts'
import type { AuditEntry, AuditVerdict } from './audit-entry.ts'

/** What is recorded of one check: its decision, and what was found out on the way there. */
export function entryOfCheck(
  input: CheckInput,
  { decision, event }: { readonly decision: Decision; readonly event: CheckEvent },
): AuditEntry {
  const { user, route } = event.kind === 'sign-in' ? nobody : event
  return {
    id: decision.id,
    input,
    verdict: verdictOf(decision, event),
    user,
    actingAs: user?.actingAs,
    upstream: decision.kind === 'allow' ? decision.upstream : undefined,
    route,
  }
}

const nobody = { user: undefined, route: undefined }

function verdictOf(decision: Decision, event: CheckEvent): AuditVerdict {
  if (decision.kind === 'allow') return { kind: 'allowed' }
  const reason = event.kind === 'denied' ? event.reason : 'no-credential'
  return { kind: 'denied', reason, status: decision.status }
}
