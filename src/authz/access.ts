/**
 * `authz/` asks the API server what a user may, and works out who a request shall act as. It decides
 * nothing by itself: a yes is always the API server's.
 */
import type { UserInfo } from '../user.ts'

/**
 * An action on objects of the API, as RBAC sees it. Empty and absent are the same, as in Kubernetes:
 * the core group, every version, all namespaces, no subresource, no name.
 */
export interface ResourceAttributes {
  readonly verb: string
  readonly resource: string
  readonly group?: string
  readonly version?: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

/** An action on a path that is no object, such as `get` on `/metrics`. */
export interface NonResourceAttributes {
  readonly verb: string
  readonly path: string
}

/** May this user do this? */
export interface AccessQuestion {
  readonly user: UserInfo
  readonly attributes: ResourceAttributes | NonResourceAttributes
}

/** What the API server says. Everything that is not a clear yes is a no. */
export type AccessVerdict =
  | { readonly kind: 'allowed' }
  /** The reason is for the log: it names roles and bindings. Often empty. */
  | { readonly kind: 'denied'; readonly reason: string }

/** Answers from the API server or a memory of seconds; rejects with a `DependencyError` without one. */
export type ReviewAccess = (question: AccessQuestion) => Promise<AccessVerdict>
