import type { Certificate } from './certificate.ts'
import { isSignedBy } from './signature.ts'

/** What came of a certificate. */
export type ChainVerdict =
  /** From the certificate itself to a root. */
  | { readonly kind: 'chain'; readonly chain: readonly Certificate[] }
  | { readonly kind: 'refused'; readonly reason: 'untrusted' | 'expired'; readonly detail: string }

export interface ChainOptions {
  readonly roots: readonly Certificate[]
  /** What came with the certificate; nobody vouches for them. */
  readonly intermediates: readonly Certificate[]
  /** Milliseconds since the epoch. */
  readonly nowMs: number
}

const clientAuth = '1.3.6.1.5.5.7.3.2'
const anyUsage = '2.5.29.37.0'
/** keyUsage bit of those who may sign certificates. */
const keyCertSign = 5

/**
 * Signatures that are verified for one certificate at most: by roots as many as Go verifies of all, for
 * many clusters name their CAs alike; by what came with it two for each that may come, because the
 * client has chosen those keys and who signs whom among them.
 */
const maxSignatures = { root: 100, intermediate: 20 }

/**
 * Looks for a chain from a client's certificate to a root, with kube-apiserver's rules: those of Go's
 * crypto/x509 with the extended key usage clientAuth. Where Go works out name constraints and policies
 * this refuses, so that a yes here is a yes there.
 */
export function verifyClientChain(leaf: Certificate, options: ChainOptions): ChainVerdict {
  const fault = faultOf(leaf, { below: [], isRoot: false, nowMs: options.nowMs })
  if (fault !== undefined) return fault
  // A certificate that the operator lists itself needs nobody to vouch for it.
  const isListed = options.roots.some(({ raw }) => raw.equals(leaf.raw))
  const search: Search = { ...options, left: { ...maxSignatures }, fault: undefined }
  const chain = isListed ? usable([leaf], search) : extend([leaf], search)
  if (chain !== undefined) return { kind: 'chain', chain }
  return search.fault ?? refused('untrusted', 'no chain of certificates leads to a trusted CA')
}

type Fault = ChainVerdict & { readonly kind: 'refused' }

type IssuerKind = keyof typeof maxSignatures

interface Search extends ChainOptions {
  /** Signatures that may still be verified. */
  readonly left: Record<IssuerKind, number>
  /** Why the first way that seemed to lead somewhere did not. */
  fault: Fault | undefined
}

/** The first whole chain that begins like this one: by a root if one will do, else by an intermediate. */
function extend(below: readonly Certificate[], search: Search): readonly Certificate[] | undefined {
  for (const kind of ['root', 'intermediate'] as const) {
    const isRoot = kind === 'root'
    for (const issuer of isRoot ? search.roots : search.intermediates) {
      if (!mayBeIssuer(issuer, below)) continue
      if (search.left[kind]-- <= 0) return undefined
      if (!hasSigned(issuer, below)) continue
      const fault = faultOf(issuer, { below, isRoot, nowMs: search.nowMs })
      if (fault !== undefined) {
        search.fault ??= fault
        continue
      }
      const chain = [...below, issuer]
      const found = isRoot ? usable(chain, search) : extend(chain, search)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** Names fit, and no certificate stands twice in the chain. */
function mayBeIssuer(issuer: Certificate, below: readonly Certificate[]): boolean {
  const child = below.at(-1)
  if (child === undefined || !issuer.subject.equals(child.issuer)) return false
  return !below.some(
    ({ subject, publicKey }) =>
      subject.equals(issuer.subject) && publicKey.equals(issuer.publicKey),
  )
}

function hasSigned(issuer: Certificate, below: readonly Certificate[]): boolean {
  const child = below.at(-1)
  const { basicConstraints, keyUsage } = issuer.extensions
  // RFC 5280 §4.2.1.9; before version 3 there was nothing to say it with.
  if (basicConstraints === undefined ? issuer.version === 3 : !basicConstraints.isCa) return false
  if (keyUsage.size > 0 && !keyUsage.has(keyCertSign)) return false
  return child !== undefined && isSignedBy(child.signed, issuer.publicKey)
}

interface Place {
  /** The chain from the client's certificate to just below this one. */
  readonly below: readonly Certificate[]
  readonly isRoot: boolean
  readonly nowMs: number
}

/** Why this certificate cannot stand here. */
function faultOf(certificate: Certificate, { below, isRoot, nowMs }: Place): Fault | undefined {
  const { extensions, notBeforeMs, notAfterMs } = certificate
  const whose = below.length === 0 ? 'the certificate' : 'a CA of the certificate'
  if (extensions.unsupported !== undefined) {
    return refused('untrusted', `${whose}: ${extensions.unsupported}`)
  }
  if (nowMs < notBeforeMs) return refused('untrusted', `${whose} is not valid yet`)
  if (nowMs > notAfterMs) return refused('expired', `${whose} has expired`)
  const { basicConstraints } = extensions
  if (below.length > 0 && !isRoot && basicConstraints?.isCa !== true) {
    return refused('untrusted', `${whose} is not one of a CA`)
  }
  if (below.length - 1 > (basicConstraints?.maxPathLength ?? Number.POSITIVE_INFINITY)) {
    return refused('untrusted', `${whose} allows no chain of this length`)
  }
  if (
    extensions.hasNameConstraints &&
    below.some((child) => child.extensions.hasAlternativeNames)
  ) {
    return refused('untrusted', `${whose} constrains names, which is not supported`)
  }
  return undefined
}

/** The chain if everything in it may be used for clients. */
function usable(chain: readonly Certificate[], search: Search): readonly Certificate[] | undefined {
  const isForClients = chain.every(
    ({ extensions: { extendedKeyUsages: usages } }) =>
      usages.length === 0 || usages.includes(clientAuth) || usages.includes(anyUsage),
  )
  if (isForClients) return chain
  search.fault ??= refused(
    'untrusted',
    'the certificate is not one for clients (extended key usage)',
  )
  return undefined
}

function refused(reason: Fault['reason'], detail: string): Fault {
  return { kind: 'refused', reason, detail }
}
