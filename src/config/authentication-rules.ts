/**
 * The rules of kube-apiserver's ValidateAuthenticationConfiguration: all faults are reported, named like
 * its own (`jwt[0].issuer.url`).
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration}
 */
import { algorithms } from '../authn/jwt/jws.ts'
import { buildAnonymous } from './anonymous.ts'
import { isCertificateAuthority } from './certificate-authority.ts'
import { buildMappings } from './claim-mappings.ts'
import { buildClaimRules, buildUserRules } from './claim-rules.ts'
import type { Reporter } from './document.ts'
import type { Compilers } from './expressions.ts'
import { issuerUrlFault } from './issuer-url.ts'
import type { RawAuthentication, RawJwt } from './schema/authentication.ts'
import type { AnonymousConfig, IssuerConfig } from './types.ts'
import { childPath } from './yaml-tree.ts'

/** kube-apiserver's own limit. */
const maxIssuers = 64

export interface AuthenticationOptions {
  /** Where the section stands in the document; empty for a file of its own. */
  readonly root: string
  readonly insecureIssuers: ReadonlySet<string>
  readonly compilers: Compilers
}

/** What an AuthenticationConfiguration makes. */
export interface AuthenticationRules {
  readonly issuers: readonly IssuerConfig[]
  readonly anonymous: AnonymousConfig | undefined
}

/** The issuers, in order; faulty ones too, as faults keep the configuration from being used. */
export function buildAuthentication(
  document: Reporter,
  raw: RawAuthentication,
  { root, insecureIssuers, compilers }: AuthenticationOptions,
): AuthenticationRules {
  for (const key of ['apiVersion', 'kind'] as const) {
    if (raw[key] === undefined) document.report(childPath(root, key), 'is missing')
  }
  const path = childPath(root, 'jwt')
  const entries = raw.jwt ?? []
  if (entries.length > maxIssuers) {
    document.report(path, `must have at most ${maxIssuers} entries (got ${entries.length})`)
    return { issuers: [], anonymous: undefined }
  }
  const seen = { urls: new Map<string, string>(), discoveryURLs: new Map<string, string>() }
  const issuers = entries.map((entry, index) =>
    buildIssuer(entry, {
      document,
      path: childPath(path, index),
      compilers,
      insecureIssuers,
      seen,
    }),
  )
  const anonymous = buildAnonymous(document, childPath(root, 'anonymous'), raw.anonymous ?? {})
  return { issuers, anonymous }
}

interface Entry {
  readonly document: Reporter
  readonly path: string
  readonly compilers: Compilers
  readonly insecureIssuers: ReadonlySet<string>
  readonly seen: {
    readonly urls: Map<string, string>
    readonly discoveryURLs: Map<string, string>
  }
}

function buildIssuer(raw: RawJwt, entry: Entry): IssuerConfig {
  const { document, path } = entry
  const issuer = raw.issuer ?? {}
  const url = issuer.url ?? ''
  const allowHttp = entry.insecureIssuers.has(url)
  const at = childPath(path, 'issuer')
  reportUrl(document, { path: childPath(at, 'url'), text: url, allowHttp, seen: entry.seen.urls })
  const discoveryURL = issuer.discoveryURL === '' ? undefined : issuer.discoveryURL
  if (discoveryURL !== undefined) {
    const place = childPath(at, 'discoveryURL')
    const seen = entry.seen.discoveryURLs
    reportUrl(document, { path: place, text: discoveryURL, allowHttp, seen })
    if (url !== '' && withoutSlashes(discoveryURL) === withoutSlashes(url)) {
      document.report(place, `must differ from url${document.got(place, discoveryURL)}`)
    }
  }
  const certificateAuthority =
    issuer.certificateAuthority === '' ? undefined : issuer.certificateAuthority
  if (certificateAuthority !== undefined && !isCertificateAuthority(certificateAuthority)) {
    document.report(childPath(at, 'certificateAuthority'), 'must hold one certificate or more, PEM')
  }
  reportEgress(document, childPath(at, 'egressSelectorType'), issuer.egressSelectorType ?? '')
  reportAudiences(document, at, issuer)
  const rules = buildClaimRules(entry, raw.claimValidationRules ?? [])
  return {
    url,
    discoveryURL,
    certificateAuthority,
    audiences: issuer.audiences ?? [],
    claimValidationRules: rules.rules,
    claimMappings: buildMappings(entry, raw.claimMappings ?? {}, rules.compiled),
    userValidationRules: buildUserRules(entry, raw.userValidationRules ?? []),
    algorithms,
    allowHttp,
  }
}

function reportUrl(
  document: Reporter,
  {
    path,
    text,
    allowHttp,
    seen,
  }: { path: string; text: string; allowHttp: boolean; seen: Map<string, string> },
): void {
  if (text === '') return document.report(path, 'is missing')
  const fault = issuerUrlFault(text, { allowHttp })
  if (fault !== undefined) document.report(path, `${fault}${document.got(path, text)}`)
  const other = seen.get(text)
  if (other !== undefined)
    document.report(path, `must not be that of ${other} too${document.got(path, text)}`)
  seen.set(text, path)
}

function withoutSlashes(url: string): string {
  return url.replace(/\/+$/, '')
}

function reportEgress(document: Reporter, path: string, type: string): void {
  if (type === '') return
  const got = document.got(path, type)
  if (type !== 'controlplane' && type !== 'cluster') {
    document.report(
      path,
      `must be controlplane or cluster${got}, and neither works here: remove it`,
    )
  } else {
    document.report(
      path,
      `is about the network proxy of kube-apiserver, which Attaché does not have${got}: remove it`,
    )
  }
}

function reportAudiences(
  document: Reporter,
  path: string,
  issuer: NonNullable<RawJwt['issuer']>,
): void {
  const { audiences = [], audienceMatchPolicy = '' } = issuer
  const place = childPath(path, 'audiences')
  if (audiences.length === 0) {
    document.report(place, 'must name an audience, or tokens made for another service would pass')
  }
  for (const [index, audience] of audiences.entries()) {
    const item = childPath(place, index)
    if (audience === '') document.report(item, 'must not be empty')
    else if (audiences.indexOf(audience) < index)
      document.report(item, `must not be named twice${document.got(item, audience)}`)
  }
  if (audiences.length > 1 && audienceMatchPolicy === '') {
    document.report(
      childPath(path, 'audienceMatchPolicy'),
      'must be MatchAny, as there are several audiences',
    )
  }
}
