import { constants, type VerifyKeyObjectInput, verify } from 'node:crypto'
import { promisify } from 'node:util'
import type { VerificationKey } from './jwk.ts'
import type { Algorithm, Jws } from './jws.ts'

type Scheme = 'RS' | 'PS' | 'ES'

/**
 * RSA keys up to this size are verified on the event loop: that takes 30 µs, and handing the work to
 * another thread and back costs as much again. Everything slower (P-256 takes 75 µs, P-521 over a
 * millisecond) goes to the thread pool, so that no other check waits for it.
 */
const quickBits = 2048

const digests: Readonly<Record<string, string>> = { 256: 'sha256', 384: 'sha384', 512: 'sha512' }

/** Bytes of `r` and of `s` ({@link https://www.rfc-editor.org/rfc/rfc7518#section-3.4 RFC 7518 §3.4}). */
const scalarBytes: Readonly<Partial<Record<Algorithm, number>>> = {
  ES256: 32,
  ES384: 48,
  ES512: 66,
}

/**
 * Whether `key` made the signature. As in kube-apiserver the algorithm must fit the type of the key but
 * not its curve, and PSS salts have any length; a DER signature never verifies.
 */
export async function verifySignature(jws: Jws, key: VerificationKey): Promise<boolean> {
  const scheme = schemeOf(jws.algorithm)
  if ((scheme === 'ES') !== (key.keyType === 'EC')) return false
  const signature = scheme === 'ES' ? fitToCurve(jws, key) : jws.signature
  const digest = digests[jws.algorithm.slice(2)]
  if (signature === undefined || digest === undefined) return false
  // The key by itself takes a third less time; its padding is then PKCS #1 v1.5, which RS* is.
  const input = scheme === 'RS' ? key.keyObject : { key: key.keyObject, ...options[scheme] }
  return key.keyType === 'RSA' && key.bits <= quickBits
    ? verify(digest, jws.signingInput, input, signature)
    : verifyInPool(digest, jws.signingInput, input, signature)
}

const verifyInPool = promisify(verify)

const options: Readonly<Record<'PS' | 'ES', Omit<VerifyKeyObjectInput, 'key'>>> = {
  PS: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO },
  ES: { dsaEncoding: 'ieee-p1363' },
}

function schemeOf(algorithm: Algorithm): Scheme {
  if (algorithm.startsWith('RS')) return 'RS'
  return algorithm.startsWith('PS') ? 'PS' : 'ES'
}

/**
 * The algorithm says how long `r` and `s` are, OpenSSL wants them as long as the curve of the key. They
 * differ for a token of ES384 and a key of P-256, which kube-apiserver verifies.
 */
function fitToCurve({ algorithm, signature }: Jws, { bits }: VerificationKey): Buffer | undefined {
  const size = scalarBytes[algorithm] ?? 0
  if (signature.length !== 2 * size) return undefined
  const wanted = bits / 8
  if (size === wanted) return signature
  const scalars = [signature.subarray(0, size), signature.subarray(size)].map((scalar) => {
    const excess = Math.max(size - wanted, 0)
    if (scalar.subarray(0, excess).some((byte) => byte !== 0)) return undefined
    return Buffer.concat([Buffer.alloc(Math.max(wanted - size, 0)), scalar.subarray(excess)])
  })
  const [r, s] = scalars
  return r === undefined || s === undefined ? undefined : Buffer.concat([r, s])
}
