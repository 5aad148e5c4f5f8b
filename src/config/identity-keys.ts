import {
  createPrivateKey,
  createPublicKey,
  hash,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { isRecord } from '../json/record.ts'
import { keyAlgorithms, usableKeys } from './key-algorithms.ts'
import { isPair, unmatchedHalves } from './key-pair.ts'
import { type Loading, type NamedFile, readNamedFile, reportFile } from './secrets.ts'

/** The keys of Attaché's own JWTs. */
export interface IdentityKeys {
  readonly signingKey: SigningKey
  /** Of all keys, in order. */
  readonly keyIDs: readonly string[]
  /** The public halves of all keys, as a JWK Set (RFC 7517 §5). */
  readonly jwks: string
}

interface SigningKey {
  readonly keyID: string
  readonly algorithm: string
  /** PKCS #8, PEM: a secret. */
  readonly pem: string
}

interface ReadKey {
  readonly keyID: string
  readonly algorithm: string
  /** Undefined for a public key: one that no longer signs. */
  readonly pem: string | undefined
  readonly publicJwk: JsonWebKey
}

/**
 * The keys of a file that holds PEM blocks, a JWK Set, or both one after the other: the first signs. What
 * is wrong with it is reported in words that hold none of it.
 */
export function readIdentityKeys(loading: Loading, named: NamedFile): IdentityKeys | undefined {
  const text = readNamedFile(loading, named)
  if (text === undefined) return undefined
  const refuse = (why: string) => reportFile(loading, named.path, why)
  const list = keysIn(text)
  if (list === undefined) {
    return refuse(
      'it must be private keys in PEM, or a JWK Set: {"keys": [ … ]}, with one or more; make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256',
    )
  }
  const published: object[] = []
  const ids = new Set<string>()
  let signingKey: SigningKey | undefined
  for (const [index, source] of list.entries()) {
    const key = typeof source === 'string' ? readPemKey(source) : readJwk(source.jwk)
    if (typeof key === 'string') return refuse(`key ${index + 1} ${key}`)
    if (ids.has(key.keyID)) return refuse(`key ${index + 1} has the "kid" of another`)
    ids.add(key.keyID)
    if (index === 0) {
      if (key.pem === undefined) return refuse('key 1 is public, and the first one signs')
      signingKey = { keyID: key.keyID, algorithm: key.algorithm, pem: key.pem }
    }
    published.push({ ...key.publicJwk, kid: key.keyID, alg: key.algorithm, use: 'sig' })
  }
  return (
    signingKey && { signingKey, keyIDs: [...ids], jwks: `${JSON.stringify({ keys: published })}\n` }
  )
}

/** A PEM block, or a member of a JWK Set. */
type KeySource = string | { readonly jwk: unknown }

const pemBlock = /(-----BEGIN ([A-Z0-9 ]+)-----[^-]*(?:-[^-]+)*-----END \2-----)/

/** Undefined where there is anything else: a block whose first line is misspelt must not be overlooked. */
function keysIn(text: string): readonly KeySource[] | undefined {
  const found: KeySource[] = []
  // Between the blocks stands what is no block; each block is followed by its label.
  for (const [index, part] of text.split(pemBlock).entries()) {
    if (index % 3 === 1) found.push(part)
    if (index % 3 !== 0 || part.trim() === '') continue
    const set = keySetIn(part)
    if (set === undefined) return undefined
    found.push(...set.map((jwk) => ({ jwk })))
  }
  // What `openssl ecparam -genkey` prints in front of a key; the key says it again.
  const keys = found.filter((one) => typeof one !== 'string' || labelOf(one) !== 'EC PARAMETERS')
  return keys.length > 0 ? keys : undefined
}

function keySetIn(text: string): readonly unknown[] | undefined {
  try {
    const set: unknown = JSON.parse(text)
    const keys: unknown = isRecord(set) ? set['keys'] : undefined
    return Array.isArray(keys) ? [...(keys as readonly unknown[])] : undefined
  } catch {
    return undefined
  }
}

function labelOf(block: string): string {
  return /^-----BEGIN ([A-Z0-9 ]+)-----/.exec(block)?.[1] ?? ''
}

const privateLabels: ReadonlySet<string> = new Set([
  'PRIVATE KEY',
  'EC PRIVATE KEY',
  'RSA PRIVATE KEY',
])

/** The key, or what is wrong with it. */
function readPemKey(block: string): ReadKey | string {
  const label = labelOf(block)
  // PKCS #8, and the older form of OpenSSL.
  if (label === 'ENCRYPTED PRIVATE KEY' || block.includes('ENCRYPTED')) {
    return 'is encrypted: write it without a passphrase, with: openssl pkey -in KEY'
  }
  const isPrivate = privateLabels.has(label)
  if (!isPrivate && label !== 'PUBLIC KEY') {
    return `is a block of "${label}": it must be one of "PRIVATE KEY"`
  }
  let key: KeyObject
  try {
    key = isPrivate ? createPrivateKey(block) : createPublicKey(block)
  } catch {
    return 'is a damaged PEM block'
  }
  const [algorithm] = keyAlgorithms(key)
  if (algorithm === undefined) return `must be ${usableKeys}`
  if (isPrivate && !isPair(key)) return unmatchedHalves
  const halves = halvesOf(key)
  return { keyID: thumbprint(halves.publicJwk), algorithm, ...halves }
}

function readJwk(jwk: unknown): ReadKey | string {
  if (!isRecord(jwk)) return 'is no object'
  const { kid, alg } = jwk
  if (typeof kid !== 'string' || kid === '') return 'has no "kid"'
  let key: KeyObject
  try {
    const input = { key: jwk, format: 'jwk' } as const
    key = Object.hasOwn(jwk, 'd') ? createPrivateKey(input) : createPublicKey(input)
  } catch {
    return 'is no JWK of an RSA, EC or Ed25519 key'
  }
  const fitting = keyAlgorithms(key)
  const [usual] = fitting
  if (usual === undefined) return `must be ${usableKeys}`
  const algorithm = fitting.find((name) => name === (alg ?? usual))
  if (algorithm === undefined) return `has an "alg" that does not fit: use ${fitting.join(', ')}`
  if (key.type === 'private' && !isPair(key, jwk)) return unmatchedHalves
  return { keyID: kid, algorithm, ...halvesOf(key) }
}

function halvesOf(key: KeyObject): Pick<ReadKey, 'pem' | 'publicJwk'> {
  if (key.type === 'public') return { pem: undefined, publicJwk: key.export({ format: 'jwk' }) }
  return {
    pem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicJwk: createPublicKey(key).export({ format: 'jwk' }),
  }
}

/**
 * The name of a key that has none, the same wherever it is made
 * ({@link https://www.rfc-editor.org/rfc/rfc7638#section-3 RFC 7638 §3}).
 */
function thumbprint(publicJwk: JsonWebKey): string {
  // A public key of Node.js has the required members and no others.
  const members = Object.entries(publicJwk).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return hash('sha256', JSON.stringify(Object.fromEntries(members)), 'base64url')
}
