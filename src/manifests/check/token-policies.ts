import { configuredNames } from '../header-lists.ts'
import { type Finding, fault, warning } from './finding.ts'
import { checkOwnIssuer, type JwtRule } from './identity-token-rules.ts'
import type { CustomPolicy, Installation } from './installation.ts'
import { nameOf, type Rendered } from './rendered.ts'
import { listAt, textAt } from './values.ts'

/** RequestAuthentications where Attaché is asked: they see the request after it. */
export function checkTokenPolicies(installation: Installation): readonly Finding[] {
  return installation.ownPolicies.flatMap((policy) => tokenPoliciesAt(policy, installation))
}

function tokenPoliciesAt(policy: CustomPolicy, installation: Installation): readonly Finding[] {
  const { meets, ofKind, config } = installation
  const there = ofKind('RequestAuthentication').filter((object) => meets(policy, object))
  const rules = there.flatMap((object) => {
    return listAt(object.value, 'spec', 'jwtRules').map((rule) => ({ object, rule }))
  })
  const { identityToken } = config
  return [
    ...rules.flatMap((one) => overwritten(one, installation)),
    ...ownCredential(there, installation),
    ...(identityToken === undefined
      ? []
      : checkOwnIssuer(rules, { identityToken, installation, policy })),
    ...sentOnTokens({ there, rules }, installation),
  ]
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

/** Tokens of the provider or the cluster that go on as they came. */
function sentOnTokens(
  { there, rules }: { readonly there: readonly Rendered[]; readonly rules: readonly JwtRule[] },
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
