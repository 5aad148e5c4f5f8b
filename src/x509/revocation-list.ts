import { type Certificate, readSigned, type Signed } from './certificate.ts'
import { context, type Der, DerError, fieldsOf, readDer, tags, tryRead } from './der.ts'
import { readExtensionList } from './extensions.ts'
import { readName } from './name.ts'
import { isTime, readOid, readPositiveHex, readSmallInteger, readTime } from './primitives.ts'
import { isSignedBy } from './signature.ts'

/** A list of revoked certificates, as somebody claims it; nothing here is verified. */
export interface RevocationList {
  readonly issuer: Buffer
  /** Milliseconds since the epoch. */
  readonly thisUpdateMs: number
  /** When the next list is due, and this one says nothing any more. */
  readonly nextUpdateMs: number
  /** Hexadecimal, as {@link Certificate.serialNumber}. */
  readonly serialNumbers: ReadonlySet<string>
  readonly signed: Signed
}

/**
 * Reads a revocation list ({@link https://www.rfc-editor.org/rfc/rfc5280#section-5.1 RFC 5280 §5.1});
 * undefined when it cannot be read, when it has no nextUpdate, which that section asks for, and when it
 * is one of a part only: a delta, or for some certificates, or for those of other issuers.
 */
export function readRevocationList(bytes: Buffer): RevocationList | undefined {
  return tryRead(() => {
    const { message, algorithm, signature } = readSigned(bytes)
    const fields = fieldsOf(readDer(message, tags.sequence).content)
    const version = fields.takeOptional(tags.integer)
    if (version !== undefined && readSmallInteger(version) !== 1) throw new DerError('no version')
    if (!fields.take(tags.sequence).raw.equals(algorithm.raw)) {
      throw new DerError('two signature algorithms')
    }
    const issuer = fields.take(tags.sequence)
    readName(issuer)
    const thisUpdateMs = readTime(fields.takeAny())
    const nextUpdateMs = readTime(fields.takeAny())
    const serialNumbers = readEntries(fields.takeOptional(tags.sequence))
    const extensions = readExtensionList(fields.takeOptional(context(0)))
    fields.end()
    // Each of the extensions that say "of a part only" is critical, and so would be what is unknown.
    if ([...extensions.values()].some(({ isCritical }) => isCritical)) {
      throw new DerError('a critical extension')
    }
    const signed = { message, algorithm, signature }
    return { issuer: issuer.raw, thisUpdateMs, nextUpdateMs, serialNumbers, signed }
  })
}

function readEntries(list: Der | undefined): ReadonlySet<string> {
  const serialNumbers = new Set<string>()
  if (list === undefined) return serialNumbers
  const entries = fieldsOf(list.content)
  while (!entries.isEmpty()) {
    const fields = fieldsOf(entries.take(tags.sequence).content)
    serialNumbers.add(readPositiveHex(fields.take(tags.integer)))
    if (!isTime(fields.takeAny().tag)) throw new DerError('no time')
    refuseOtherIssuers(fields.takeOptional(tags.sequence))
    fields.end()
  }
  return serialNumbers
}

const certificateIssuer = '2.5.29.29'

/** An entry may name another issuer; the entries after it would be of that one too. */
function refuseOtherIssuers(list: Der | undefined): void {
  if (list === undefined) return
  const extensions = fieldsOf(list.content)
  while (!extensions.isEmpty()) {
    const oid = readOid(fieldsOf(extensions.take(tags.sequence).content).take(tags.oid))
    if (oid === certificateIssuer) throw new DerError('an entry of another issuer')
  }
}

/** What the lists say about a chain. */
export type RevocationVerdict =
  /** No certificate of it is revoked; true until then, milliseconds since the epoch. */
  | { readonly kind: 'good'; readonly untilMs: number }
  | { readonly kind: 'revoked' }
  /** There is no current list for one of its CAs: nobody knows. */
  | { readonly kind: 'unknown'; readonly detail: string }

/** keyUsage bit of those who may sign revocation lists. */
const crlSign = 6

/** Tells for a chain what revocation lists say at a time, in milliseconds since the epoch. */
export type RevocationCheck = (chain: readonly Certificate[], nowMs: number) => RevocationVerdict

/**
 * Looks for each certificate of a chain in the list of its issuer. As in Envoy, every CA of the chain
 * must have a list that it has signed and that is not out of date: a missing list proves nothing.
 */
export function checkRevocation(lists: readonly RevocationList[]): RevocationCheck {
  const isListOf = rememberSigners()
  return (chain, nowMs) => {
    let untilMs = Number.POSITIVE_INFINITY
    let unknown: string | undefined
    for (const [at, { serialNumber }] of chain.slice(0, -1).entries()) {
      const issuer = chain[at + 1]
      const own = lists.filter((list) => issuer !== undefined && isListOf(list, issuer))
      // Also by a list that is out of date: what was revoked stays so.
      if (own.some((list) => list.serialNumbers.has(serialNumber))) return { kind: 'revoked' }
      const current = own.filter((list) => list.thisUpdateMs <= nowMs && nowMs <= list.nextUpdateMs)
      const lastMs = Math.max(...current.map(({ nextUpdateMs }) => nextUpdateMs))
      if (current.length > 0) untilMs = Math.min(untilMs, lastMs)
      else unknown ??= own.length > 0 ? 'the list of a CA is out of date' : 'a CA has no list'
    }
    return unknown === undefined ? { kind: 'good', untilMs } : { kind: 'unknown', detail: unknown }
  }
}

/** A list can be many megabytes long: its signature is verified once for the CA that made it. */
function rememberSigners(): (list: RevocationList, ca: Certificate) => boolean {
  const signers = new Map<RevocationList, Buffer>()
  return (list, { subject, publicKey, extensions: { keyUsage } }) => {
    if (!list.issuer.equals(subject) || (keyUsage.size > 0 && !keyUsage.has(crlSign))) return false
    if (signers.get(list)?.equals(publicKey) === true) return true
    if (!isSignedBy(list.signed, publicKey)) return false
    signers.set(list, publicKey)
    return true
  }
}
