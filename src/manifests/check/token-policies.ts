import type { IdentityTokenConfig } from '../../config/identity-token.ts'
import { configuredNames } from '../header-lists.ts'
import { serviceHost } from '../provider.ts'
import { type Finding, fault, warning } from './finding.ts'
import type { CustomPolicy, Installation } from './installation.ts'
import { nameOf, type Rendered } from './rendered.ts'
import { ownService, targetOf } from './service-port.ts'
import { at, listAt, numberAt, textAt, textsAt, type Unread } from './values.ts'

/** RequestAuthentications where Attaché is asked: they see the request after it. */
export function checkTokenPolicies(installation: Installation): readonly Finding[] {
  const { ownPolicies, meets, ofKind, config } = installation
  const there = ofKind('RequestAuthentication').filter((object) =>
    ownPolicies.some((policy) => meets(policy, object)),
  )
  const rules = there.flatMap((object) => {
    return listAt(object.value, 'spec', 'jwtRules').map((rule) => ({ object, rule }))
  })
  const { identityToken } = config
  return [
    ...rules.flatMap((one) => overwritten(one, installation)),
    ...ownCredential(there, installation),
    ...(identityToken === undefined
      ? []
      : ownIssuer(rules, { identityToken, installation, policy: ownPolicies[0] })),
    ...sentOnTokens(there, rules, installation),
  ]
}

interface JwtRule {
  readonly object: Rendered
  readonly rule: Unread
}

/** Names that Attaché may set on a request. */
function isSetByAttache(name: string, { config }: Installation): boolean {
  const lower = name.toLowerCase()
  const fixed = [
    'authorization',
    'cookie',
    'impersonate-user',
    'impersonate-uid',
    'impersonate-group',
  ]
  return (
    fixed.includes(lower) ||
    lower.startsWith('impersonate-extra-') ||
    configuredNames(config).includes(lower)
  )
}

function overwritten({ object, rule }: JwtRule, installation: Installation): readonly Finding[] {
  const claims = listAt(rule, 'outputClaimToHeaders').map((entry) => textAt(entry, 'header') ?? '')
  const payload = textAt(rule, 'outputPayloadToHeader')
  const names = [...claims, ...(payload === undefined ? [] : [payload])]
  return names
    .filter((name) => isSetByAttache(name, installation))
    .map((name) =>
      fault(object, {
        what: `writes a claim of "${textAt(rule, 'issuer') ?? ''}" to the header "${name}", which Attaché sets`,
        effect:
          'Istio removes the header from every request first, and what Attaché has said is lost: the upstream sees no user, or a list of groups as base64',
        fix: 'remove it from outputClaimToHeaders, or the whole RequestAuthentication if it is a former one',
      }),
    )
}

function ownCredential(there: readonly Rendered[], { config }: Installation): readonly Finding[] {
  const { impersonate, routes } = config
  const attaches = routes.some(({ identity }) => identity === 'impersonate')
  const [first] = there
  if (first === undefined || !attaches || impersonate.credential !== 'attach') return []
  return [
    fault(first, {
      what: 'stands where Attaché attaches its own credential for the API server (impersonate.credential: attach)',
      effect:
        'Istio refuses that credential, which is of no issuer that is listed: every request for the API server ends in 401',
      fix: 'use impersonate.credential: append over gRPC, with the appender; or another gateway',
    }),
  ]
}

interface OwnIssuer {
  readonly identityToken: IdentityTokenConfig
  readonly installation: Installation
  readonly policy: CustomPolicy | undefined
}

function ownIssuer(rules: readonly JwtRule[], given: OwnIssuer): readonly Finding[] {
  const { identityToken, policy } = given
  if (policy === undefined) return []
  const { issuer } = identityToken
  const own = rules.filter(({ rule }) => textAt(rule, 'issuer') === issuer)
  if (own.length > 0) return own.flatMap((one) => ownRule(one, given))
  const [other] = rules
  if (other === undefined) {
    return [
      warning(policy.object, {
        what: 'has no RequestAuthentication beside it for the identity token',
        effect:
          'policies on request.auth and on requestPrincipals never fit, at this gateway and with its requests',
        fix: 'add what attache manifests prints for the gateway',
      }),
    ]
  }
  const near =
    rules.find(({ rule }) => textAt(rule, 'jwksUri')?.includes(jwksPath) === true) ?? other
  return [
    fault(near.object, {
      what: `has the issuer "${textAt(near.rule, 'issuer') ?? ''}", and identityToken.issuer is "${issuer}"`,
      effect: 'Istio refuses what Attaché has allowed: 401 "Jwt issuer is not configured"',
      fix: `set issuer: ${issuer}`,
    }),
  ]
}

const jwksPath = '/.well-known/jwks.json'

function ownRule({ object, rule }: JwtRule, { identityToken, installation }: OwnIssuer): Finding[] {
  const findings = [...keysFault({ object, rule }, installation)]
  const audiences = textsAt(rule, 'audiences')
  const wanted = [
    identityToken.audience,
    ...installation.config.routes.map((route) => route.audience),
  ]
  const missing = [...new Set(wanted)].find(
    (audience) => audience !== undefined && !audiences.includes(audience),
  )
  if (audiences.length > 0 && missing !== undefined) {
    findings.push(
      fault(object, {
        what: `does not list the audience "${missing}"`,
        effect: 'Istio refuses what Attaché has allowed: 403 "Audiences in Jwt are not allowed"',
        fix: `add it to audiences`,
      }),
    )
  }
  if (at(rule, 'forwardOriginalToken') !== true) {
    findings.push(
      fault(object, {
        what: 'has no forwardOriginalToken: true for the identity token',
        effect:
          'the gateway takes the token away: no upstream and no policy behind it sees who the user is',
        fix: 'set forwardOriginalToken: true',
      }),
    )
  }
  if (isReadElsewhere(rule)) {
    findings.push(
      fault(object, {
        what: 'reads the identity token somewhere else than in Authorization',
        effect: 'the token is not looked at: policies on request.auth never fit',
        fix: 'set fromHeaders: [{ name: Authorization, prefix: "Bearer " }]',
      }),
    )
  }
  return findings
}

function isReadElsewhere(rule: Unread): boolean {
  const headers = listAt(rule, 'fromHeaders')
  const says = [headers, listAt(rule, 'fromParams'), listAt(rule, 'fromCookies')].some(
    (list) => list.length > 0,
  )
  return says && !headers.some((entry) => textAt(entry, 'name')?.toLowerCase() === 'authorization')
}

function keysFault({ object, rule }: JwtRule, installation: Installation): readonly Finding[] {
  const uri = textAt(rule, 'jwksUri')
  if (uri === undefined && textAt(rule, 'jwks') !== undefined) {
    return [
      warning(object, {
        what: 'holds the keys of the identity token itself',
        effect: 'once they rotate, Istio refuses every request that Attaché has allowed',
        fix: `use jwksUri: ${wantedUri(installation)}`,
      }),
    ]
  }
  if (uri !== undefined && isOwnUri(uri, installation)) return []
  return [
    fault(object, {
      what: uri === undefined ? 'has no jwksUri for the identity token' : `has jwksUri "${uri}"`,
      effect:
        'istiod finds no keys there: Istio refuses every request that Attaché has allowed with 401',
      fix: `set jwksUri: ${wantedUri(installation)}`,
    }),
  ]
}

function wantedUri({ config, service }: Installation): string {
  const { pages } = config.listen
  const port = pages?.kind === 'tcp' ? pages.port : 8082
  return `http://${serviceHost(service)}:${port}${jwksPath}`
}

function isOwnUri(text: string, installation: Installation): boolean {
  if (!URL.canParse(text)) return false
  const uri = new URL(text)
  if (uri.pathname !== jwksPath) return false
  const { identityToken, listen } = installation.config
  const host = serviceHost(installation.service)
  // Published under the issuer's own name as well.
  if (uri.hostname !== host) return uri.origin === new URL(identityToken?.issuer ?? text).origin
  const service = ownService(installation)
  const port = Number(uri.port === '' ? 80 : uri.port)
  const listened = listen.pages?.kind === 'tcp' ? listen.pages.port : undefined
  if (service === undefined) return port === listened
  const entry = listAt(service.value, 'spec', 'ports').find((one) => numberAt(one, 'port') === port)
  if (entry === undefined) return false
  const target = targetOf(entry, { service, installation })
  return target === undefined || target === listened
}

/** Tokens of the provider or the cluster that go on as they came. */
function sentOnTokens(
  there: readonly Rendered[],
  rules: readonly JwtRule[],
  { config }: Installation,
): readonly Finding[] {
  const [first] = there
  const sending = config.routes.find(
    ({ authorization, identity }) => authorization === 'token' || identity === 'forward',
  )
  if (first === undefined || sending === undefined) return []
  const listed = rules.map(({ rule }) => textAt(rule, 'issuer'))
  const why = `${sending.name} sends the caller's own token on`
  const issuers = config.issuers.filter(({ url }) => !listed.includes(url))
  const ofIssuers = issuers.map(({ url }) =>
    fault(first, {
      what: `no RequestAuthentication lists the issuer "${url}", and ${why}`,
      effect: 'Istio refuses what Attaché has allowed: 401 "Jwt issuer is not configured"',
      fix: `add it to the jwtRules of ${nameOf(first)}`,
    }),
  )
  if (config.serviceAccounts.validation === 'off') return ofIssuers
  return [
    ...ofIssuers,
    warning(first, {
      what: `${why}, those of ServiceAccounts too`,
      effect:
        'unless the issuer of the cluster is listed, Istio refuses them: 401 "Jwt issuer is not configured"',
      fix: 'list it (kubectl get --raw /.well-known/openid-configuration), or use authorization: identityToken there',
    }),
  ]
}
