import { foldName, type JsonObject } from '../../json/go-json.ts'
import { isRecord } from '../../json/record.ts'
import type { Rejected } from '../authenticator.ts'
import { rejected } from '../rejected.ts'

/**
 * The claims of {@link https://www.rfc-editor.org/rfc/rfc7519#section-4.1 RFC 7519 §4.1} that decide
 * about a token, read as kube-apiserver's go-oidc decodes them into a struct.
 */
export interface RegisteredClaims {
  readonly kind: 'claims'
  readonly audience: readonly string[]
  /** Seconds since the epoch, whole; -Infinity when absent or beyond what Go's `time.Time` holds. */
  readonly expiry: number
  /** As `expiry`; undefined when absent or null. */
  readonly notBefore: number | undefined
}

/** Beyond this `time.Unix` of Go overflows and means a time long past. */
const latestSeconds = 2n ** 63n - 1n - 62_135_596_800n
const jsonNumber = /^-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/**
 * The `iss` of a payload that nothing vouches for yet: only good for choosing who verifies it. Names are
 * compared without case and the last one counts, as everywhere in Go; undefined when one is no string.
 */
export function unverifiedIssuer({ members }: JsonObject): string | undefined {
  let issuer = ''
  for (const { name, value } of members) {
    if (name.length !== 3 || foldName(name) !== 'iss') continue
    if (typeof value === 'string') issuer = value
    else if (value !== null) return undefined
  }
  // Google's tokens lack the scheme (OpenID Connect Core 1.0, GoogleIss).
  return issuer === 'accounts.google.com' ? 'https://accounts.google.com' : issuer
}

/**
 * Decodes the registered claims. A wrong type refuses the token even where the claim does not matter
 * here; so does a claim source that is named and missing.
 */
export function registeredClaims({ members }: JsonObject): RegisteredClaims | Rejected {
  let audience: readonly string[] = []
  let expiry = Number.NEGATIVE_INFINITY
  let notBefore: number | undefined
  let names: Readonly<Record<string, unknown>> = {}
  let sources: Readonly<Record<string, unknown>> = {}
  for (const { name, text, value } of members) {
    const field = foldName(name)
    if (!fields.has(field)) continue
    switch (field) {
      case 'aud': {
        const list = stringOrList(value)
        if (list === undefined) return wrongType(field)
        audience = list
        break
      }
      case 'exp':
      case 'iat': {
        const seconds = numericDate(value, text)
        if (seconds === undefined) return wrongType(field)
        if (field === 'exp') expiry = seconds
        break
      }
      case 'nbf':
        notBefore = value === null ? undefined : numericDate(value, text)
        if (value !== null && notBefore === undefined) return wrongType(field)
        break
      case '_claim_names':
        if (!isMapOf(value, isStringOrNull)) return wrongType(field)
        names = value === null ? {} : { ...names, ...value }
        break
      case '_claim_sources':
        if (!isMapOf(value, isClaimSource)) return wrongType(field)
        sources = value === null ? {} : { ...sources, ...value }
        break
      default:
        if (!isStringOrNull(value)) return wrongType(field)
    }
  }
  for (const source of Object.values(names)) {
    if (typeof source !== 'string' || source === '' || !Object.hasOwn(sources, source)) {
      return rejected('credential-malformed', 'claim "_claim_names" names a source that is missing')
    }
  }
  return { kind: 'claims', audience, expiry, notBefore }
}

function wrongType(field: string): Rejected {
  return rejected('credential-malformed', `claim "${field}" has the wrong type`)
}

const fields: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'nbf',
  'nonce',
  'at_hash',
  '_claim_names',
  '_claim_sources',
])

/** A string is a list of one, null elements are `""`; undefined for every other type. */
export function stringOrList(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value]
  if (value === null) return ['']
  if (!Array.isArray(value) || !value.every(isStringOrNull)) return undefined
  return value.map((element) => element ?? '')
}

/**
 * A number, or a string that spells one, as it is written; a fraction is cut off. Undefined for anything
 * else; -Infinity for what is past in Go because it overflows there.
 */
function numericDate(value: unknown, text: string): number | undefined {
  // What follows would say the same of a whole number that a double holds exactly, ten times slower.
  if (Number.isSafeInteger(value)) return Number(value)
  const written = typeof value === 'string' ? value : text
  const match =
    typeof value === 'number' || typeof value === 'string' ? jsonNumber.exec(written) : null
  if (match === null) return undefined
  const [, fraction, exponent] = match
  // Go reads whole numbers exactly, and the others as a double.
  const seconds = fraction === undefined && exponent === undefined ? BigInt(written) : undefined
  const rounded = Math.trunc(Number(written))
  // `1e400` parses as Infinity here and is an error there.
  if (!Number.isFinite(rounded)) return undefined
  const exact = seconds ?? BigInt(rounded)
  return exact <= latestSeconds && exact >= -(2n ** 63n) ? rounded : Number.NEGATIVE_INFINITY
}

function isStringOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

function isMapOf(
  value: unknown,
  accepts: (element: unknown) => boolean,
): value is Readonly<Record<string, unknown>> | null {
  return value === null || (isRecord(value) && Object.values(value).every(accepts))
}

function isClaimSource(value: unknown): boolean {
  if (value === null) return true
  if (!isRecord(value)) return false
  return Object.entries(value).every(
    ([name, member]) =>
      !['endpoint', 'access_token'].includes(foldName(name)) || isStringOrNull(member),
  )
}
