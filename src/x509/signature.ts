import { constants, type KeyObject, verify } from 'node:crypto'
import type { Signed } from './certificate.ts'
import { context, type Der, fieldsOf, readDer, tags, tryRead } from './der.ts'
import { readAlgorithm, readSmallInteger } from './primitives.ts'
import { readPublicKey } from './public-key.ts'

/** How a signature is verified. `null`: Ed25519 hashes by itself. */
type Algorithm =
  | { readonly keyType: 'rsa'; readonly hash: string; readonly saltLength?: number }
  | { readonly keyType: 'ec'; readonly hash: string }
  | { readonly keyType: 'ed25519'; readonly hash: null }

/** What Go accepts; MD5 and SHA-1 it does not. */
const algorithms: ReadonlyMap<string, Algorithm> = new Map([
  ['1.2.840.113549.1.1.11', { keyType: 'rsa', hash: 'sha256' }],
  ['1.2.840.113549.1.1.12', { keyType: 'rsa', hash: 'sha384' }],
  ['1.2.840.113549.1.1.13', { keyType: 'rsa', hash: 'sha512' }],
  ['1.2.840.10045.4.3.2', { keyType: 'ec', hash: 'sha256' }],
  ['1.2.840.10045.4.3.3', { keyType: 'ec', hash: 'sha384' }],
  ['1.2.840.10045.4.3.4', { keyType: 'ec', hash: 'sha512' }],
])

const rsaPss = '1.2.840.113549.1.1.10'
const ed25519 = '1.3.101.112'
const mgf1 = '1.2.840.113549.1.1.8'
const hashes: ReadonlyMap<string, { readonly hash: string; readonly length: number }> = new Map([
  ['2.16.840.1.101.3.4.2.1', { hash: 'sha256', length: 32 }],
  ['2.16.840.1.101.3.4.2.2', { hash: 'sha384', length: 48 }],
  ['2.16.840.1.101.3.4.2.3', { hash: 'sha512', length: 64 }],
])

/** Shorter RSA keys than this Go refuses. */
const minRsaBits = 1024

/** True when the owner of the key (a SubjectPublicKeyInfo) has signed, in a way that Go accepts. */
export function isSignedBy({ message, algorithm, signature }: Signed, publicKey: Buffer): boolean {
  const how = tryRead(() => chooseAlgorithm(algorithm))
  const key = tryRead(() => readPublicKey(publicKey))
  if (how === undefined || key === undefined || key.asymmetricKeyType !== how.keyType) return false
  if (isTooShort(key)) return false
  if (how.keyType === 'rsa' && how.saltLength !== undefined) {
    const { hash, saltLength } = how
    return verify(hash, message, { key, padding, saltLength }, signature)
  }
  return verify(how.hash, message, key, signature)
}

const padding = constants.RSA_PKCS1_PSS_PADDING

function isTooShort({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) < minRsaBits
}

function chooseAlgorithm(identifier: Der): Algorithm | undefined {
  const { oid, parameters } = readAlgorithm(identifier)
  if (oid === rsaPss) return parameters && readPssParameters(parameters)
  // RFC 8410 §3: no parameters, not even NULL.
  if (oid === ed25519) return parameters ? undefined : { keyType: 'ed25519', hash: null }
  return algorithms.get(oid)
}

/** RFC 4055 §3.1, of which Go takes the form with one hash for everything and a salt of its length. */
function readPssParameters(parameters: Der): Algorithm | undefined {
  const fields = fieldsOf(readDer(parameters.raw, tags.sequence).content)
  const hash = readHash(readInside(fields.take(context(0)), tags.sequence))
  const mask = readAlgorithm(readInside(fields.take(context(1)), tags.sequence))
  const saltLength = readSmallInteger(readInside(fields.take(context(2)), tags.integer))
  const trailer = fields.takeOptional(context(3))
  fields.end()
  const trailerField = trailer ? readSmallInteger(readInside(trailer, tags.integer)) : 1
  const maskHash = mask.parameters && readHash(readDer(mask.parameters.raw, tags.sequence))
  if (hash === undefined || mask.oid !== mgf1 || maskHash !== hash || trailerField !== 1) {
    return undefined
  }
  if (saltLength !== hash.length) return undefined
  return { keyType: 'rsa', hash: hash.hash, saltLength }
}

function readHash(identifier: Der): { readonly hash: string; readonly length: number } | undefined {
  const { oid, parameters } = readAlgorithm(identifier)
  const isPlain = parameters === undefined || parameters.raw.equals(Buffer.of(tags.null, 0))
  return isPlain ? hashes.get(oid) : undefined
}

function readInside({ content }: Der, tag: number): Der {
  return readDer(content, tag)
}
