import { isLoopback } from './address.ts'
import { type IdentityKeys, readIdentityKeys } from './identity-keys.ts'
import type { RawIdentityToken } from './schema/identity-token.ts'
import type { Loading } from './secrets.ts'
import type { RouteConfig } from './types.ts'
import { parseDuration } from './units.ts'
import { childPath } from './yaml-tree.ts'

/** What Attaché's own JWTs are made with. */
export interface IdentityTokenConfig extends IdentityKeys {
  readonly issuer: string
  /** Where a route names no other. */
  readonly audience: string
  readonly lifetimeMs: number
  readonly maxBytes: number
}

/** Shorter, and the clocks of a mesh would refuse it; longer, and a group that was taken away stays. */
const minLifetimeMs = 60_000
const maxLifetimeMs = 3_600_000

/** `identityToken`; undefined when it is absent or unusable, which is reported. */
export function buildIdentityToken(
  loading: Loading,
  raw: RawIdentityToken | undefined,
  { routes, issuers }: { routes: readonly RouteConfig[]; issuers: readonly string[] },
): IdentityTokenConfig | undefined {
  const { document } = loading
  const wanting = routes.filter(({ authorization }) => authorization === 'identityToken')
  if (raw === undefined) {
    if (document.given('identityToken')) return undefined
    for (const { name } of wanting) {
      document.report(
        childPath(name, 'authorization'),
        'needs the section identityToken, with issuer, audience and keysFile',
      )
    }
    return undefined
  }
  if (wanting.length === 0 && document.usable('routes')) {
    document.report(
      'identityToken',
      'has no use: no route has authorization: identityToken. Add it to one, or remove this section',
      { at: 'key' },
    )
  }
  reportIssuer(loading, raw.issuer, issuers)
  const lifetimeMs = parseDuration(raw.lifetime)
  if (lifetimeMs < minLifetimeMs || lifetimeMs > maxLifetimeMs) {
    const path = 'identityToken.lifetime'
    document.report(path, `must be 1m to 1h${document.got(path, raw.lifetime)}`)
  }
  const keys = readIdentityKeys(loading, { path: 'identityToken.keysFile', name: raw.keysFile })
  if (keys === undefined) return undefined
  const { issuer, audience, maxBytes } = raw
  return { issuer, audience, lifetimeMs, maxBytes, ...keys }
}

function reportIssuer({ document }: Loading, issuer: string, issuers: readonly string[]): void {
  const path = 'identityToken.issuer'
  const got = document.got(path, issuer)
  if (!isIssuer(issuer)) {
    document.report(
      path,
      `must be an https address without query and fragment, or an http one of a Service, such as http://attache.attache.svc.cluster.local:8082${got}`,
    )
  }
  if (issuers.includes(issuer)) {
    document.report(
      path,
      `must not be an issuer.url of authentication.jwt: what Attaché itself has signed is never a credential${got}`,
    )
  }
}

/** The address of a Service in some cluster: its keys cross no network but the cluster's own. */
const serviceName = /^[a-z0-9-]+\.[a-z0-9-]+\.svc(?:\.[a-z0-9-]+)*$/

function isIssuer(text: string): boolean {
  if (!/^https?:\/\/[^\s?#@]+$/.test(text) || !URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || isLoopback(hostname) || serviceName.test(hostname)
}
