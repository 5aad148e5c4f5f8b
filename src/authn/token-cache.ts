import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type Awaitable, continueWith } from '../awaitable.ts'
import type { Outcome, TokenAuthenticator } from './authenticator.ts'
import type { VerifiedToken } from './jwt/jwt.ts'
import { maxTokenLength, type TokenVerifier } from './token-union.ts'

export interface TokenCacheOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Tokens remembered at most. Default: 100,000. */
  readonly maxEntries?: number
  /** Bytes of the users behind them at most, group names counted as if none were shared. Default: 128 MiB. */
  readonly maxBytes?: number
}

/**
 * Remembers verified tokens until they expire or their key is withdrawn, and hands out the same object
 * for the same token. Only a verified token takes a place, so bad ones push nothing out. The key is
 * the SHA-256 of the token: neither a heap dump nor a collision gives one away. Equal tokens that
 * arrive together are verified once.
 */
export function cacheTokens(verify: TokenVerifier, options: TokenCacheOptions): TokenAuthenticator {
  const { now, maxEntries = 100_000, maxBytes = 128 * 1024 * 1024 } = options
  const verified = new LRUCache<string, VerifiedToken>({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: roughBytes,
  })
  const underway = new Map<string, Promise<Outcome>>()

  function verifyNew(token: string, digest: string): Awaitable<Outcome> {
    const verification = continueWith(verify(token), (outcome) => {
      if (outcome.kind === 'verified') verified.set(digest, outcome)
      return outcomeOf(outcome)
    })
    if (!(verification instanceof Promise)) return verification
    const ended = verification.finally(() => underway.delete(digest))
    underway.set(digest, ended)
    return ended
  }

  return (token) => {
    // Not worth a hash: the verifier refuses it by its length.
    if (token.length > maxTokenLength) return continueWith(verify(token), outcomeOf)
    const digest = hash('sha256', token, 'binary')
    const known = verified.get(digest)
    if (known !== undefined) {
      if (now() < known.freshUntilMs && known.isKeyTrusted()) return known.authenticated
      verified.delete(digest)
    }
    return underway.get(digest) ?? verifyNew(token, digest)
  }
}

function outcomeOf(outcome: Awaited<ReturnType<TokenVerifier>>): Outcome {
  return outcome.kind === 'verified' ? outcome.authenticated : outcome
}

/** What V8 takes for the entry, and for the strings of the user, which decide. */
function roughBytes({ authenticated: { user, email } }: VerifiedToken): number {
  let bytes = 400 + sizeOf(user.name) + sizeOf(user.uid) + sizeOf(email ?? '')
  for (const group of user.groups) bytes += sizeOf(group)
  for (const values of user.extra.values()) for (const value of values) bytes += sizeOf(value)
  return bytes
}

function sizeOf(text: string): number {
  return 32 + text.length
}
