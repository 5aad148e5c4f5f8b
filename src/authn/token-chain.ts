import type { Logger } from 'pino'
import { continueWith } from '../awaitable.ts'
import type { TokenAuthenticator } from './authenticator.ts'
import { readUnverified } from './jwt/prove-jwt.ts'
import { rejected } from './rejected.ts'
import type { ServiceAccounts } from './service-account/service-accounts.ts'
import { cacheTokens } from './token-cache.ts'
import type { TokenVerifier } from './token-union.ts'

export interface TokenChainOptions {
  readonly issuers: {
    readonly verifyToken: TokenVerifier
    /** Undefined for an issuer that is not configured. */
    readonly get: (url: string) => object | undefined
  }
  readonly serviceAccounts: Pick<ServiceAccounts, 'verifyToken' | 'issuers'>
  /** Of Attaché's own identity tokens, which are no credential; undefined: there are none. */
  readonly ownIssuer: string | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly log: Logger
}

/**
 * Every authenticator of tokens, one after the other: the configured issuers, then the cluster. A token
 * whose `iss` is configured and which fails ends there; the cluster is asked about all others, opaque
 * ones too. What was accepted is remembered in one place, so that a token costs the same again whoever
 * vouched for it; a no is not remembered, as in kube-apiserver.
 *
 * kube-apiserver does not start with its own issuer in `authentication.jwt`. Attaché may learn that
 * issuer late, so from then on it refuses the tokens of such an entry: to take them by claim mappings
 * would give ServiceAccounts a second identity, one that outlives them.
 */
export function tokenChain(options: TokenChainOptions): TokenAuthenticator {
  const { issuers, serviceAccounts, ownIssuer, now, log } = options
  let known: ReadonlySet<string> | undefined
  let disputed: ReadonlySet<string> = new Set()

  function updateDisputed(): void {
    const found = serviceAccounts.issuers()
    if (found === known) return
    known = found
    disputed = new Set([...found].filter((url) => issuers.get(url) !== undefined))
    for (const issuer of disputed) log.error({ issuer }, disputedMessage)
  }

  const authenticate = cacheTokens(
    (token) =>
      continueWith(issuers.verifyToken(token), (outcome) => {
        if (outcome.kind !== 'no-credential') return outcome
        // An upstream that has one could come back with it as the user.
        if (ownIssuer !== undefined && readUnverified(token)?.issuer === ownIssuer) {
          return rejected('credential-untrusted', "the token is one of Attaché's own")
        }
        return serviceAccounts.verifyToken(token)
      }),
    { now },
  )

  return (token) =>
    continueWith(authenticate(token), (outcome) => {
      updateDisputed()
      if (disputed.size > 0 && disputed.has(readUnverified(token)?.issuer ?? '')) {
        return rejected('credential-untrusted', disputedMessage)
      }
      return outcome
    })
}

const disputedMessage =
  '"authentication.jwt" names the issuer of the cluster\'s ServiceAccounts; remove that entry'
