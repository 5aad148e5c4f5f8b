import { lazyClaims, userInfo } from '../../cel/kubernetes.ts'
import type { Computed, IssuerConfig, PrefixedClaim } from '../../config/types.ts'
import type { Trace } from '../../trace.ts'
import type { UserInfo } from '../../user.ts'
import type { Rejected } from '../authenticator.ts'
import { rejected } from '../rejected.ts'
import { ClaimFault } from './claim-fault.ts'
import {
  checkRules,
  evaluateString,
  evaluateStrings,
  type NamedRule,
  type Variables,
} from './expressions.ts'
import { stringOrList } from './registered-claims.ts'

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
export const credentialIdKey = 'authentication.kubernetes.io/credential-id'

/**
 * Makes a user from claims as kube-apiserver does for the same `claimMappings`, `claimValidationRules`
 * and `userValidationRules`, in its order. It looks at no claim that concerns the token itself (`iss`,
 * `aud`, `exp`).
 */
export function mapClaims(
  claims: Claims,
  config: IssuerConfig,
  trace?: Trace,
): MappedClaims | Rejected {
  try {
    const variables = { claims: lazyClaims(claims) }
    const mapping: Mapping = { claims, variables, config, trace }
    const user: UserInfo = {
      name: mapUsername(mapping),
      groups: mapGroups(mapping),
      uid: mapUid(mapping),
      extra: mapExtra(mapping),
    }
    checkClaims(mapping)
    checkUser(user, mapping)
    return { kind: 'mapped', user, email: verifiedEmail(claims) }
  } catch (error) {
    if (error instanceof ClaimFault) return rejected('credential-invalid', error.message)
    throw error
  }
}

interface Mapping {
  readonly claims: Claims
  /** What the expressions see. */
  readonly variables: Variables
  readonly config: IssuerConfig
  readonly trace: Trace | undefined
}

/** One for all: an empty Map takes 200 bytes, and there is a user for each cached token. */
const noExtra: ReadonlyMap<string, readonly string[]> = new Map()

function mapUsername({ claims, variables, config, trace }: Mapping): string {
  const { username } = config.claimMappings
  const name =
    'expression' in username
      ? evaluateString(username.expression, { name: 'claimMappings.username', variables })
      : username.prefix + claimedUsername(claims, username.claim)
  // With a claim it may be empty: kube-apiserver has it so.
  if (name === '' && 'expression' in username) {
    throw new ClaimFault('claimMappings.username gives ""')
  }
  trace?.('username', madeBy(name, username))
  return name
}

function claimedUsername(claims: Claims, claim: string): string {
  const name = requiredString(claims, claim)
  // Anybody can register somebody else's address where the provider does not check it.
  const isUnverified = Object.hasOwn(claims, 'email_verified') && claims['email_verified'] !== true
  if (claim === 'email' && isUnverified) throw new ClaimFault('claim "email_verified" is not true')
  return name
}

function mapGroups({ claims, variables, config, trace }: Mapping): readonly string[] {
  const mapping = config.claimMappings.groups
  if (mapping === undefined) return []
  const groups =
    'expression' in mapping
      ? evaluateStrings(mapping.expression, { name: 'claimMappings.groups', variables })
      : claimedGroups(claims, mapping)
  trace?.('groups', madeBy(groups, mapping))
  return groups
}

function claimedGroups(claims: Claims, { claim, prefix }: PrefixedClaim): readonly string[] {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : null
  if (value === null) return []
  const groups = stringOrList(value)
  if (groups === undefined) throw new ClaimFault(`claim "${claim}" is no list of strings`)
  return groups.map((group) => prefix + group)
}

function mapUid({ claims, variables, config, trace }: Mapping): string {
  const mapping = config.claimMappings.uid
  if (mapping === undefined) return ''
  const uid =
    'expression' in mapping
      ? evaluateString(mapping.expression, { name: 'claimMappings.uid', variables })
      : requiredString(claims, mapping.claim)
  trace?.('uid', madeBy(uid, mapping))
  return uid
}

function mapExtra(mapping: Mapping): ReadonlyMap<string, readonly string[]> {
  const { claims, variables, config, trace } = mapping
  const extra = new Map<string, readonly string[]>()
  const jti = Object.hasOwn(claims, 'jti') ? claims['jti'] : undefined
  if (typeof jti === 'string' && jti !== '') extra.set(credentialIdKey, [`JTI=${jti}`])
  for (const [index, { key, valueExpression }] of config.claimMappings.extra.entries()) {
    const name = `claimMappings.extra[${index}]`
    const values = evaluateStrings(valueExpression, { name, variables })
    if (values.length > 0) extra.set(key, values)
    trace?.(`extra ${key}`, madeBy(values, { expression: valueExpression }))
  }
  return extra.size === 0 ? noExtra : extra
}

/** Claims that must have a value first, then the expressions, as in kube-apiserver. */
function checkClaims({ claims, variables, config, trace }: Mapping): void {
  const computed: NamedRule[] = []
  for (const [index, rule] of config.claimValidationRules.entries()) {
    const name = `claimValidationRules[${index}]`
    if ('expression' in rule) {
      computed.push({ name, rule })
    } else if (requiredString(claims, rule.claim) !== rule.requiredValue) {
      throw new ClaimFault(`${name}: claim "${rule.claim}" has not the required value`)
    } else {
      trace?.(name, `claim "${rule.claim}" has the required value`)
    }
  }
  checkRules(computed, { variables, trace })
}

function checkUser(user: UserInfo, { config, trace }: Mapping): void {
  const rules = config.userValidationRules.map((rule, index) => ({
    name: `userValidationRules[${index}]`,
    rule,
  }))
  if (rules.length > 0) checkRules(rules, { variables: { user: userInfo(user) }, trace })
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

/** A step of the mapping for `attache explain`. */
function madeBy(
  value: string | readonly string[],
  mapping: Computed | { readonly claim: string; readonly prefix?: string },
): string {
  const made = JSON.stringify(value)
  if ('expression' in mapping) return `${made} by ${mapping.expression.source}`
  const { claim, prefix = '' } = mapping
  return `${made} by claim "${claim}"${prefix === '' ? '' : ` with prefix "${prefix}"`}`
}
