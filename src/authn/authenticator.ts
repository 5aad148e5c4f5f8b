/**
 * `authn/` turns credentials into users and owns nothing else: it never sees a route or a response.
 * As in Kubernetes there are two levels: an authenticator of requests and one of tokens.
 */
import type { ResourceAttributes } from '../authz/access.ts'
import type { Awaitable } from '../awaitable.ts'
import type { CheckInput } from '../check-input.ts'
import type { HeaderLine } from '../headers/changes.ts'
import type { UserInfo } from '../user.ts'

/** Nothing that this authenticator recognises; the next one is asked. */
export interface NoCredential {
  readonly kind: 'no-credential'
}

/** Who vouched for a user: a metric label, and in every log line. */
export type AuthenticatorName =
  | 'front-proxy'
  | 'client-certificate'
  | 'jwt'
  /** A ServiceAccount, by TokenReview or by the cluster's keys. */
  | 'service-account'
  /** Anybody else whose token the API server knows. */
  | 'token-review'
  | 'basic'
  | 'session'
  /** Attaché itself, at the gateway that the request has passed before this one. */
  | 'gateway-pass'
  | 'anonymous'

/**
 * Recognised and good. The object is kept and handed out again for the same credential, so that what
 * is made from it can be kept too (WeakMap).
 */
export interface Authenticated {
  readonly kind: 'authenticated'
  readonly user: UserInfo
  /** As whom the API server lets them act in this request (`kubectl --as`); absent: as themselves. */
  readonly actingAs?: UserInfo
  readonly authenticator: AuthenticatorName
  /** The token's `email` when it is a string and `email_verified` is absent or true. */
  readonly email: string | undefined
  /** The session's, for routes that send it on. A bearer token is already in the request. */
  readonly idToken: IDToken | undefined
  /** Milliseconds since the epoch; from then on the credential is refused. */
  readonly expiresAtMs: number
  /** Lines for the browser with an allowed request: its session was renewed. Absent: none. */
  readonly setCookies?: readonly HeaderLine[]
  /** Of a gateway pass, and there always: what was reviewed, which is all that it is good for. */
  readonly goodFor?: readonly ResourceAttributes[]
}

/** A session's ID token, which often ends before the session does. */
export interface IDToken {
  readonly text: string
  /** Milliseconds since the epoch: from then on no upstream gets it, as it would arrive too late. */
  readonly goodUntilMs: number
  /** What helps after that: a new sign-in, or asking again, as the provider has not answered yet. */
  readonly remedy: 'sign-in' | 'wait'
}

/** Why a recognised credential is refused. */
export type CredentialFault =
  | 'credential-malformed'
  | 'credential-untrusted'
  | 'credential-expired'
  | 'credential-invalid'
  /** Two where there must be one: the request itself is at fault. */
  | 'ambiguous-credential'
  /** A password was not even looked at. */
  | 'too-many-attempts'

/** Recognised and bad: never passed on to the session or to anonymous. */
export interface Rejected {
  readonly kind: 'rejected'
  readonly reason: CredentialFault
  /** For the log: which rule failed, without the credential. */
  readonly detail: string
  /** A session that has ended or is damaged: a browser that navigates signs in again. */
  readonly isSession?: true
}

export type Outcome = NoCredential | Authenticated | Rejected

export const noCredential: NoCredential = { kind: 'no-credential' }

/** Throws {@link DependencyError}, or rejects with it, when a part that it needs gives no answer. */
export type Authenticator = (input: CheckInput) => Awaitable<Outcome>

/** As {@link Authenticator}, for a token that something else took out of the request. */
export type TokenAuthenticator = (token: string) => Awaitable<Outcome>
