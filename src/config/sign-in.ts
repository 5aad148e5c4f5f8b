import { readBranding } from './branding.ts'
import type { ProviderConfig, SignInConfig } from './browser-types.ts'
import type { Document } from './document.ts'
import { isPlainPath } from './listen.ts'
import { parseOrigin } from './origin.ts'
import { reportPatterns } from './patterns.ts'
import { buildProvider } from './provider.ts'
import type { RawSignIn } from './schema/sign-in.ts'
import type { Loading } from './secrets.ts'
import type { IssuerConfig } from './types.ts'
import { childPath } from './yaml-tree.ts'

/** `signIn`; undefined when there is no usable provider, which is reported. */
export function buildSignIn(
  loading: Loading,
  raw: RawSignIn,
  issuers: readonly IssuerConfig[] | undefined,
): SignInConfig | undefined {
  const { document } = loading
  const providers = buildProviders(loading, raw, issuers)
  const externalURLs = readExternalURLs(document, raw)
  reportPaths(document, raw)
  reportPatterns(document, 'signIn.apiPaths', { patterns: raw.apiPaths, kind: 'path' })
  const allowedOrigins = readOrigins(document, raw.allowedOrigins)
  const branding = readBranding(loading, raw.branding)
  reportBackChannelLogout(document, raw)
  if (providers.length === 0) return undefined
  return {
    externalURLs,
    relativeRedirectURI: raw.relativeRedirectURI,
    pathPrefix: raw.pathPrefix,
    providers,
    logoutPaths: raw.logoutPaths,
    allowedOrigins,
    unauthenticated: raw.unauthenticated,
    apiPaths: raw.apiPaths,
    backChannelLogout: raw.backChannelLogout,
    branding,
  }
}

/** Those that are usable; two of one name could not be told apart in an address. */
function buildProviders(
  loading: Loading,
  raw: RawSignIn,
  issuers: readonly IssuerConfig[] | undefined,
): readonly ProviderConfig[] {
  const ids = new Set<string>()
  return raw.providers.flatMap((provider, index) => {
    const path = childPath('signIn.providers', index)
    if (ids.has(provider.id)) {
      const got = loading.document.got(`${path}.id`, provider.id)
      loading.document.report(`${path}.id`, `must not be the id of two providers${got}`)
    }
    ids.add(provider.id)
    return buildProvider(loading, { path, raw: provider }, issuers) ?? []
  })
}

function reportBackChannelLogout(document: Document, { backChannelLogout }: RawSignIn): void {
  if (!backChannelLogout) return
  if (document.given('listen.pages')) return
  const path = 'signIn.backChannelLogout'
  document.report(path, 'needs listen.pages: that is the port that providers call')
}

function readExternalURLs(document: Document, raw: RawSignIn): readonly URL[] {
  const path = 'signIn.externalURL'
  if (raw.externalURL === undefined) {
    if (!raw.relativeRedirectURI) {
      document.report(
        path,
        'is missing: say what the browser sees, such as https://app.example.com',
      )
    }
    return []
  }
  const list = Array.isArray(raw.externalURL)
  const hosts = new Set<string>()
  return [raw.externalURL].flat().flatMap((text, index) => {
    const place = list ? childPath(path, index) : path
    const origin = parseOrigin(text, { allowHttp: false })
    if (!origin.ok) {
      document.report(place, `${origin.message}${document.got(place, text)}`)
      return []
    }
    // Hosts of requests compare without port, so two of them could not be told apart.
    if (hosts.has(origin.url.hostname))
      document.report(place, `must not name a host twice${document.got(place, text)}`)
    hosts.add(origin.url.hostname)
    return [origin.url]
  })
}

function reportPaths(document: Document, { pathPrefix, logoutPaths }: RawSignIn): void {
  if (!isPlainPath(pathPrefix) || pathPrefix.endsWith('/')) {
    const path = 'signIn.pathPrefix'
    document.report(
      path,
      `must be a path such as /oauth2, with none at its end${document.got(path, pathPrefix)}`,
    )
  }
  for (const [index, text] of logoutPaths.entries()) {
    const path = childPath('signIn.logoutPaths', index)
    const got = document.got(path, text)
    if (!isPlainPath(text))
      document.report(path, `must be a path such as /logout, without "*" and captures${got}`)
    if (text === pathPrefix || text.startsWith(`${pathPrefix}/`)) {
      document.report(path, `must not lie under signIn.pathPrefix, which has its own paths${got}`)
    }
  }
}

function readOrigins(document: Document, texts: readonly string[]): readonly string[] {
  return texts.flatMap((text, index) => {
    const path = childPath('signIn.allowedOrigins', index)
    const origin = parseOrigin(text, { allowHttp: true })
    if (origin.ok) return [origin.url.origin]
    document.report(path, `${origin.message}${document.got(path, text)}`)
    return []
  })
}
