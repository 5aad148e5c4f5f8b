import { anonymous } from '../authn/anonymous.ts'
import { credentialIdKey } from '../authn/jwt/claims.ts'
import type { BasicConfig, Config, FrontProxyConfig, IssuerConfig } from '../config/types.ts'
import { originalUserExtra } from '../headers/original-user.ts'
import { authenticatedGroup, serviceAccountOf } from '../kubernetes/names.ts'
import type { UserInfo } from '../user.ts'

/** Names that can be told beforehand, or `any`. */
export type Names = ReadonlySet<string> | 'any'

/** Whom requests can act as by one kind of credential: the most that its impersonation headers can say. */
export interface Reach {
  /** Where these identities come from, for a comment. */
  readonly from: string
  /** The API server has other rights and rules for ServiceAccounts than for everybody else. */
  readonly kind: 'user' | 'service-account'
  /** Of users; of ServiceAccounts without their namespaces. */
  readonly names: Names
  /** Of ServiceAccounts; undefined: all. */
  readonly namespace?: string | undefined
  readonly groups: Names
  readonly uids: Names
  /** By key; `any` where the keys cannot be told. */
  readonly extra: ReadonlyMap<string, Names> | 'any'
}

/** Where users come from whom a review knows and who are no ServiceAccounts. */
export const reviewedTokens = 'other tokens that the API server takes'

/** Where users come from whom somebody else acts as. */
export const actingUsers = 'kubectl --as'

const none: ReadonlySet<string> = new Set()

/** What kube-apiserver says of a ServiceAccount's token besides its name, uid and groups. */
const serviceAccountExtra: ReadonlyMap<string, Names> = new Map(
  ['credential-id', 'node-name', 'node-uid', 'pod-name', 'pod-uid'].map((key) => [
    `authentication.kubernetes.io/${key}`,
    'any',
  ]),
)

/**
 * Everybody whom Attaché can make requests act as with this configuration, by where they come from. Only
 * the cluster's own tokens, a file of users and `kubectl --as` make ServiceAccounts: with none of them, the
 * API server refuses whoever is named like one.
 */
export function reachesOf(config: Config): readonly Reach[] {
  const impersonating = config.routes.filter(({ identity }) => identity === 'impersonate')
  if (impersonating.length === 0) return []
  const { frontProxy, clientCertificates, basic } = config
  const reaches = [
    ...config.issuers.map(ofIssuer),
    ...(frontProxy === undefined ? [] : [ofFrontProxy(frontProxy)]),
    ...(clientCertificates === undefined ? [] : [ofCertificates]),
    ...ofCluster(config),
    ...(basic === undefined ? [] : ofPasswords(basic)),
    ...(config.anonymous === undefined ? [] : [known('anonymous requests', anonymous.user)]),
    ...(impersonating.some(({ allowImpersonation }) => allowImpersonation) ? ofActing : []),
  ]
  return reaches.map((reach) => withConfigured(reach, config))
}

/** `impersonate.extra` is told of everybody, in the place of what they have under its keys. */
function withConfigured(reach: Reach, { impersonate }: Config): Reach {
  if (reach.extra === 'any') return reach
  const configured = impersonate.extra.map(
    ({ key, constant }) => [key, constant === undefined ? 'any' : new Set(constant)] as const,
  )
  return { ...reach, extra: new Map<string, Names>([...reach.extra, ...configured]) }
}

/**
 * Extras that name the original user where somebody acts as somebody else, for whoever allows `--as` but
 * not every key of an extra.
 */
export function originalUserKeys({ impersonate }: Config): readonly string[] {
  const whole: UserInfo = { name: 'x', uid: 'x', groups: ['x'], extra: new Map([['x', ['x']]]) }
  return [...originalUserExtra(whole, impersonate.originalUserExtra).keys()]
}

function ofIssuer({ url, claimMappings }: IssuerConfig): Reach {
  const keys = [credentialIdKey, ...claimMappings.extra.map(({ key }) => key)]
  return {
    from: `tokens of ${url}`,
    kind: 'user',
    names: 'any',
    groups: claimMappings.groups === undefined ? none : 'any',
    uids: claimMappings.uid === undefined ? none : 'any',
    extra: new Map(keys.map((key) => [key, 'any'])),
  }
}

function ofFrontProxy({ groupHeaders, uidHeaders, extraHeaderPrefixes }: FrontProxyConfig): Reach {
  return {
    from: 'the front proxy',
    kind: 'user',
    names: 'any',
    groups: groupHeaders.length === 0 ? none : 'any',
    uids: uidHeaders.length === 0 ? none : 'any',
    extra: extraHeaderPrefixes.length === 0 ? new Map() : 'any',
  }
}

const ofCertificates: Reach = {
  from: 'client certificates',
  kind: 'user',
  names: 'any',
  groups: 'any',
  uids: 'any',
  extra: new Map([[credentialIdKey, 'any']]),
}

/** With `forward` such tokens go on as they are. */
function ofCluster({ serviceAccounts: { validation }, impersonate }: Config): readonly Reach[] {
  if (validation === 'off' || impersonate.serviceAccounts === 'forward') return []
  const open = { names: 'any', groups: 'any', uids: 'any', extra: serviceAccountExtra } as const
  const accounts: Reach = { from: 'ServiceAccounts', kind: 'service-account', ...open }
  if (validation === 'jwks') return [accounts]
  // A review says yes to whatever the API server itself takes, such as tokens of an issuer of its own.
  const extra = ofCertificates.extra
  return [accounts, { ...open, from: reviewedTokens, kind: 'user', extra }]
}

function ofPasswords({ hashes, users }: BasicConfig): readonly Reach[] {
  return [...hashes.keys()].map((login) =>
    known('passwords', users.get(login) ?? { name: login, uid: '', groups: [], extra: new Map() }),
  )
}

function known(from: string, { name, uid, groups, extra }: UserInfo): Reach {
  const account = serviceAccountOf(name)
  // Without a group the API server would give such a name those of its namespace, so there is always one.
  const sent = account !== undefined && groups.length === 0 ? [authenticatedGroup] : groups
  return {
    from,
    kind: account === undefined ? 'user' : 'service-account',
    names: new Set([account?.name ?? name]),
    namespace: account?.namespace,
    groups: new Set(sent),
    uids: uid === '' ? none : new Set([uid]),
    extra: new Map([...extra].map(([key, values]) => [key, new Set(values)])),
  }
}

/** Whom a caller may act as, the API server's own roles say, and they are not known here. */
const ofActing: readonly Reach[] = (['user', 'service-account'] as const).map((kind) => ({
  from: actingUsers,
  kind,
  names: 'any',
  groups: 'any',
  uids: 'any',
  extra: 'any',
}))
