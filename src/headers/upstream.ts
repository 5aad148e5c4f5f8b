import type { Authenticated } from '../authn/authenticator.ts'
import type { CheckInput } from '../check-input.ts'
import type { Config, RouteConfig } from '../config/types.ts'
import type { RequestFacts } from '../routes/request-variables.ts'
import { editAuthorization, isOurs, isSentOnAsIs } from './authorization.ts'
import type { HeaderChanges, HeaderLine } from './changes.ts'
import { type ConfiguredExtra, configuredExtra, noConfiguredExtra } from './configured-extra.ts'
import { type Draft, finishDraft, startDraft } from './draft.ts'
import { type IdentityHeaders, plainIdentity } from './identity.ts'
import { impersonation } from './impersonation.ts'
import { type RemovedNames, removedNames, shareRemovedNames } from './removed-names.ts'
import { identityNames } from './spoofed.ts'
import { isSayable } from './values.ts'
import { readWebSocketProtocols } from './websocket-protocols.ts'

/** The header changes of an allowed request, or why there are none. */
export type UpstreamHeaders =
  | { readonly kind: 'changes'; readonly changes: HeaderChanges }
  | (IdentityHeaders & { readonly kind: 'refused' })
  | (ConfiguredExtra & { readonly kind: 'refused' })
  | { readonly kind: 'refused'; readonly reason: 'token-required'; readonly detail: string }

/** An allowed request. */
export interface UpstreamRequest extends Pick<RequestFacts, 'input' | 'readings' | 'captures'> {
  readonly route: RouteConfig
}

/** Makes all header changes for one configuration. */
export interface UpstreamHeaderWriter {
  /**
   * Of a request that goes on as `user`, with Attaché's own credential where the route wants one; the same
   * object for the same user, route, credential, configured extras and client.
   */
  readonly authenticated: (
    request: UpstreamRequest,
    as: { readonly user: Authenticated; readonly credential: string | undefined },
  ) => UpstreamHeaders
  /** Of a request that goes on as nobody; `strip` takes its credentials away too. */
  readonly anonymous: (input: CheckInput, options: { readonly strip: boolean }) => HeaderChanges
}

/** What the writer needs besides the configuration. */
export interface UpstreamHeaderOptions {
  readonly config: Config
  /**
   * The `Cookie` header without Attaché's own cookies: undefined when it has none of them, empty when
   * nothing else remains.
   */
  readonly withoutOwnCookies: (cookieHeader: string) => string | undefined
  /** Told when groups are left out of a list that cannot hold them. */
  readonly onOmittedGroups: (user: Authenticated, groups: readonly string[]) => void
}

/** Routes whose headers are kept for one user; somebody with many groups on many routes costs no more. */
const maxKeptPerUser = 8

/** Lists of removed names that are kept once: one for each route, and for what its users lack. */
const maxSharedLists = 1000

/** Creates the writer; identities that were written once are kept as long as the user object is. */
export function createUpstreamHeaders(options: UpstreamHeaderOptions): UpstreamHeaderWriter {
  const { config } = options
  const names = identityNames(config)
  const shared = shareRemovedNames(names.fixed, maxSharedLists)
  const ofOne = removedNames(names.fixed)
  // Nobody can fill the memory with variants of their own making.
  const removedWith = (spoofed: readonly string[]) => (spoofed.length === 0 ? shared : ofOne)
  // A list, as most users have one route: an empty Map for each of 100,000 users takes 30 MB.
  const written = new WeakMap<Authenticated, readonly Written[]>()

  const anonymous: UpstreamHeaderWriter['anonymous'] = (input, { strip }) => {
    const spoofed = names.spoofed(input.headers)
    const draft = startDraft(spoofed)
    if (strip) {
      draft.remove.add('authorization').add('cookie').add('sec-websocket-protocol')
    } else {
      editCookies(draft, input.headers.get('cookie'), options)
    }
    return finishDraft(draft, removedWith(spoofed))
  }

  const authenticated: UpstreamHeaderWriter['authenticated'] = (request, as) => {
    const { user, credential } = as
    const extra = extraOf(request, user, config)
    if (extra.kind === 'refused') return extra
    // Nothing of a token is kept, and the appender's lines would hold it.
    const isKept = request.route.identity !== 'impersonate' || !isSentOnAsIs(user, config)
    const spoofed = names.spoofed(request.input.headers)
    const key = isKept ? keptUnder(request, { extra, spoofed, options }) : undefined
    const removed = removedWith(spoofed)
    const writing = { ...request, ...as, extra, spoofed, removed, options }
    if (key === undefined) return write(writing)
    const own = written.get(user) ?? nothingWritten
    const kept = own.find((one) => one.key === key)
    const extraKey = extra.cacheKey
    const isSame = kept?.credential === credential && kept?.extraKey === extraKey
    if (kept !== undefined && isSame) return kept.headers
    const headers = write(writing)
    const others = own.length >= maxKeptPerUser ? [] : own.filter((one) => one !== kept)
    written.set(user, [{ key, extraKey, credential, headers }, ...others])
    return headers
  }

  return { authenticated, anonymous }
}

/** What was written once, and with which credential: that changes every few minutes. */
interface Written {
  readonly key: string
  /** Of the configured extras; those of the last request alone are kept. */
  readonly extraKey: string | undefined
  readonly headers: UpstreamHeaders
  readonly credential: string | undefined
}

const nothingWritten: readonly Written[] = []

interface WriteOptions {
  readonly input: CheckInput
  readonly route: RouteConfig
  readonly extra: ConfiguredExtra & { readonly kind: 'extra' }
  readonly user: Authenticated
  readonly credential: string | undefined
  /** Identity names of the client's own making. */
  readonly spoofed: readonly string[]
  readonly removed: RemovedNames
  readonly options: UpstreamHeaderOptions
}

function write(writing: WriteOptions): UpstreamHeaders {
  const { input, route, user, credential, extra, spoofed, removed, options } = writing
  const identity = identityOf(user, { route, configured: extra.extra, config: options.config })
  if (identity.kind === 'refused') return identity
  const draft = startDraft(spoofed)
  for (const [name, value] of identity.set) draft.set.set(name, value)
  draft.append.push(...identity.append)
  const refused = editAuthorization(draft, {
    input,
    route,
    user,
    credential,
    config: options.config,
  })
  if (refused !== undefined) return { kind: 'refused', reason: 'token-required', detail: refused }
  editCookies(draft, input.headers.get('cookie'), options)
  editWebSocketProtocols(draft, input)
  if (identity.omittedGroups.length > 0) options.onOmittedGroups(user, identity.omittedGroups)
  return { kind: 'changes', changes: finishDraft(draft, removed) }
}

function extraOf(request: UpstreamRequest, user: Authenticated, config: Config): ConfiguredExtra {
  const { extra } = config.impersonate
  if (extra.length === 0 || request.route.identity !== 'impersonate') return noConfiguredExtra
  if (isSentOnAsIs(user, config)) return noConfiguredExtra
  const { trustedHops } = config.listen
  return configuredExtra(extra, { ...request, user: user.user, trustedHops })
}

const nothing: IdentityHeaders = { kind: 'headers', set: [], append: [], omittedGroups: [] }

function identityOf(
  authenticated: Authenticated,
  {
    route,
    configured,
    config,
  }: {
    readonly route: RouteConfig
    readonly configured: ReadonlyMap<string, readonly string[]>
    readonly config: Config
  },
): IdentityHeaders {
  const { user, email, idToken } = authenticated
  switch (route.identity) {
    case 'impersonate':
      if (isSentOnAsIs(authenticated, config)) return nothing
      return impersonation(authenticated, { ...config.impersonate, configured })
    case 'kubeflow': {
      const { userHeader, groupsHeader } = config.kubeflow
      return plainIdentity(user, { user: userHeader, groups: groupsHeader })
    }
    case 'headers': {
      const plain = plainIdentity(user, config.headers)
      if (plain.kind === 'refused') return plain
      const more: HeaderLine[] = []
      const { email: emailHeader, idToken: idTokenHeader } = config.headers
      if (emailHeader !== undefined && email !== undefined && email !== '' && isSayable(email)) {
        more.push([emailHeader, email])
      }
      if (idTokenHeader !== undefined && idToken !== undefined) {
        more.push([idTokenHeader, idToken.text])
      }
      return { ...plain, set: [...plain.set, ...more] }
    }
    case 'forward':
    case undefined:
      return nothing
  }
}

/** No upstream gets a token beside an identity of ours. */
function editWebSocketProtocols(draft: Draft, { headers }: CheckInput): void {
  const name = 'sec-websocket-protocol'
  const protocols = readWebSocketProtocols(headers.get(name))
  if (protocols === undefined) return
  if (protocols.others.length === 0) draft.remove.add(name)
  else draft.set.set(name, protocols.others.join(', '))
}

function editCookies(
  draft: Draft,
  cookie: string | undefined,
  { withoutOwnCookies }: UpstreamHeaderOptions,
): void {
  if (cookie === undefined) return
  const others = withoutOwnCookies(cookie)
  if (others === undefined) return
  if (others === '') draft.remove.add('cookie')
  else draft.set.set('cookie', others)
}

/**
 * The key under which the changes can be kept: beside the user, the credential and the configured extras
 * they depend on the route, and on what the client sent of identity names and cookies. Undefined when the
 * client sent something of its own making, so that nobody can fill the memory with variants; extras are no
 * part of it, as a client may choose what they say.
 */
function keptUnder(
  { input: { headers }, route }: UpstreamRequest,
  { extra, spoofed, options }: Pick<WriteOptions, 'extra' | 'spoofed' | 'options'>,
): string | undefined {
  if (extra.cacheKey === undefined || spoofed.length > 0) return undefined
  if (readWebSocketProtocols(headers.get('sec-websocket-protocol')) !== undefined) return undefined
  const cookie = headers.get('cookie')
  const others = cookie === undefined ? undefined : options.withoutOwnCookies(cookie)
  if (others !== undefined && others !== '') return undefined
  const foreign =
    route.authorization === 'keep' && !isOurs(headers.get('authorization'), options.config)
  return `${route.name}${foreign ? ' keep' : ''}${others === '' ? ' cookie' : ''}`
}
