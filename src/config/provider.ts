import { isLoopback } from './address.ts'
import type { ProviderConfig } from './browser-types.ts'
import { readClientAuthentication } from './client-authentication.ts'
import { quote } from './document.ts'
import type { RawProvider } from './schema/sign-in.ts'
import type { Loading } from './secrets.ts'
import type { IssuerConfig } from './types.ts'

/** One of `signIn.providers`, and where it stands. */
export interface PlacedProvider {
  readonly path: string
  readonly raw: RawProvider
}

/**
 * The provider, tied to the issuer whose mapping applies. `issuers` is undefined when
 * `authentication` itself is broken; nothing is then said about the tie.
 */
export function buildProvider(
  loading: Loading,
  placed: PlacedProvider,
  issuers: readonly IssuerConfig[] | undefined,
): ProviderConfig | undefined {
  const { document } = loading
  const { path: base, raw } = placed
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(raw.id)) {
    document.report(
      `${base}.id`,
      `must be lower-case letters, digits and "-"${document.got(`${base}.id`, raw.id)}`,
    )
  }
  if (!raw.scopes.includes('openid')) {
    document.report(`${base}.scopes`, 'must have openid, or there is no ID token')
  }
  for (const [index, scope] of raw.scopes.entries()) {
    // RFC 6749 §3.3 scope-token.
    if (/^[\u0021\u0023-\u005b\u005d-\u007e]+$/.test(scope)) continue
    const path = `${base}.scopes[${index}]`
    document.report(path, `must be one scope without blanks${document.got(path, scope)}`)
  }
  const issuer = issuers?.find(({ url }) => url === raw.issuer)
  if (issuers !== undefined) reportTie(loading, placed, { issuers, issuer })
  const clientAuthentication = readClientAuthentication(loading, base, raw)
  const endpoints = {
    authorizationEndpoint: readEndpoint(loading, 'authorizationEndpoint', { placed, issuer }),
    endSessionEndpoint: readEndpoint(loading, 'endSessionEndpoint', { placed, issuer }),
  }
  if (issuer === undefined) return undefined
  const { id, displayName = id, clientID, scopes, claimsFrom } = raw
  return {
    id,
    displayName,
    issuer,
    clientID,
    clientAuthentication,
    scopes,
    claimsFrom,
    ...endpoints,
  }
}

function reportTie(
  { document }: Loading,
  { path: base, raw }: PlacedProvider,
  { issuers, issuer }: { issuers: readonly IssuerConfig[]; issuer: IssuerConfig | undefined },
): void {
  if (issuer === undefined) {
    const urls = issuers.map(({ url }) => quote(url)).join(', ')
    const path = `${base}.issuer`
    document.report(
      path,
      `must be an issuer.url of authentication.jwt, byte for byte${document.got(path, raw.issuer)}: ${urls === '' ? 'there is none' : `there is ${urls}`}`,
    )
  } else if (!issuer.audiences.includes(raw.clientID)) {
    const path = `${base}.clientID`
    document.report(
      path,
      `must be one of the audiences of its issuer, or no ID token would be taken${document.got(path, raw.clientID)}`,
    )
  }
}

/** A path below externalURL, or an address of its own. */
function readEndpoint(
  { document }: Loading,
  key: 'authorizationEndpoint' | 'endSessionEndpoint',
  {
    placed: { path: base, raw },
    issuer,
  }: { placed: PlacedProvider; issuer: IssuerConfig | undefined },
): string | undefined {
  const text = raw[key]
  if (text === '') return undefined
  const path = `${base}.${key}`
  if (isEndpoint(text, issuer)) return text
  document.report(
    path,
    `must be a path that begins with one "/", or an https address${document.got(path, text)}`,
  )
  return undefined
}

function isEndpoint(text: string, issuer: IssuerConfig | undefined): boolean {
  if (/[\s\\#]/.test(text)) return false
  if (text.startsWith('/')) return !text.startsWith('//')
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  const plain = protocol === 'http:' && (isLoopback(hostname) || issuer?.allowHttp === true)
  return protocol === 'https:' || plain
}
