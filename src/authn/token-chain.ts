import type { Logger } from 'pino'
import type { TokenAuthenticator } from './authenticator.ts'
import type { Issuers } from './issuer.ts'
import { readUnverified } from './prove-jwt.ts'
import { rejected } from './rejected.ts'
import type { ServiceAccounts } from './service-accounts.ts'

export interface TokenChainOptions {
  readonly issuers: Pick<Issuers, 'authenticateToken' | 'get'>
  readonly serviceAccounts: Pick<ServiceAccounts, 'authenticateToken' | 'issuers'>
  readonly log: Logger
}

/**
 * Every authenticator of tokens, one after the other: the configured issuers, then the cluster. A token
 * whose `iss` is configured and which fails ends there; the cluster is asked about all others, opaque
 * ones too.
 *
 * kube-apiserver does not start with its own issuer in `authentication.jwt`. Attaché may learn that
 * issuer late, so from then on it refuses the tokens of such an entry: to take them by claim mappings
 * would give ServiceAccounts a second identity, one that outlives them.
 */
export function tokenChain({
  issuers,
  serviceAccounts,
  log,
}: TokenChainOptions): TokenAuthenticator {
  let known: ReadonlySet<string> | undefined
  let disputed: ReadonlySet<string> = new Set()

  function updateDisputed(): void {
    const now = serviceAccounts.issuers()
    if (now === known) return
    known = now
    disputed = new Set([...now].filter((url) => issuers.get(url) !== undefined))
    for (const issuer of disputed) log.error({ issuer }, disputedMessage)
  }

  return async (token) => {
    const outcome = await issuers.authenticateToken(token)
    if (outcome.kind === 'no-credential') return serviceAccounts.authenticateToken(token)
    updateDisputed()
    if (disputed.size > 0 && disputed.has(readUnverified(token)?.issuer ?? '')) {
      return rejected('credential-untrusted', disputedMessage)
    }
    return outcome
  }
}

const disputedMessage =
  '"authentication.jwt" names the issuer of the cluster\'s ServiceAccounts; remove that entry'
