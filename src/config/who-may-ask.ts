import { formatAddress, isLocal } from './address.ts'
import type { Document } from './document.ts'
import { sendsIDToken } from './sends-id-token.ts'
import type { Config, RouteConfig } from './types.ts'

type Parts = Pick<Config, 'listen' | 'routes' | 'impersonate' | 'headers'> & {
  readonly trustNetwork: boolean
}

/** Sections that believe what a check says of the client's certificate. */
const believing = ['clientCertificates', 'frontProxy'] as const

/**
 * An allowed check can carry a credential, so whoever can call a check port that is open to the
 * network could have it; and who can ask can name any certificate. Reports each such port, unless callers prove themselves or the operator
 * vouches for the network (contract: Who may ask).
 */
export function reportWhoMayAsk(document: Document, parts: Parts): void {
  const { listen } = parts
  const proven =
    document.given('listen.tls.clientCAFile') || document.given('listen.callerSecretFile')
  if (proven || parts.trustNetwork) return
  const reasons = parts.routes.flatMap((route) => {
    const what = carriedBy(route, parts)
    return what === undefined ? [] : [`${route.name} (${what})`]
  })
  const beliefs = believing.filter((section) => document.given(section))
  const gains = [
    ...(reasons.length === 0 ? [] : [`get a credential by ${listed(reasons)}`]),
    ...(beliefs.length === 0
      ? []
      : [`name any certificate as its own for ${beliefs.join(' and ')}`]),
  ]
  if (gains.length === 0) return
  for (const key of ['grpc', 'http'] as const) {
    const address = listen[key]
    if (address === undefined || isLocal(address)) continue
    document.report(
      `listen.${key}`,
      `whoever reaches ${formatAddress(address)} can ${gains.join(' and ')}: use a unix: or loopback address, listen.tls.clientCAFile, listen.callerSecretFile, or listen.trustNetwork: true if a NetworkPolicy lets only the gateway in`,
    )
  }
}

const maxListed = 3

function listed(reasons: readonly string[]): string {
  const more = reasons.length - maxListed
  return `${reasons.slice(0, maxListed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

const carrying: readonly RouteConfig['authorization'][] = ['token', 'identityToken', 'gatewayPass']

/** What an allowed answer on this route holds that is worth having. */
function carriedBy(route: RouteConfig, { impersonate, headers }: Parts): string | undefined {
  if (route.identity === 'impersonate' && impersonate.credential !== 'none') {
    return `identity: impersonate with credential: ${impersonate.credential}`
  }
  if (route.identity === 'forward') return 'identity: forward'
  const { access, authorization } = route
  if (access !== 'public' && carrying.includes(authorization)) {
    return `authorization: ${authorization}`
  }
  // Not listed in the contract, but the same: the session's ID token goes on in a header.
  return sendsIDToken(route, headers) ? 'headers.idToken' : undefined
}
