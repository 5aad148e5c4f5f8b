/** Names that Kubernetes itself gives a meaning; wherever one is read or written, it is read as here. */

/** Who sends no credential. */
export const anonymousName = 'system:anonymous'

/** Groups that the API server adds by itself: of everybody who is known, and of those who are not. */
export const authenticatedGroup = 'system:authenticated'
export const unauthenticatedGroup = 'system:unauthenticated'

/** A ServiceAccount by its namespace and name. */
export interface ServiceAccountName {
  readonly namespace: string
  readonly name: string
}

/** RFC 1123 label and subdomain, as Kubernetes checks the names of namespaces and ServiceAccounts. */
const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?'
const pair = (separator: string) =>
  new RegExp(`^(?<namespace>${label})${separator}(?<name>${label}(?:\\.${label})*)$`)

const userPrefix = 'system:serviceaccount:'
const inUserName = pair(':')
const inPath = pair('/')

/** The name that a ServiceAccount has as a user. */
export function serviceAccountUser({ namespace, name }: ServiceAccountName): string {
  return `${userPrefix}${namespace}:${name}`
}

/** The groups that every ServiceAccount of a namespace is in. */
export function serviceAccountGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
}

/** Undefined for a user name that is not exactly that of a ServiceAccount: a user like any other. */
export function serviceAccountOf(userName: string): ServiceAccountName | undefined {
  if (!userName.startsWith(userPrefix)) return undefined
  return read(inUserName, userName.slice(userPrefix.length))
}

/** Undefined unless the text is `NAMESPACE/NAME`. */
export function parseServiceAccount(text: string): ServiceAccountName | undefined {
  return read(inPath, text)
}

function read(pattern: RegExp, text: string): ServiceAccountName | undefined {
  const { namespace, name } = pattern.exec(text)?.groups ?? {}
  if (namespace === undefined || name === undefined) return undefined
  return namespace.length <= 63 && name.length <= 253 ? { namespace, name } : undefined
}
