/**
 * Sealing: text that only Attaché can have written and only Attaché can read, so that a browser can
 * keep it. The form is a compact JWE (`dir`, `A256GCM`), written with node:crypto: synchronous and
 * many times cheaper than WebCrypto, which counts where each check may open one.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'

/** What a sealed text is for. One sealed for another purpose does not open. */
export type SealPurpose =
  | 'session'
  | 'redis-session'
  | 'sign-in-state'
  | 'sign-out-state'
  | 'gateway-pass'

/** Gives `size` bytes that nobody can guess, as `randomBytes` of node:crypto does. */
export type Random = (size: number) => Uint8Array

export interface Sealer {
  /** A compact JWE: base64url and dots only. */
  readonly seal: (text: string) => string
  /** The text, or undefined for anything that was not sealed for this purpose with one of the keys. */
  readonly open: (sealed: string) => string | undefined
}

export interface SealerOptions {
  /** 32 bytes or more each. The first seals, all open. */
  readonly keys: readonly Uint8Array[]
  readonly purpose: SealPurpose
  readonly random: Random
}

/** Goes into the key derivation and the header; a new form of the sealed text gets a new number. */
const formatVersion = 2
const minKeyBytes = 32
const ivBytes = 12
const tagBytes = 16

/** Header, no encrypted key (`dir`), 12 bytes of IV, ciphertext, 16 bytes of tag. */
const compactForm = /^([\w-]+)\.\.([\w-]{16})\.([\w-]*)\.([\w-]{22})$/

interface PurposeKey {
  readonly header: string
  readonly aad: Buffer
  /** A KeyObject: from raw bytes each operation would first make one, which costs more than itself. */
  readonly key: KeyObject
}

/**
 * A {@link Sealer} for one purpose. The whole protected header of a sealed text must equal one that
 * this sealer itself would write, so nothing in a header is ever interpreted: no `zip`, no other `alg`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7516#section-7.1 RFC 7516 §7.1}
 */
export function createSealer({ keys, purpose, random }: SealerOptions): Sealer {
  const purposeKeys = keys.map((key) => derive(key, purpose))
  const [sealing] = purposeKeys
  if (sealing === undefined) throw new RangeError('Cannot seal: no key given')
  const opening = new Map(purposeKeys.map((key) => [key.header, key]))
  return {
    seal: (text) => {
      const iv = random(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', sealing.key, iv).setAAD(sealing.aad)
      const ciphertext = cipher.update(Buffer.from(text)) // GCM is a stream: nothing is left for final()
      cipher.final()
      const [ivText, cipherText, tag] = [iv, ciphertext, cipher.getAuthTag()].map(base64url)
      return `${sealing.header}..${ivText}.${cipherText}.${tag}`
    },
    open: (sealed) => {
      const [, header = '', iv = '', ciphertext = '', tag = ''] = compactForm.exec(sealed) ?? []
      const key = opening.get(header)
      return key === undefined ? undefined : decrypt(key, { iv, ciphertext, tag })
    },
  }
}

function derive(key: Uint8Array, purpose: SealPurpose): PurposeKey {
  if (key.byteLength < minKeyBytes) {
    throw new RangeError(`Cannot seal: a key has ${key.byteLength} bytes, use 32 or more`)
  }
  const expand = (info: string, size: number) =>
    Buffer.from(hkdfSync('sha256', key, '', `attache/v${formatVersion}/${info}`, size))
  const header = Buffer.from(
    JSON.stringify({
      alg: 'dir',
      enc: 'A256GCM',
      kid: expand(`${purpose}/kid`, 6).toString('base64url'),
      typ: `attache-${purpose}-v${formatVersion}`,
    }),
  ).toString('base64url')
  // RFC 7516 §5.1 step 14: the additional authenticated data is the encoded header.
  return { header, aad: Buffer.from(header, 'ascii'), key: createSecretKey(expand(purpose, 32)) }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

function decrypt(
  { aad, key }: PurposeKey,
  { iv, ciphertext, tag }: { iv: string; ciphertext: string; tag: string },
): string | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(aad)
  decipher.setAuthTag(Buffer.from(tag, 'base64url'))
  const text = decipher.update(ciphertext, 'base64url')
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    return undefined // the tag does not fit: tampered with, or another key of the same kid
  }
}
