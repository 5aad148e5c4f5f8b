import { constants, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto'
import { promisify } from 'node:util'
import type { Awaitable } from '../../awaitable.ts'
import type { VerificationKey } from './jwk.ts'
import type { Algorithm, Jws } from './jws.ts'

type Scheme = 'RS' | 'PS' | 'ES'

/**
 * RSA keys up to this size are verified on the event loop: that takes 20 µs, and handing the work to
 * another thread and back costs as much again. Everything slower (P-256 takes 55 µs, P-521 over a
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
export function verifySignature(jws: Jws, key: VerificationKey): Awaitable<boolean> {
  const scheme = schemeOf(jws.algorithm)
  if ((scheme === 'ES') !== (key.keyType === 'EC')) return false
  const signature = scheme === 'ES' ? toDer(jws) : ofModulus(jws.signature, key.bits)
  const digest = digests[jws.algorithm.slice(2)]
  if (signature === undefined || digest === undefined) return false
  const input = keyInput(scheme, key.keyObject)
  return key.keyType === 'RSA' && key.bits <= quickBits
    ? verify(digest, jws.signingInput, input, signature)
    : verifyInPool(digest, jws.signingInput, input, signature)
}

const verifyInPool = promisify(verify)

/**
 * The key by itself where that says enough: PKCS #1 v1.5 of RS*, and DER of ES*, are node:crypto's
 * defaults. An object around it costs 12 µs for each verification, `ieee-p1363` another 8.
 */
function keyInput(scheme: Scheme, key: KeyObject): KeyObject | VerifyKeyObjectInput {
  if (scheme !== 'PS') return key
  return {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_AUTO,
  }
}

function schemeOf(algorithm: Algorithm): Scheme {
  if (algorithm.startsWith('RS')) return 'RS'
  return algorithm.startsWith('PS') ? 'PS' : 'ES'
}

/**
 * A signature as long as the modulus: OpenSSL takes one of PS* whose first byte is zero without it, too, and
 * RFC 8017 and Go do not ({@link https://www.rfc-editor.org/rfc/rfc8017#section-8.1.2 RFC 8017 §8.1.2}).
 */
function ofModulus(signature: Buffer, bits: number): Buffer | undefined {
  return signature.length === Math.ceil(bits / 8) ? signature : undefined
}

/**
 * A signature of ES* as OpenSSL takes it: an ASN.1 sequence of `r` and `s`
 * ({@link https://www.rfc-editor.org/rfc/rfc3279#section-2.2.3 RFC 3279 §2.2.3}). Only the algorithm says
 * how long the two are: kube-apiserver verifies a token of ES384 by a key of P-256.
 */
function toDer({ algorithm, signature }: Jws): Buffer | undefined {
  const size = scalarBytes[algorithm] ?? 0
  if (signature.length !== 2 * size) return undefined
  const r = derInteger(signature.subarray(0, size))
  const s = derInteger(signature.subarray(size))
  const length = r.length + s.length
  // From 128 on the length takes a byte of its own; two scalars are never longer than 255.
  const head = length < 0x80 ? [0x30, length] : [0x30, 0x81, length]
  return Buffer.concat([Buffer.from(head), r, s])
}

/** In as few bytes as hold it, with a zero before a high bit, which would make it negative. */
function derInteger(scalar: Buffer): Buffer {
  let start = 0
  while (start < scalar.length - 1 && scalar[start] === 0) start += 1
  const digits = scalar.subarray(start)
  const zero = (digits[0] ?? 0) >= 0x80 ? [0] : []
  return Buffer.concat([Buffer.from([0x02, digits.length + zero.length, ...zero]), digits])
}
