import type { Authenticated } from '../authn/authenticator.ts'
import type { ImpersonateConfig } from '../config/types.ts'
import { anonymousName, authenticatedGroup, serviceAccountOf } from '../kubernetes/names.ts'
import type { UserInfo } from '../user.ts'
import type { HeaderLine } from './changes.ts'
import type { IdentityHeaders } from './identity.ts'
import { originalUserExtra } from './original-user.ts'
import { isSayable, isSayableUser } from './values.ts'

type Limits = Pick<
  ImpersonateConfig,
  'systemIdentities' | 'originalUserExtra' | 'maxHeaderLines' | 'maxHeaderBytes'
> & {
  /** `impersonate.extra` for this request; keys in lower case. Default: none. */
  readonly configured?: UserInfo['extra']
}

/**
 * Makes a Kubernetes API server act as the user, or as whom they act as: `Impersonate-User`, `Impersonate-Uid`, and one line for
 * each group and each value of an extra, because the API server does not split commas. An identity
 * that these headers cannot say is refused: with an empty or blank user name the API server would run
 * the request as the proxy itself.
 */
export function impersonation(
  { user, actingAs, authenticator }: Pick<Authenticated, 'user' | 'actingAs' | 'authenticator'>,
  limits: Limits,
): IdentityHeaders {
  const acting = actingAs === undefined ? user : withOriginal(actingAs, user, limits)
  const outbound = withConfigured(acting, limits.configured)
  const unsayable = findUnsayable(outbound)
  if (unsayable !== undefined) {
    return { kind: 'refused', reason: 'identity-unsayable', detail: unsayable }
  }
  // A token may claim this name; the API server gives it no group, impersonation would add one.
  if (user.name === anonymousName && authenticator !== 'anonymous') {
    const detail = `the user name is "${user.name}"`
    return { kind: 'refused', reason: 'identity-unsayable', detail }
  }
  const isAsserted = authenticator === 'jwt' || authenticator === 'session'
  if (limits.systemIdentities === 'refuse' && isAsserted && assertsSystemIdentity(user)) {
    const detail = 'a "system:" user or group, and impersonate.systemIdentities is "refuse"'
    return { kind: 'refused', reason: 'system-identity', detail }
  }
  const set: HeaderLine[] = [['impersonate-user', outbound.name]]
  if (outbound.uid !== '') set.push(['impersonate-uid', outbound.uid])
  const append = [...groupLines(outbound), ...extraLines(outbound)]
  const tooLarge = findExcess([...set, ...append], limits)
  if (tooLarge !== undefined) {
    return { kind: 'refused', reason: 'identity-too-large', detail: tooLarge }
  }
  return { kind: 'headers', set, append, omittedGroups: [] }
}

/** Extras of ours come last, so that none that a client asked for stands in their place. */
function withOriginal(actingAs: UserInfo, original: UserInfo, limits: Limits): UserInfo {
  const told = originalUserExtra(original, limits.originalUserExtra)
  return { ...actingAs, extra: new Map([...actingAs.extra, ...told]) }
}

/** Nobody's credential says what the configuration says, in any spelling. */
function withConfigured(user: UserInfo, configured: UserInfo['extra'] = new Map()): UserInfo {
  if (configured.size === 0) return user
  const others = [...user.extra].filter(([key]) => !configured.has(key.toLowerCase()))
  return { ...user, extra: new Map([...others, ...configured]) }
}

function groupLines({ name, groups }: UserInfo): HeaderLine[] {
  const asserted = groups.filter((group) => group !== authenticatedGroup)
  // Without any group the API server would take such a name for a real ServiceAccount and add the
  // groups of its namespace (kube-apiserver, legacy impersonation).
  const needsOne = asserted.length === 0 && serviceAccountOf(name) !== undefined
  return (needsOne ? [authenticatedGroup] : asserted).map((group) => ['impersonate-group', group])
}

function extraLines({ extra }: UserInfo): HeaderLine[] {
  return [...extra].flatMap(([key, values]) =>
    values.map((value): HeaderLine => [`impersonate-extra-${encodeExtraKey(key)}`, value]),
  )
}

/**
 * Escapes the bytes of an extra key that a header name cannot hold (RFC 9110 §5.6.2), and `%` itself,
 * as client-go does; upper-case letters too, since the API server lower-cases a name before it decodes.
 * The escapes are in lower case, as every name is that Attaché writes.
 */
export function encodeExtraKey(key: string): string {
  let encoded = ''
  for (const byte of Buffer.from(key, 'utf8')) {
    const character = String.fromCharCode(byte)
    encoded += /[a-z0-9!#$&'*+\-.^_`|~]/.test(character)
      ? character
      : `%${byte.toString(16).padStart(2, '0')}`
  }
  return encoded
}

function findUnsayable({ name, uid, groups, extra }: UserInfo): string | undefined {
  if (!isSayableUser(name)) return 'the user name fits no header'
  if (!isSayable(uid)) return 'the uid fits no header'
  if (!groups.every(isSayable)) return 'a group fits no header'
  for (const [key, values] of extra) {
    if (key === '' || !key.isWellFormed()) return 'the key of an extra fits no header'
    if (!values.every(isSayable))
      return `a value of the extra "${encodeExtraKey(key)}" fits no header`
  }
  return undefined
}

function assertsSystemIdentity({ name, groups }: UserInfo): boolean {
  return [name, ...groups].some((text) => text.startsWith('system:'))
}

function findExcess(lines: readonly HeaderLine[], limits: Limits): string | undefined {
  if (lines.length > limits.maxHeaderLines) {
    return `${lines.length} header lines, impersonate.maxHeaderLines is ${limits.maxHeaderLines}`
  }
  const bytes = lines.reduce(
    (sum, [name, value]) => sum + name.length + Buffer.byteLength(value),
    0,
  )
  if (bytes > limits.maxHeaderBytes) {
    return `${bytes} header bytes, impersonate.maxHeaderBytes is ${limits.maxHeaderBytes}`
  }
  return undefined
}
