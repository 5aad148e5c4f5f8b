import { type ByteString, bytesOf } from '../byte-string.ts'
import type { Allow, Decision, DenyReason, Reply } from '../decision.ts'
import type { HeaderChanges, HeaderLine } from '../headers/changes.ts'
import { findUnencodable, findUnencodableId, findUnencodableLine } from '../headers/encodable.ts'

/** A response to send, or why this decision must not be sent. */
export type EncodedDecision =
  | {
      readonly kind: 'encoded'
      readonly status: number
      /** Name, value, name, value … */
      readonly headers: ByteString[]
      readonly body: ByteString
    }
  | { readonly kind: 'unencodable'; readonly reason: DenyReason; readonly detail: string }

/** What stays the same each time that one {@link HeaderChanges} is allowed. */
type EncodedChanges =
  | {
      readonly kind: 'encoded'
      readonly headers: readonly ByteString[]
      readonly appended: readonly string[]
    }
  | { readonly kind: 'unencodable'; readonly detail: string }

const encodedChanges = new WeakMap<HeaderChanges, EncodedChanges>()

/**
 * Encodes a decision as the response to an HTTP check. Its status is 200 for an allow and for nothing
 * else, and never 5xx: Envoy takes the one for a yes, the other for a failure that obeys
 * `failure_mode_allow`.
 *
 * `shown` are the headers of the check: a name that Envoy appends to must not be among them.
 */
export function encodeDecision(
  decision: Decision,
  shown: ReadonlyMap<string, string>,
): EncodedDecision {
  return decision.kind === 'allow' ? encodeAllow(decision, shown) : encodeReply(decision)
}

function encodeAllow(
  { id, upstream, downstream }: Allow,
  shown: ReadonlyMap<string, string>,
): EncodedDecision {
  let changes = encodedChanges.get(upstream)
  if (changes === undefined) {
    changes = encodeChanges(upstream)
    encodedChanges.set(upstream, changes)
  }
  if (changes.kind === 'unencodable') return { ...changes, reason: 'unavailable' }
  // Over HTTP Envoy appends after the client's own lines, and removing them would remove ours too.
  const twice = changes.appended.find((name) => shown.has(name))
  if (twice !== undefined) {
    const detail = `the client's own "${twice}" would stay: Envoy lacks the pre-filter that takes it out`
    return { kind: 'unencodable', reason: 'client-impersonation', detail }
  }
  const detail = findUnencodableId(id) ?? findUnencodableLine(downstream)
  if (detail !== undefined) return { kind: 'unencodable', reason: 'unavailable', detail }
  const headers = [...changes.headers, ...flatten(downstream), 'x-attache-decision', id]
  return { kind: 'encoded', status: 200, headers, body: '' }
}

function encodeChanges(changes: HeaderChanges): EncodedChanges {
  const detail = findUnencodable(changes)
  if (detail !== undefined) return { kind: 'unencodable', detail }
  const { set, append, remove } = changes
  const removal = remove.length === 0 ? [] : [removalHeader, joined(remove)]
  return {
    kind: 'encoded',
    // A spread would leave room for more, which adds up over 100,000 users.
    headers: noBody.concat(flatten(set), flatten(append), removal),
    appended: append.length === 0 ? none : [...new Set(append.map(([name]) => name))],
  }
}

const noBody: readonly ByteString[] = ['content-length', '0']
const removalHeader = 'x-envoy-auth-headers-to-remove'
const none: readonly string[] = []

/** Many users share one list of names, and its text is longer than all else that is kept of them. */
const joinedNames = new WeakMap<HeaderChanges['remove'], string>()

function joined(remove: HeaderChanges['remove']): string {
  const known = joinedNames.get(remove)
  if (known !== undefined) return known
  const text = remove.join(',')
  joinedNames.set(remove, text)
  return text
}

function encodeReply({ id, status, headers, body }: Reply): EncodedDecision {
  const lines: HeaderLine[] = [...headers, ['x-attache-decision', id]]
  const detail = findUnencodableLine(lines)
  if (detail !== undefined) return { kind: 'unencodable', reason: 'unavailable', detail }
  const bytes = bytesOf(body)
  return {
    kind: 'encoded',
    status: statusOfReply(status),
    headers: ['content-length', String(bytes.length), ...flatten(lines)],
    body: bytes,
  }
}

/** What Envoy takes for a denial, and nearest to what the client should see. */
function statusOfReply(status: number): number {
  if (status >= 200 && status <= 299) return 203
  // An interim status is no answer; 5xx and nonsense would be a failure.
  return Number.isInteger(status) && status >= 300 && status <= 499 ? status : 403
}

function flatten(lines: readonly HeaderLine[]): ByteString[] {
  return lines.flatMap(([name, value]) => [name, bytesOf(value)])
}
