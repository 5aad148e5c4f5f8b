/** `replies/` puts a denial into the form that its reader understands. */
import type { DenyReason } from '../decision.ts'

/**
 * What programs read; people read `pages/messages`. Vague where precision would help an attacker, and
 * with what to do next. The precise reason is in the log, under the decision id.
 */
const publicText: Readonly<Record<DenyReason, { title: string; detail: string }>> = {
  'no-credential': {
    title: 'Sign in first',
    detail: 'This address needs a signed-in session or a bearer token.',
  },
  'credential-malformed': {
    title: 'Credential not readable',
    detail: 'The token or session that was sent is damaged. Get a new one and try again.',
  },
  'credential-untrusted': {
    title: 'Token not accepted',
    detail: 'The token comes from an issuer that is not trusted here.',
  },
  'credential-expired': {
    title: 'Credential expired',
    detail: 'The token or session is no longer valid. Get a new one and try again.',
  },
  'credential-invalid': {
    title: 'Credential not accepted',
    detail: 'The token or session was refused. Get a new one and try again.',
  },
  'no-route': {
    title: 'Nothing here for you',
    detail: 'No rule of this gateway allows this address.',
  },
  'cross-site': {
    title: 'Request from another site',
    detail:
      'A signed-in session changes things only from its own pages. Use a bearer token instead.',
  },
  'identity-unsayable': {
    title: 'Identity not usable',
    detail:
      'Your user name, uid, groups or extras, or what your request adds to them, cannot be passed on as they are. Whoever runs this gateway sees which under the decision.',
  },
  'identity-too-large': {
    title: 'Identity too large',
    detail:
      'Your groups and extras are more than can be passed on, and none is ever left out silently.',
  },
  'system-identity': {
    title: 'Reserved user name',
    detail: 'Names and groups that begin with "system:" are reserved for the cluster.',
  },
  'token-required': {
    title: 'Bearer token needed',
    detail: 'This address needs a token of yours to send on, and there is none in this request.',
  },
  condition: {
    title: 'Not allowed here',
    detail: 'A condition of this address does not hold for you.',
  },
  'not-allowed': {
    title: 'Not allowed',
    detail: 'The cluster does not allow you this, or to act as somebody else.',
  },
  'too-many-attempts': {
    title: 'Too many attempts',
    detail: 'Too many wrong passwords came in a short time. Wait a minute, then try again.',
  },
  caller: {
    title: 'Not a known gateway',
    detail: 'Only the gateway may ask here.',
  },
  'malformed-request': {
    title: 'Malformed request',
    detail: 'The request cannot be read without doubt.',
  },
  'ambiguous-path': {
    title: 'Ambiguous path',
    detail: 'The path can be read in several ways. Send it normalised, without escaped slashes.',
  },
  'ambiguous-credential': {
    title: 'Ambiguous credential',
    detail: 'Send exactly one Authorization header, and leave certificates to the TLS connection.',
  },
  'connection-header': {
    title: 'Connection header not accepted',
    detail: 'An upgrade may name nothing but "upgrade", "keep-alive" and "close" there.',
  },
  'client-impersonation': {
    title: 'Impersonation not accepted',
    detail: 'Impersonate-* headers are not accepted here. Send the request without them.',
  },
  unavailable: {
    title: 'Try again in a moment',
    detail: 'A part that is needed to check your identity gives no answer.',
  },
}

/** What a denial says of itself, whatever its form. */
export interface Denial {
  readonly reason: DenyReason
  readonly status: number
  /** Decision id, for whoever is asked about it. */
  readonly id: string
  /** Where a browser signs in; undefined where that is not on offer. */
  readonly signInURL: string | undefined
}

/** RFC 9457 problem details. `type` is the reason, relative on purpose: it names no document. */
export function problemBody({ reason, status, id, signInURL }: Denial): string {
  const { title, detail } = publicText[reason]
  // Over HTTP the status is another one (RFC 9457 §3.1.3 wants the same here, or none).
  const said = reason === 'unavailable' ? undefined : status
  const problem = { type: reason, title, status: said, detail, decision: id, signIn: signInURL }
  return `${JSON.stringify(problem)}\n`
}

/** A Kubernetes `Status`, which kubectl prints as the API server's own errors. */
export function kubernetesStatusBody({ reason, status, id }: Denial): string {
  const { title, detail } = publicText[reason]
  return `${JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `${title}: ${detail} (decision ${id})`,
    reason: statusReason(status),
    code: status,
  })}\n`
}

/** `metav1.StatusReason` of an HTTP status. */
function statusReason(status: number): string {
  switch (status) {
    case 400:
      return 'BadRequest'
    case 401:
      return 'Unauthorized'
    case 429:
      return 'TooManyRequests'
    case 503:
      return 'ServiceUnavailable'
    default:
      return 'Forbidden'
  }
}
