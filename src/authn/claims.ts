import type { IssuerConfig } from '../config/types.ts'
import type { UserInfo } from '../user.ts'
import type { Rejected } from './authenticator.ts'
import { foldName, isRecord } from './go-json.ts'
import { stringOrList } from './registered-claims.ts'
import { rejected } from './rejected.ts'

/** Claims of a verified token by exact name; of a repeated one the last. */
export type Claims = Readonly<Record<string, unknown>>

/** Who the claims say that somebody is. */
export interface MappedClaims {
  readonly kind: 'mapped'
  readonly user: UserInfo
  /** `email` when it is a string and `email_verified` is absent or true. */
  readonly email: string | undefined
}

/** The extra that ties a request to a token in the API server's audit log (`user.CredentialIDKey`). */
const credentialIdKey = 'authentication.kubernetes.io/credential-id'

/**
 * Makes a user from claims as kube-apiserver does for the same `claimMappings` and
 * `claimValidationRules`: user name, groups, uid, extra, then the required claims. It looks at no claim
 * that concerns the token itself (`iss`, `aud`, `exp`).
 */
export function mapClaims(claims: Claims, config: IssuerConfig): MappedClaims | Rejected {
  try {
    const { username, groups, uid } = config.claimMappings
    if ('expression' in username) throw notBuiltYet
    if (groups !== undefined && 'expression' in groups) throw notBuiltYet
    if (uid !== undefined && 'expression' in uid) throw notBuiltYet
    if (groups !== undefined) checkNotDistributed(claims, groups.claim)
    const user: UserInfo = {
      name: mapUsername(claims, username),
      groups: groups === undefined ? [] : mapGroups(claims, groups),
      uid: uid === undefined ? '' : requiredString(claims, uid.claim),
      extra: mapExtra(claims),
    }
    for (const rule of config.claimValidationRules) {
      if ('expression' in rule) throw notBuiltYet
      const { claim, requiredValue } = rule
      if (requiredString(claims, claim) !== requiredValue) {
        throw new ClaimFault(`claim "${claim}" has not the required value`)
      }
    }
    return { kind: 'mapped', user, email: verifiedEmail(claims) }
  } catch (error) {
    if (error instanceof ClaimFault) return rejected('credential-invalid', error.message)
    throw error
  }
}

const notBuiltYet = new TypeError('Cannot evaluate an expression: not available yet')

/** One for all: an empty Map takes 200 bytes, and there is a user for each cached token. */
const noExtra: ReadonlyMap<string, readonly string[]> = new Map()

/** Ends the mapping; never leaves this file. */
class ClaimFault extends Error {
  override readonly name = 'ClaimFault'
}

function mapUsername(claims: Claims, mapping: { claim: string; prefix: string }): string {
  const name = requiredString(claims, mapping.claim)
  // Anybody can register somebody else's address where the provider does not check it.
  const isUnverified = Object.hasOwn(claims, 'email_verified') && claims['email_verified'] !== true
  if (mapping.claim === 'email' && isUnverified) {
    throw new ClaimFault('claim "email_verified" is not true')
  }
  return mapping.prefix + name
}

function mapGroups(claims: Claims, mapping: { claim: string; prefix: string }): readonly string[] {
  const value = Object.hasOwn(claims, mapping.claim) ? claims[mapping.claim] : null
  if (value === null) return []
  const groups = stringOrList(value)
  if (groups === undefined) throw new ClaimFault(`claim "${mapping.claim}" is no list of strings`)
  return groups.map((group) => mapping.prefix + group)
}

function mapExtra(claims: Claims): ReadonlyMap<string, readonly string[]> {
  const jti = Object.hasOwn(claims, 'jti') ? claims['jti'] : undefined
  if (typeof jti !== 'string' || jti === '') return noExtra
  return new Map([[credentialIdKey, [`JTI=${jti}`]]])
}

/** Null reads as the empty string, in Go. */
function requiredString(claims: Claims, name: string): string {
  if (!Object.hasOwn(claims, name)) throw new ClaimFault(`claim "${name}" is absent`)
  const value = claims[name] ?? ''
  if (typeof value !== 'string') throw new ClaimFault(`claim "${name}" is no string`)
  return value
}

function verifiedEmail(claims: Claims): string | undefined {
  const email = Object.hasOwn(claims, 'email') ? claims['email'] : undefined
  if (typeof email !== 'string') return undefined
  const isVerified = !Object.hasOwn(claims, 'email_verified') || claims['email_verified'] === true
  return isVerified ? email : undefined
}

/**
 * Groups that stand elsewhere
 * ({@link https://openid.net/specs/openid-connect-core-1_0.html#AggregatedDistributedClaims OpenID
 * Connect Core 1.0 §5.6.2}) are not fetched: a user who lost them unseen could pass a rule that denies
 * by group, so the token is refused. An aggregated source has no endpoint and counts as absent.
 */
function checkNotDistributed(claims: Claims, groupsClaim: string): void {
  if (Object.hasOwn(claims, groupsClaim) || !Object.hasOwn(claims, '_claim_names')) return
  const names = claims['_claim_names'] ?? {}
  if (!Object.hasOwn(claims, '_claim_sources'))
    throw new ClaimFault('claim "_claim_sources" is absent')
  const sources = claims['_claim_sources'] ?? {}
  if (!isRecord(names) || !isRecord(sources) || !Object.values(sources).every(hasStringJwt)) {
    throw new ClaimFault('claim sources have the wrong type')
  }
  if (!Object.hasOwn(names, groupsClaim)) return
  const sourceName = names[groupsClaim] ?? ''
  if (typeof sourceName !== 'string' || !Object.hasOwn(sources, sourceName)) {
    throw new ClaimFault('claim "_claim_sources" lacks a source')
  }
  if (sourceMembers(sources[sourceName], 'endpoint').some((url) => url !== '' && url !== null)) {
    throw new ClaimFault(`claim "${groupsClaim}" is distributed, which is not available yet`)
  }
}

function hasStringJwt(source: unknown): boolean {
  return sourceMembers(source, 'jwt').every((jwt) => jwt === null || typeof jwt === 'string')
}

/** Go finds the member in any case of its letters. */
function sourceMembers(source: unknown, folded: string): unknown[] {
  const members = isRecord(source) ? Object.entries(source) : []
  return members.filter(([name]) => foldName(name) === folded).map(([, value]) => value)
}
