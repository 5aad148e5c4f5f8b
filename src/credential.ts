import type { Authenticated } from './authn/authenticator.ts'
import type { ResourceAttributes } from './authz/access.ts'
import type { Cluster } from './cluster.ts'
import type { IdentityTokenConfig } from './config/identity-token.ts'
import type { RouteConfig } from './config/types.ts'
import type { GatewayPasses } from './gateway-pass/gateway-passes.ts'
import type { IdentityTokens, TooLarge } from './identity-token/signer.ts'

/**
 * Attaché's own credential that a route hands out with a user: the impersonator's token, an identity token
 * or a gateway pass for what was reviewed; undefined where a route wants none, and in place of a token or
 * pass of nobody. Rejects with a DependencyError where it cannot be had.
 */
export type CredentialFor = (
  request: {
    readonly route: RouteConfig
    /** What the route's review was about, answered yes. */
    readonly reviewed: readonly ResourceAttributes[]
  },
  user: Authenticated,
) => string | undefined | TooLarge | Promise<string | TooLarge>

export interface CredentialOptions {
  readonly cluster: Pick<Cluster, 'credentialFor'>
  /** Undefined where no route wants identity tokens. */
  readonly identityTokens:
    | { readonly config: IdentityTokenConfig; readonly tokenFor: IdentityTokens }
    | undefined
  /** Undefined where no route wants gateway passes. */
  readonly passes: Pick<GatewayPasses, 'seal'> | undefined
}

/** Chooses by the route. */
export function createCredentials(options: CredentialOptions): CredentialFor {
  const { cluster, identityTokens, passes } = options
  return ({ route, reviewed }, user) => {
    const { authorization } = route
    if (authorization !== 'identityToken' && authorization !== 'gatewayPass') {
      return cluster.credentialFor(route)
    }
    // A mesh takes any token of a trusted issuer for proof that somebody has signed in.
    if (user.authenticator === 'anonymous') return undefined
    if (authorization === 'gatewayPass') {
      if (passes !== undefined) return passes.seal(user, reviewed)
      throw new TypeError(`Cannot seal for "${route.name}": there are no gateway passes`)
    }
    if (identityTokens === undefined) {
      throw new TypeError(`Cannot sign for "${route.name}": there are no identity tokens`)
    }
    const { config, tokenFor } = identityTokens
    return tokenFor(user, route.audience ?? config.audience)
  }
}
