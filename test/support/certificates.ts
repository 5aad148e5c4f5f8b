/**
 * A certificate authority in a few lines, since no tool makes certificates as wrong as tests need them.
 * What it signs is as real as its input.
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { bitString, der, integer, oid, sequence, time, utf8String } from './der-writer.ts'

/** A certificate and its key. */
export interface Issued {
  readonly der: Buffer
  readonly pem: string
  readonly key: string
  /** As written in what it signs. */
  readonly subject: Buffer
  readonly keyPair: KeyPair
}

/** An attribute: type with dots and a text, or a value of any kind. */
export type NameAttribute = readonly [type: string, value: string | Buffer]

/** What to put into a certificate; by default a valid one for a client. */
export interface CertificateOptions {
  /** Each entry is a relative name; one of several attributes is an array of them. */
  readonly name: readonly (NameAttribute | readonly NameAttribute[])[]
  /** Who signs; by default itself. */
  readonly issuer?: Issued
  /** Written in the place of the issuer's own name. */
  readonly issuerName?: Buffer
  readonly serialNumber?: number | Buffer
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** Already encoded: see {@link extension}. */
  readonly extensions?: readonly Buffer[]
  readonly version?: 1 | 3
  readonly keyPair?: KeyPair
  readonly algorithm?: SignatureAlgorithm
  /** A last change of the encoded tbsCertificate, before it is signed. */
  readonly edit?: (tbs: Buffer) => Buffer
}

/** A pair of keys, as node:crypto makes them. */
export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** An AlgorithmIdentifier and how to sign so. */
export interface SignatureAlgorithm {
  readonly identifier: Buffer
  readonly sign: (message: Buffer, key: KeyObject) => Buffer
}

const ecdsaSha256: SignatureAlgorithm = {
  identifier: sequence(oid('1.2.840.10045.4.3.2')),
  sign: (message, key) => sign('sha256', message, key),
}

/** A P-256 key pair. */
export function ecKeys(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** Attribute types. */
export const cn = '2.5.4.3'
export const o = '2.5.4.10'
export const uid = '1.3.6.1.4.1.57683.2'

/** An extension, critical or not. */
export function extension(type: string, value: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? [der(0x01, Buffer.of(0xff))] : []
  return sequence(oid(type), critical, der(0x04, value))
}

/** The extensions that tests ask for most. */
export const extensions = {
  ca: (maxPathLength?: number): Buffer => {
    const limit = maxPathLength === undefined ? [] : [integer(maxPathLength)]
    return extension('2.5.29.19', sequence(der(0x01, Buffer.of(0xff)), limit), true)
  },
  /** digitalSignature is bit 0, keyCertSign 5, cRLSign 6. */
  keyUsage: (...bits: readonly number[]): Buffer => {
    const byte = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0)
    const unused = byte === 0 ? 0 : Math.log2(byte & -byte)
    return extension('2.5.29.15', der(0x03, Buffer.of(unused, byte)), true)
  },
  usages: (...types: readonly string[]): Buffer => extension('2.5.29.37', sequence(types.map(oid))),
}

export const clientAuth = '1.3.6.1.5.5.7.3.2'
export const serverAuth = '1.3.6.1.5.5.7.3.1'

/** Encodes a Name. */
function encodeName(name: CertificateOptions['name']): Buffer {
  return sequence(
    name.map((relative) => {
      const attributes = isAttribute(relative) ? [relative] : relative
      return der(
        0x31,
        attributes.map(([type, value]) =>
          sequence(oid(type), typeof value === 'string' ? utf8String(value) : value),
        ),
      )
    }),
  )
}

function isAttribute(
  relative: NameAttribute | readonly NameAttribute[],
): relative is NameAttribute {
  return typeof relative[0] === 'string'
}

let serial = 1000

/** Makes a certificate. */
export function certificate(options: CertificateOptions): Issued {
  const { name, issuer, version = 3, keyPair = ecKeys(), algorithm = ecdsaSha256 } = options
  const { notBefore = new Date('2020-01-01'), notAfter = new Date('2120-01-01') } = options
  const { extensions: list = [extensions.usages(clientAuth)], serialNumber = serial++ } = options
  const subject = encodeName(name)
  const tbs = sequence(
    version === 3 ? [der(0xa0, integer(2))] : [],
    integer(serialNumber),
    algorithm.identifier,
    options.issuerName ?? issuer?.subject ?? subject,
    sequence(time(notBefore), time(notAfter)),
    subject,
    keyPair.publicKey.export({ format: 'der', type: 'spki' }),
    version === 3 && list.length > 0 ? [der(0xa3, sequence(...list))] : [],
  )
  const message = options.edit?.(tbs) ?? tbs
  const signature = algorithm.sign(message, (issuer?.keyPair ?? keyPair).privateKey)
  const whole = sequence(message, algorithm.identifier, bitString(signature))
  return {
    der: whole,
    pem: toPem('CERTIFICATE', whole),
    key: keyPair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    subject,
    keyPair,
  }
}

/** Makes a CA: self-signed, or signed by another. */
export function authority(commonName: string, options: Partial<CertificateOptions> = {}): Issued {
  return certificate({
    name: [[cn, commonName]],
    extensions: [extensions.ca(), extensions.keyUsage(5, 6)],
    ...options,
  })
}

/** What to put into a revocation list. */
export interface RevocationListOptions {
  readonly issuer: Issued
  /** Serial numbers. */
  readonly revoked?: readonly (number | Buffer)[]
  readonly thisUpdate?: Date
  /** `null`: none. */
  readonly nextUpdate?: Date | null
  /** Of the list. */
  readonly extensions?: readonly Buffer[]
  /** Of each entry. */
  readonly entryExtensions?: readonly Buffer[]
  readonly signer?: Issued
}

/** Makes a revocation list. */
export function revocationList(options: RevocationListOptions): { der: Buffer; pem: string } {
  const { issuer, revoked = [], signer = issuer, nextUpdate = new Date('2120-01-01') } = options
  const { thisUpdate = new Date('2020-01-01'), entryExtensions = [] } = options
  const entries = revoked.map((number) =>
    sequence(
      integer(number),
      time(new Date('2021-01-01')),
      entryExtensions.length > 0 ? [sequence(...entryExtensions)] : [],
    ),
  )
  const tbs = sequence(
    integer(1),
    ecdsaSha256.identifier,
    issuer.subject,
    time(thisUpdate),
    nextUpdate === null ? [] : [time(nextUpdate)],
    entries.length > 0 ? [sequence(entries)] : [],
    options.extensions ? [der(0xa0, sequence(...options.extensions))] : [],
  )
  const signature = ecdsaSha256.sign(tbs, signer.keyPair.privateKey)
  const whole = sequence(tbs, ecdsaSha256.identifier, bitString(signature))
  return { der: whole, pem: toPem('X509 CRL', whole) }
}

/** PEM as OpenSSL and Envoy write it. */
export function toPem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').replace(/.{1,64}/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`
}

/** As Envoy says a certificate in a check. */
export function percentEncoded(pem: string): string {
  return pem.replace(/[\n +/=]/g, encodeURIComponent)
}
