/**
 * Groups that stand elsewhere
 * ({@link https://openid.net/specs/openid-connect-core-1_0.html#AggregatedDistributedClaims OpenID
 * Connect Core 1.0 §5.6.2}), fetched as kube-apiserver fetches them: a token whose groups cannot be had
 * is refused, since a user who lost them unseen could pass a rule that denies by group.
 */

import { foldName } from '../../json/go-json.ts'
import { isRecord } from '../../json/record.ts'
import type { Claims } from '../jwt/claims.ts'

/** Where a claim stands, as the verified token says it. */
export interface ClaimSource {
  readonly endpoint: string
  /** Empty: none is sent. */
  readonly accessToken: string
}

/** What a token says about a claim that may stand elsewhere. */
export type Distribution =
  | { readonly kind: 'here' }
  | { readonly kind: 'elsewhere'; readonly source: ClaimSource }
  | { readonly kind: 'fault'; readonly detail: string }

const here: Distribution = { kind: 'here' }

/** Finds out where a claim stands; an aggregated source has no endpoint and counts as absent. */
export function locateClaim(claims: Claims, claim: string): Distribution {
  if (Object.hasOwn(claims, claim) || !Object.hasOwn(claims, '_claim_names')) return here
  const names = claims['_claim_names'] ?? {}
  if (!Object.hasOwn(claims, '_claim_sources')) return fault('claim "_claim_sources" is absent')
  const sources = claims['_claim_sources'] ?? {}
  if (!isRecord(names) || !isRecord(sources) || !Object.values(sources).every(isReadable)) {
    return fault('claim sources have the wrong type')
  }
  if (!Object.hasOwn(names, claim)) return here
  const name = names[claim] ?? ''
  if (typeof name !== 'string' || !Object.hasOwn(sources, name)) {
    return fault('claim "_claim_sources" lacks a source')
  }
  const endpoint = member(sources[name], 'endpoint')
  if (endpoint === '') return here
  return {
    kind: 'elsewhere',
    source: { endpoint, accessToken: member(sources[name], 'access_token') },
  }
}

function fault(detail: string): Distribution {
  return { kind: 'fault', detail }
}

function isReadable(source: unknown): boolean {
  return ['endpoint', 'access_token', 'jwt'].every((name) =>
    membersOf(source, name).every((value) => value === null || typeof value === 'string'),
  )
}

/** The last one counts, and null leaves what was there before. */
function member(source: unknown, folded: string): string {
  const texts = membersOf(source, folded).filter((value) => typeof value === 'string')
  return texts.at(-1) ?? ''
}

/** Go finds the member in any case of its letters. */
function membersOf(source: unknown, folded: string): unknown[] {
  const members = isRecord(source) ? Object.entries(source) : []
  return members.filter(([name]) => foldName(name) === folded).map(([, value]) => value)
}
