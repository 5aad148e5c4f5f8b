import type { IdentityTokenConfig } from '../../config/identity-token.ts'
import { jwksPath, serviceHost } from '../provider.ts'
import { type Finding, fault, warning } from './finding.ts'
import type { CustomPolicy, Installation } from './installation.ts'
import type { Rendered } from './rendered.ts'
import { ownService, targetOf } from './service-port.ts'
import { at, listAt, numberAt, textAt, textsAt, type Unread } from './values.ts'

/** One of the `jwtRules`, and whose. */
export interface JwtRule {
  readonly object: Rendered
  readonly rule: Unread
}

/** Whose token it is, and where. */
interface OwnIssuer {
  readonly identityToken: IdentityTokenConfig
  readonly installation: Installation
  readonly policy: CustomPolicy
}

/** What RequestAuthentications at one place make of the identity token. */
export function checkOwnIssuer(rules: readonly JwtRule[], given: OwnIssuer): readonly Finding[] {
  const { identityToken, policy } = given
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
