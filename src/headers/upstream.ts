import type { Authenticated } from '../authn/authenticator.ts'
import type { CheckInput } from '../check-input.ts'
import type { Config, RouteConfig } from '../config/types.ts'
import type { HeaderChanges, HeaderLine } from './changes.ts'
import { type IdentityHeaders, plainIdentity } from './identity.ts'
import { impersonation } from './impersonation.ts'
import { type IdentityNames, identityNames } from './spoofed.ts'
import { isSayable } from './values.ts'

/** The header changes of an allowed request, or why there are none. */
export type UpstreamHeaders =
  | { readonly kind: 'changes'; readonly changes: HeaderChanges }
  | (IdentityHeaders & { readonly kind: 'refused' })
  | { readonly kind: 'refused'; readonly reason: 'token-required'; readonly detail: string }

/** Makes all header changes for one configuration. */
export interface UpstreamHeaderWriter {
  /** Of a request that goes on as `user`; the same object for the same user, route and client. */
  readonly authenticated: (
    input: CheckInput,
    route: RouteConfig,
    user: Authenticated,
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

/** Creates the writer; identities that were written once are kept as long as the user object is. */
export function createUpstreamHeaders(options: UpstreamHeaderOptions): UpstreamHeaderWriter {
  const { config } = options
  const names = identityNames(config)
  const written = new WeakMap<Authenticated, Map<string, UpstreamHeaders>>()

  const anonymous: UpstreamHeaderWriter['anonymous'] = (input, { strip }) => {
    const draft = startDraft(input, names)
    if (strip) {
      draft.remove.add('authorization').add('cookie')
    } else {
      editCookies(draft, input.headers.get('cookie'), options)
    }
    return finishDraft(draft)
  }

  const authenticated: UpstreamHeaderWriter['authenticated'] = (input, route, user) => {
    const own = written.get(user) ?? new Map<string, UpstreamHeaders>()
    if (own.size === 0) written.set(user, own)
    const key = keptUnder(input, { route, names, options })
    const kept = key === undefined ? undefined : own.get(key)
    if (kept !== undefined) return kept
    const headers = write({ input, route, user, names, options })
    if (key === undefined) return headers
    if (own.size >= maxKeptPerUser) own.clear()
    own.set(key, headers)
    return headers
  }

  return { authenticated, anonymous }
}

interface Draft {
  readonly set: Map<string, string>
  readonly append: HeaderLine[]
  readonly remove: Set<string>
}

function startDraft({ headers }: CheckInput, { fixed, isIdentity }: IdentityNames): Draft {
  const remove = new Set(fixed)
  for (const name of headers.keys()) if (isIdentity(name)) remove.add(name)
  return { set: new Map(), append: [], remove }
}

/** Envoy removes after it sets, so a name that is written must not be removed as well. */
function finishDraft({ set, append, remove }: Draft): HeaderChanges {
  for (const name of set.keys()) remove.delete(name)
  for (const [name] of append) remove.delete(name)
  return { set: [...set], append, remove: [...remove] }
}

interface WriteOptions {
  readonly input: CheckInput
  readonly route: RouteConfig
  readonly user: Authenticated
  readonly names: IdentityNames
  readonly options: UpstreamHeaderOptions
}

function write({ input, route, user, names, options }: WriteOptions): UpstreamHeaders {
  const identity = identityOf(user, { route, config: options.config })
  if (identity.kind === 'refused') return identity
  const draft = startDraft(input, names)
  for (const [name, value] of identity.set) draft.set.set(name, value)
  draft.append.push(...identity.append)
  const refused = editAuthorization(draft, { input, route, user, config: options.config })
  if (refused !== undefined) return { kind: 'refused', reason: 'token-required', detail: refused }
  editCookies(draft, input.headers.get('cookie'), options)
  if (identity.omittedGroups.length > 0) options.onOmittedGroups(user, identity.omittedGroups)
  return { kind: 'changes', changes: finishDraft(draft) }
}

const nothing: IdentityHeaders = { kind: 'headers', set: [], append: [], omittedGroups: [] }

function identityOf(
  authenticated: Authenticated,
  { route, config }: { readonly route: RouteConfig; readonly config: Config },
): IdentityHeaders {
  const { user, email, idToken } = authenticated
  switch (route.identity) {
    case 'impersonate':
      if (isSentOnAsIs(authenticated, config)) return nothing
      return impersonation(authenticated, config.impersonate)
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
      if (idTokenHeader !== undefined && idToken !== undefined) more.push([idTokenHeader, idToken])
      return { ...plain, set: [...plain.set, ...more] }
    }
    case 'forward':
    case undefined:
      return nothing
  }
}

interface AuthorizationOptions {
  readonly input: CheckInput
  readonly route: RouteConfig
  readonly user: Authenticated
  readonly config: Config
}

/** Decides what goes on as `Authorization`; answers why not, when the route wants a token there. */
function editAuthorization(draft: Draft, options: AuthorizationOptions): string | undefined {
  const { input, route, user, config } = options
  if (route.identity === 'impersonate') {
    if (!isSentOnAsIs(user, config)) attachCredential(draft, config)
    return undefined
  }
  if (route.authorization === 'token') {
    if (hasBearerToken(user)) return undefined
    if (user.idToken === undefined) return 'the user has no token to send on'
    draft.set.set('authorization', `Bearer ${user.idToken}`)
    return undefined
  }
  if (route.authorization === 'keep' && !isOurs(input.headers.get('authorization'), config)) {
    return undefined
  }
  draft.remove.add('authorization')
  return undefined
}

/** A token that the API server itself knows, where the configuration lets it reach it. */
function isSentOnAsIs({ authenticator }: Authenticated, { impersonate }: Config): boolean {
  if (impersonate.serviceAccounts !== 'forward') return false
  return authenticator === 'service-account' || authenticator === 'token-review'
}

/** Whether the credential is the bearer token of the request itself. */
function hasBearerToken({ authenticator }: Authenticated): boolean {
  return ['jwt', 'service-account', 'token-review'].includes(authenticator)
}

function attachCredential(draft: Draft, { impersonate }: Config): void {
  const { credential, token } = impersonate
  if (credential === 'none' || token === undefined) draft.remove.add('authorization')
  else if (credential === 'attach') draft.set.set('authorization', `Bearer ${token}`)
  else draft.append.push(['authorization', `Bearer ${token}`])
}

/** A credential that some authenticator of ours takes, whoever the request turned out to be. */
function isOurs(authorization: string | undefined, { basic }: Config): boolean {
  const scheme = /^\s*(bearer|basic)(?:\s|$)/i.exec(authorization ?? '')?.[1]?.toLowerCase()
  return scheme === 'bearer' || (scheme === 'basic' && basic !== undefined)
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
 * The key under which the changes can be kept: they depend on the user, the route, and what the client
 * sent of identity names and cookies. Undefined when the client sent something of its own making, so
 * that nobody can fill the memory with variants.
 */
function keptUnder(
  { headers }: CheckInput,
  { route, names, options }: Pick<WriteOptions, 'route' | 'names' | 'options'>,
): string | undefined {
  for (const name of headers.keys()) {
    if (names.isIdentity(name) && !names.fixed.includes(name)) return undefined
  }
  const cookie = headers.get('cookie')
  const others = cookie === undefined ? undefined : options.withoutOwnCookies(cookie)
  if (others !== undefined && others !== '') return undefined
  const foreign =
    route.authorization === 'keep' && !isOurs(headers.get('authorization'), options.config)
  return `${route.name}${foreign ? ' keep' : ''}${others === '' ? ' cookie' : ''}`
}
