import type { Authenticated } from './authn/authenticator.ts'
import type { Cluster } from './cluster.ts'
import type { IdentityTokenConfig } from './config/identity-token.ts'
import type { RouteConfig } from './config/types.ts'
import type { IdentityTokens, TooLarge } from './identity-token/signer.ts'

/**
 * Attaché's own credential that a route hands out with a user: the impersonator's token, or an identity
 * token; undefined where a route wants none, and in place of an identity token of nobody. Rejects with a
 * DependencyError where it cannot be had.
 */
export type CredentialFor = (
  route: RouteConfig,
  user: Authenticated,
) => string | undefined | TooLarge | Promise<string | TooLarge>

export interface CredentialOptions {
  readonly cluster: Pick<Cluster, 'credentialFor'>
  /** Undefined where no route wants identity tokens. */
  readonly identityTokens:
    | { readonly config: IdentityTokenConfig; readonly tokenFor: IdentityTokens }
    | undefined
}

/** Chooses by the route. */
export function createCredentials({ cluster, identityTokens }: CredentialOptions): CredentialFor {
  return (route, user) => {
    if (route.authorization !== 'identityToken') return cluster.credentialFor(route)
    // A mesh takes any token of a trusted issuer for proof that somebody has signed in.
    if (user.authenticator === 'anonymous') return undefined
    if (identityTokens === undefined) {
      throw new TypeError(`Cannot sign for "${route.name}": there are no identity tokens`)
    }
    const { config, tokenFor } = identityTokens
    return tokenFor(user, route.audience ?? config.audience)
  }
}
