import type { AuthenticationRules } from './authentication-rules.ts'
import type { SignInConfig } from './browser-types.ts'
import { buildCredentials } from './credentials.ts'
import { type Document, quote } from './document.ts'
import type { CompileCondition } from './expressions.ts'
import { buildGatewayPass } from './gateway-pass.ts'
import { buildHeaderNames } from './header-names.ts'
import { buildIdentityToken } from './identity-token.ts'
import { buildImpersonate } from './impersonate.ts'
import { reportSharedToken, reportUnusedKubernetes } from './kubernetes.ts'
import { buildListen } from './listen.ts'
import { buildRoutes } from './routes.ts'
import type { RawConfig } from './schema/config.ts'
import type { Loading } from './secrets.ts'
import { buildSession } from './session.ts'
import { buildSignIn } from './sign-in.ts'
import { buildTracing } from './tracing.ts'
import type { Config, IssuerConfig, RouteConfig } from './types.ts'
import { parseDuration } from './units.ts'
import { reportWhoMayAsk } from './who-may-ask.ts'
import { childPath } from './yaml-tree.ts'

/** What is known before the sections are looked at. */
export interface Known {
  /** Undefined when the issuers cannot be used, which is reported. */
  readonly authentication: AuthenticationRules | undefined
  readonly compileCondition: CompileCondition
}

/**
 * Every section whose shape is right, and the rules between them; what is wrong with one does not
 * hide what is wrong with another. Undefined when a section is missing or has the wrong shape.
 */
export function buildSections(
  loading: Loading,
  raw: RawConfig,
  { authentication, compileCondition }: Known,
): Config | undefined {
  const { document } = loading
  const usable = <K extends keyof RawConfig>(key: K): RawConfig[K] | undefined =>
    document.usable(key) ? raw[key] : undefined
  const given = {
    shutdown: usable('shutdown'),
    listen: usable('listen'),
    impersonate: usable('impersonate'),
    kubeflow: usable('kubeflow'),
    headers: usable('headers'),
    identityToken: usable('identityToken'),
    signIn: usable('signIn'),
    session: usable('session'),
    audit: usable('audit'),
    readiness: usable('readiness'),
  }
  const issuers = authentication?.issuers

  const listen = given.listen && buildListen(loading, given.listen)
  const routes = Array.isArray(raw.routes)
    ? buildRoutes(document, raw.routes, compileCondition)
    : []
  const { kubernetes, serviceAccounts, ...credentials } = buildCredentials(loading, raw)
  const validation = serviceAccounts?.validation
  const impersonate =
    given.impersonate &&
    buildImpersonate(loading, given.impersonate, { routes, validation, compileCondition })
  const signIn = given.signIn && buildSignIn(loading, given.signIn, issuers)
  const session = given.session && buildSession(loading, given.session, signIn)
  const names =
    given.kubeflow &&
    given.headers &&
    buildHeaderNames(document, { kubeflow: given.kubeflow, headers: given.headers })

  const identityToken = buildIdentityToken(loading, given.identityToken, {
    routes,
    issuers: issuers?.map(({ url }) => url) ?? [],
  })
  const gatewayPass = buildGatewayPass(document, routes, session)
  const tracing = buildTracing(loading)
  reportInsecureIssuers(loading, usable('insecureIssuers') ?? [], issuers)
  reportSessionWithoutSignIn(loading)
  reportUnknownProviders(document, { routes, signIn })
  reportUnusedKubernetes(document, { routes, validation })
  reportAuditOfNothing(loading, routes)
  if (impersonate !== undefined && kubernetes !== undefined && validation !== undefined) {
    const { impersonator } = impersonate
    const { tokenFile } = kubernetes
    reportSharedToken(document, { routes, validation, impersonator, tokenFile })
  }
  if (listen !== undefined && impersonate !== undefined && names !== undefined) {
    const trustNetwork = given.listen?.trustNetwork === true
    reportWhoMayAsk(document, { listen, routes, impersonate, headers: names.headers, trustNetwork })
  }
  if (listen === undefined || impersonate === undefined || names === undefined) return undefined
  if (authentication === undefined || kubernetes === undefined || serviceAccounts === undefined)
    return undefined
  if (given.readiness === undefined || given.shutdown === undefined) return undefined
  if (given.audit === undefined) return undefined
  return {
    listen,
    ...authentication,
    kubernetes,
    serviceAccounts,
    ...credentials,
    signIn,
    session,
    routes,
    impersonate,
    ...names,
    identityToken,
    gatewayPass,
    audit: given.audit,
    readiness: { waitMs: parseDuration(given.readiness.wait) },
    shutdown: { graceMs: given.shutdown.graceSeconds * 1000 },
    tracing,
  }
}

function reportInsecureIssuers(
  { document }: Loading,
  urls: readonly string[],
  issuers: readonly IssuerConfig[] | undefined,
): void {
  if (issuers === undefined) return
  for (const [index, url] of urls.entries()) {
    if (issuers.some((issuer) => issuer.url === url)) continue
    const path = childPath('insecureIssuers', index)
    document.report(
      path,
      `must be an issuer.url of authentication.jwt, byte for byte${document.got(path, url)}`,
    )
  }
}

/** A route that sends people to nobody would be one that they cannot use. */
function reportUnknownProviders(
  document: Document,
  { routes, signIn }: { routes: readonly RouteConfig[]; signIn: SignInConfig | undefined },
): void {
  if (document.given('signIn') && signIn === undefined) return
  const known = signIn?.providers.map(({ id }) => id) ?? []
  for (const { name, provider, identity } of routes) {
    if (provider === undefined) continue
    const path = childPath(name, 'provider')
    if (!known.includes(provider)) {
      const there = known.length === 0 ? 'there is none' : `there is ${known.map(quote).join(', ')}`
      const got = document.got(path, provider)
      document.report(path, `must be the id of one of signIn.providers${got}: ${there}`)
    } else if (identity === 'impersonate') {
      document.report(
        path,
        'has no use with identity: impersonate, where nobody is sent to sign in',
        {
          at: 'key',
        },
      )
    }
  }
}

function reportAuditOfNothing({ document }: Loading, routes: readonly RouteConfig[]): void {
  if (!document.given('audit') || !document.usable('routes')) return
  if (routes.some(({ audit }) => audit)) return
  document.report(
    'audit',
    'has no use: no route is audited. Set audit: true on one, or remove this section',
    { at: 'key' },
  )
}

/** One without the other is something that somebody believes to be in force. */
function reportSessionWithoutSignIn({ document }: Loading): void {
  if (document.given('signIn') && document.usable('signIn') && !document.given('session')) {
    document.report('signIn', 'needs session, with a keysFile to seal sessions with', { at: 'key' })
  }
  if (document.given('session') && !document.given('signIn')) {
    document.report('session', 'has no use without signIn: add it, or remove session', {
      at: 'key',
    })
  }
}
