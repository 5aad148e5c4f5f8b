import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { CheckInput } from '../../check-input.ts'
import type { CertificateSource } from '../../config/types.ts'
import { DependencyError } from '../../errors.ts'
import { type Certificate, readCertificate } from '../../x509/certificate.ts'
import { verifyClientChain } from '../../x509/chain.ts'
import { readPemBlocks } from '../../x509/pem.ts'
import { checkRevocation, readRevocationList } from '../../x509/revocation-list.ts'
import type { Rejected } from '../authenticator.ts'
import { rejected } from '../rejected.ts'
import { findPresented, type Presented, readPresented } from './presented-certificate.ts'

/** A certificate that chains to a trusted CA, and what it means. */
export interface Verified<T> {
  readonly kind: 'verified'
  /** The same object as long as the verification is remembered. */
  readonly meaning: T
}

/** Verifies what Envoy says of a client's certificate; undefined when the client has shown none. */
export type CertificateVerifier<T> = (input: CheckInput) => Verified<T> | Rejected | undefined

export interface CertificateVerifierOptions<T> {
  readonly source: CertificateSource
  /** Roots, PEM. */
  readonly clientCA: string
  /** Revocation lists, PEM. */
  readonly crl: string | undefined
  /** What a verified certificate means. It is true until then, in milliseconds since the epoch. */
  readonly interpret: (leaf: Certificate, untilMs: number) => T
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Certificates remembered at most, verified and refused each. Default: 10,000. */
  readonly maxEntries?: number
}

/** How long a refusal is remembered: verifying costs something, and a clock may have been wrong. */
const refusedForMs = 10_000

/**
 * Creates a verifier with kube-apiserver's rules. What it finds is remembered by the SHA-256 of what
 * Envoy said, until a certificate of the chain or a revocation list ends; refusals for 10 s, in a place
 * of their own, so that they push nothing out. Throws a DependencyError when the revocation lists do not
 * say whether the certificate is revoked.
 */
export function createCertificateVerifier<T>(
  options: CertificateVerifierOptions<T>,
): CertificateVerifier<T> {
  const { source, now, maxEntries = 10_000 } = options
  const verify = verifyWith(options)
  const known = new LRUCache<string, Remembered<T>>({ max: maxEntries })
  const refused = new LRUCache<string, Remembered<T>>({ max: maxEntries })
  return (input) => {
    const presented = findPresented(input, source)
    if (presented === undefined) return undefined
    const nowMs = now()
    const key = hash('sha256', presented.text, 'binary')
    const remembered = known.get(key) ?? refused.get(key)
    if (remembered !== undefined && nowMs <= remembered.untilMs) return remembered.outcome
    const found = verify(presented, nowMs)
    known.delete(key)
    const place = found.outcome.kind === 'verified' ? known : refused
    place.set(key, found)
    return found.outcome
  }
}

interface Remembered<T> {
  readonly outcome: Verified<T> | Rejected
  readonly untilMs: number
}

function verifyWith<T>({ clientCA, crl, interpret }: CertificateVerifierOptions<T>) {
  const roots = readTrusted(clientCA, { label: 'CERTIFICATE', read: readCertificate })
  // An empty file is a list that is missing, not one that nobody wants.
  const revocation =
    crl === undefined
      ? undefined
      : checkRevocation(readTrusted(crl, { label: 'X509 CRL', read: readRevocationList }))

  return (presented: Presented, nowMs: number): Remembered<T> => {
    const refusal = (outcome: Rejected) => ({ outcome, untilMs: nowMs + refusedForMs })
    const read = readPresented(presented)
    if (read.kind === 'rejected') return refusal(read)
    const { leaf, intermediates } = read
    const verdict = verifyClientChain(leaf, { roots, intermediates, nowMs })
    if (verdict.kind === 'refused') {
      return refusal(rejected(`credential-${verdict.reason}`, verdict.detail))
    }
    const revoked = revocation?.(verdict.chain, nowMs) ?? neverRevoked
    switch (revoked.kind) {
      case 'revoked':
        return refusal(rejected('credential-invalid', 'the certificate is revoked'))
      case 'unknown':
        throw new DependencyError(
          'revocation-list',
          `Cannot say whether a certificate is revoked: ${revoked.detail}`,
        )
      case 'good': {
        const ends = verdict.chain.map(({ notAfterMs }) => notAfterMs)
        const untilMs = Math.min(revoked.untilMs, ...ends)
        return { outcome: { kind: 'verified', meaning: interpret(leaf, untilMs) }, untilMs }
      }
    }
  }
}

const neverRevoked = { kind: 'good', untilMs: Number.POSITIVE_INFINITY } as const

interface TrustedFile<T> {
  readonly label: string
  readonly read: (bytes: Buffer) => T | undefined
}

/** What the operator trusts; the configuration has checked it, so anything else is a bug. */
function readTrusted<T>(pem: string, { label, read }: TrustedFile<T>): readonly T[] {
  return readPemBlocks(pem, label).map((bytes) => {
    const value = bytes && read(bytes)
    if (value === undefined) throw new TypeError(`Cannot read a ${label} of the configuration`)
    return value
  })
}
