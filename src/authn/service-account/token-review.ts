import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { DependencyError } from '../../errors.ts'
import { isRecord } from '../../json/record.ts'
import type { KubernetesClient } from '../../kubernetes/client.ts'
import { serviceAccountOf } from '../../kubernetes/names.ts'
import { createSlots } from '../../kubernetes/slots.ts'
import type { UserInfo } from '../../user.ts'
import { authenticated } from '../authenticated.ts'
import type { AuthenticatorName, Rejected } from '../authenticator.ts'
import { readUnverified } from '../jwt/prove-jwt.ts'
import { rejected } from '../rejected.ts'
import { maxTokenLength, type TokenVerifier } from '../token-union.ts'
import { acceptedAudiences, audiencesToReview } from './audiences.ts'
import { readTokenReview } from './token-review-answer.ts'

export interface TokenReviewOptions {
  readonly client: Pick<KubernetesClient, 'post'>
  /** As configured: `default` among them stands for those of the API server itself, as undefined does. */
  readonly audiences: readonly string[] | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Reviews at the same time of tokens that no review has accepted before. Default: 24. */
  readonly newcomers?: number
}

/** Contract, Freshness: no answer is older. Counted from the question. */
const freshMs = 10_000

/** Accepted tokens, by their hashes, that are told from newcomers. */
const maxAccepted = 20_000

/** Newcomers that wait for a turn, and how long they do, in milliseconds. */
const maxWaitingNewcomers = 256
const newcomerPatienceMs = 5_000

/** Further than this no `Date` goes. */
const neverMs = 8.64e15

const path = '/apis/authentication.k8s.io/v1/tokenreviews'
const question = {
  purpose: 'review a token',
  permission: 'ClusterRole "system:auth-delegator", or the verb "create" on "tokenreviews"',
}

/** Rejects unless the API server reviews tokens for Attaché; it is asked about Attaché's own. */
export async function reviewOnce(client: Pick<KubernetesClient, 'post' | 'token'>): Promise<void> {
  const spec = { token: await client.token() }
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec }
  await client.post(path, { ...question, body })
}

/**
 * Asks the API server who a token is, whatever kind of token it is; it claims every token, so it comes
 * last. A yes may be remembered for ten seconds and never past the token's own `exp`.
 *
 * Junk costs the API server a review each, so it is bounded: what cannot be a bearer token is refused
 * here, and tokens that were never accepted share three quarters of the client's places, so that a
 * flood of them leaves the other quarter to those that were.
 */
export function tokenReview(options: TokenReviewOptions): TokenVerifier {
  const { client, now, newcomers = 24 } = options
  const acceptable = acceptedAudiences(options.audiences)
  const accepted = new LRUCache<string, true>({ max: maxAccepted })
  const slots = createSlots({ running: newcomers, waiting: maxWaitingNewcomers })

  async function ask(token: string): Promise<UserInfo | Rejected> {
    const audiences = audiencesToReview(token, acceptable)
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, ...(audiences === undefined ? {} : { audiences }) },
    }
    const answer = await client.post(path, { ...question, body })
    return readTokenReview(answer, { token, audiences })
  }

  async function askInTurn(token: string): Promise<UserInfo | Rejected> {
    const signal = AbortSignal.timeout(newcomerPatienceMs)
    const answer = slots.run(async () => ask(token), { signal })
    if (answer === undefined) throw busy()
    return answer.catch((error: unknown) => {
      throw signal.aborted && !(error instanceof DependencyError) ? busy() : error
    })
  }

  return async (token) => {
    const fault = unfit(token)
    if (fault !== undefined) return fault
    const digest = hash('sha256', token, 'binary')
    const askedAtMs = now()
    const isKnown = accepted.has(digest)
    const user = isKnown ? await ask(token) : await askInTurn(token)
    if ('kind' in user) {
      accepted.delete(digest)
      return user
    }
    accepted.set(digest, true)
    const endsAtMs = expiryOf(token)
    return {
      kind: 'verified',
      freshUntilMs: Math.min(askedAtMs + freshMs, endsAtMs),
      isKeyTrusted: () => true,
      authenticated: authenticated(user, {
        by: authenticatorOf(user),
        // The API server lets a ServiceAccount's token live a minute longer than it says.
        expiresAtMs: Math.max(endsAtMs, askedAtMs + 1),
      }),
    }
  }
}

/** What RFC 6750 does not call a bearer token need not trouble the API server. */
function unfit(token: string): Rejected | undefined {
  if (token.length > maxTokenLength) return rejected('credential-malformed', 'token is too long')
  // A space would end the token, and the API server would review only what stands before it.
  if (/^[\x21-\x7e]+$/.test(token)) return undefined
  return rejected('credential-malformed', 'token has characters that no bearer token has')
}

/** The `exp` of a token that reads as a JWT. Nobody vouches for it: it can only shorten a memory. */
function expiryOf(token: string): number {
  const claims = readUnverified(token)?.claims.value
  const expiry = isRecord(claims) ? claims['exp'] : undefined
  return typeof expiry === 'number' ? Math.min(expiry * 1000, neverMs) : neverMs
}

function authenticatorOf({ name }: UserInfo): AuthenticatorName {
  return serviceAccountOf(name) === undefined ? 'token-review' : 'service-account'
}

function busy(): DependencyError {
  const state = 'too many tokens that were never accepted wait already'
  return new DependencyError('kubernetes', `Cannot review a token: ${state}`)
}
