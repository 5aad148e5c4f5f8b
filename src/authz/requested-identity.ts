import type { RequestHeaders } from '../check-input.ts'
import { decodeKey, type RequestedHeaders, readRequested } from '../headers/requested.ts'
import { isImpersonationName } from '../headers/spoofed.ts'

/** Whom a client wants to act as, as it says it. */
export interface RequestedIdentity {
  /** Never empty. */
  readonly user: string
  /** Empty: none. */
  readonly uid: string
  /** Each line, in order; `system:authenticated` is among them if the client sent it. */
  readonly groups: readonly string[]
  readonly extra: ReadonlyMap<string, readonly string[]>
}

export type Requested =
  /** The client asks for nothing, or for nobody. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'identity'; readonly identity: RequestedIdentity }
  | { readonly kind: 'malformed'; readonly detail: string }

const userHeader = 'impersonate-user'
const uidHeader = 'impersonate-uid'
const groupHeader = 'impersonate-group'
const extraPrefix = 'impersonate-extra-'
const renamedPrefix = 'x-attache-requested-'

/**
 * Reads the `Impersonate-*` headers that the pre-filter kept apart, as kube-apiserver's impersonation
 * filter reads them (k8s.io/apiserver/pkg/endpoints/filters/impersonation): of user and uid the first
 * line, each group and each value of an extra a line of its own, nothing split at commas. More than kube
 * does, it refuses a name of that form that it does not know, which would otherwise be ignored.
 */
export function readRequestedIdentity(headers: RequestHeaders): Requested {
  const names = [...headers.keys()].filter(isImpersonationName)
  if (names.length === 0) return { kind: 'nothing' }
  const direct = names.find((name) => !name.startsWith(renamedPrefix))
  // Envoy has joined its lines with commas, and a group may hold one.
  if (direct !== undefined) return malformed(`"${direct}" came past the pre-filter`)
  const unknown = names.find((name) => !isKnown(name.slice(renamedPrefix.length)))
  if (unknown !== undefined) {
    return malformed(`the client sent "${unknown.slice(renamedPrefix.length)}"`)
  }
  const requested = readRequested(headers, isKnown)
  if (requested === undefined) return malformed('an Impersonate header is not UTF-8')
  return identityFrom(requested)
}

function identityFrom(requested: RequestedHeaders): Requested {
  const [user = ''] = requested.lines(userHeader)
  const [uid = ''] = requested.lines(uidHeader)
  const groups = requested.lines(groupHeader)
  const extra = readExtra(requested)
  if (extra === undefined) return malformed('the key of an Impersonate-Extra header is not UTF-8')
  if (user !== '') return { kind: 'identity', identity: { user, uid, groups, extra } }
  // Whoever sets these means somebody; as the caller itself the request would have other rights.
  if (uid !== '' || groups.length > 0 || extra.size > 0) {
    return malformed('Impersonate-Group, -Uid or -Extra without Impersonate-User')
  }
  return { kind: 'nothing' }
}

/** Undefined when a key has bytes that are no text: no review could ask about it. */
function readExtra({
  namesWith,
  lines,
}: RequestedHeaders): ReadonlyMap<string, readonly string[]> | undefined {
  const extra = new Map<string, readonly string[]>()
  for (const name of namesWith(extraPrefix)) {
    const key = decodeKey(name.slice(extraPrefix.length))
    if (key === undefined) return undefined
    // Two spellings may be one key: "a" and "%61".
    extra.set(key, [...(extra.get(key) ?? []), ...lines(name)])
  }
  return extra
}

function isKnown(name: string): boolean {
  return (
    name === userHeader ||
    name === uidHeader ||
    name === groupHeader ||
    name.startsWith(extraPrefix)
  )
}

function malformed(detail: string): Requested {
  return { kind: 'malformed', detail }
}
