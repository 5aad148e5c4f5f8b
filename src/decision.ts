import type { HeaderChanges, HeaderLine } from './headers/changes.ts'

/**
 * Why a request does not go upstream. Low cardinality: it is a metric label and the `type` of a
 * problem. What exactly was wrong goes to the log, never to the client.
 */
export type DenyReason =
  // The credential (401).
  | 'no-credential'
  | 'credential-malformed'
  | 'credential-untrusted'
  | 'credential-expired'
  | 'credential-invalid'
  // The request's right (403).
  | 'no-route'
  | 'cross-site'
  | 'identity-unsayable'
  | 'identity-too-large'
  | 'system-identity'
  | 'token-required'
  | 'condition'
  | 'not-allowed'
  | 'caller'
  // Too many wrong passwords (429).
  | 'too-many-attempts'
  // The request itself (400).
  | 'malformed-request'
  | 'ambiguous-path'
  | 'ambiguous-credential'
  | 'connection-header'
  | 'client-impersonation'
  // Nobody knows (503 over gRPC, 403 over HTTP).
  | 'unavailable'

/** HTTP status of each denial (contract: Answers). A reason that is missing here does not compile. */
export const denyStatus: Readonly<Record<DenyReason, 400 | 401 | 403 | 429 | 503>> = {
  'no-credential': 401,
  'credential-malformed': 401,
  'credential-untrusted': 401,
  'credential-expired': 401,
  'credential-invalid': 401,
  'no-route': 403,
  'cross-site': 403,
  'identity-unsayable': 403,
  'identity-too-large': 403,
  'system-identity': 403,
  'token-required': 403,
  condition: 403,
  'not-allowed': 403,
  caller: 403,
  'too-many-attempts': 429,
  'malformed-request': 400,
  'ambiguous-path': 400,
  'ambiguous-credential': 400,
  'connection-header': 400,
  'client-impersonation': 400,
  unavailable: 503,
}

/** The request goes upstream, changed as `upstream` says. */
export interface Allow {
  readonly kind: 'allow'
  readonly id: string
  /** The same object for the same identity on the same route, so that an adapter can keep its encoding. */
  readonly upstream: HeaderChanges
  /** Lines added to the upstream's response, such as `set-cookie`. */
  readonly downstream: readonly HeaderLine[]
}

/**
 * The request ends here and the client gets this response. `status` is what the client should see;
 * the HTTP adapter must say 200 as 203 and 5xx as 403, because Envoy takes the one for a yes and the
 * other for a failure that obeys `failure_mode_allow`.
 */
export interface Reply {
  readonly kind: 'reply'
  readonly id: string
  readonly status: number
  /** Lower-case names; repeated names (`set-cookie`) are repeated lines. No `content-length`. */
  readonly headers: readonly HeaderLine[]
  readonly body: string
}

/** The answer to one check: what both transports must be able to say. */
export type Decision = Allow | Reply
