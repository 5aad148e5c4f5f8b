/**
 * Who a request acts as, with the four attributes that Kubernetes gives a user
 * (`k8s.io/apiserver/pkg/authentication/user.Info`). Nothing here says that the headers of a
 * transport can carry it: `headers/` decides that.
 */
export interface UserInfo {
  readonly name: string
  /** Empty when the authenticator knows none. */
  readonly uid: string
  /** In the order of the credential, duplicates kept, without `system:authenticated`. */
  readonly groups: readonly string[]
  /** Key (lower-case, domain-prefixed) to values. */
  readonly extra: ReadonlyMap<string, readonly string[]>
}
