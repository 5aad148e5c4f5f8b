/**
 * What stands in Redis for one session, and under which name. Both come from a secret that only the
 * browser has, so that a copy of the database says nothing, not even whose cookie would fit.
 *
 * A value is: 1 byte of format, 4 of version, 6 of last use (milliseconds since the epoch), 12 of IV,
 * the record under AES-256-GCM, 16 of tag. Scripts compare and write the first eleven as they are.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { decodeRecord, encodeRecord, type SessionRecord } from '../record.ts'
import type { Random } from '../seal.ts'
import type { StoredSession } from '../store.ts'

/** Where a session is, and what opens it. */
export interface SessionKey {
  /** Letters, digits, `-` and `_`; tells nothing about the secret. */
  readonly name: string
  readonly key: KeyObject
}

/** What a value says without a key. */
export interface ValueHead {
  readonly version: number
  readonly lastUsedAtMs: number
}

/** Bytes of the browser's secret. */
export const secretBytes = 32

const format = 1
const headBytes = 11
const versionAt = 1
const lastUseAt = 5
const ivBytes = 12
const tagBytes = 16
const nameBytes = 16

/** Characters of {@link SessionKey.name}. */
export const nameLength = Math.ceil((nameBytes * 4) / 3)

/** The name and the key of a browser's secret. */
export function sessionKeyOf(secret: Uint8Array): SessionKey {
  const derived = Buffer.from(
    hkdfSync('sha256', secret, '', `attache/redis-session/v${format}`, nameBytes + 32),
  )
  return {
    name: derived.toString('base64url', 0, nameBytes),
    key: createSecretKey(derived.subarray(nameBytes)),
  }
}

/** The whole value of a session. */
export function sealValue(
  { record, ...head }: StoredSession,
  { session, random }: { readonly session: SessionKey; readonly random: Random },
): Buffer {
  const iv = random(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', session.key, iv).setAAD(
    additionalData(session.name, head.version),
  )
  const sealed = cipher.update(encodeRecord(record)) // GCM is a stream: nothing is left for final()
  cipher.final()
  return Buffer.concat([encodeHead(head), iv, sealed, cipher.getAuthTag()])
}

/** What it says of itself; undefined when it is none of this format. */
export function readHead(value: Buffer): ValueHead | undefined {
  if (value[0] !== format || value.length < headBytes + ivBytes + tagBytes) return undefined
  return {
    version: value.readUInt32BE(versionAt),
    lastUsedAtMs: value.readUIntBE(lastUseAt, headBytes - lastUseAt),
  }
}

/** The record; undefined for anything that was not sealed with this key, for this name and version. */
export function openValue(value: Buffer, session: SessionKey): SessionRecord | undefined {
  const head = readHead(value)
  if (head === undefined) return undefined
  const sealed = value.subarray(headBytes + ivBytes, -tagBytes)
  const iv = value.subarray(headBytes, headBytes + ivBytes)
  const decipher = createDecipheriv('aes-256-gcm', session.key, iv, { authTagLength: tagBytes })
  decipher.setAAD(additionalData(session.name, head.version))
  decipher.setAuthTag(value.subarray(-tagBytes))
  const text = decipher.update(sealed)
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return decodeRecord(text.toString('utf8'))
}

/** Whether the two are the same but for their last use. */
export function isSameSealed(a: Buffer, b: Buffer): boolean {
  const part = (from: number, to: number) => a.compare(b, from, to, from, to) === 0
  return a.length === b.length && part(0, lastUseAt) && part(headBytes, a.length)
}

/** The bytes of a version, as a script compares them. */
export function encodeVersion(version: number): Buffer {
  return encodeHead({ version, lastUsedAtMs: 0 }).subarray(versionAt, lastUseAt)
}

/** The bytes of a time of last use, as a script writes them. */
export function encodeLastUse(lastUsedAtMs: number): Buffer {
  return encodeHead({ version: 0, lastUsedAtMs }).subarray(lastUseAt)
}

function encodeHead({ version, lastUsedAtMs }: ValueHead): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeUInt8(format)
  head.writeUInt32BE(version, versionAt)
  head.writeUIntBE(lastUsedAtMs, lastUseAt, headBytes - lastUseAt)
  return head
}

/** What is not secret and must not be swapped: whose value it is, and which of them. */
function additionalData(name: string, version: number): Buffer {
  return Buffer.from(`attache/redis-session/v${format} ${name} ${version}`)
}
