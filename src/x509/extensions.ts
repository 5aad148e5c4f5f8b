import { type Der, DerError, fieldsOf, listOf, readDer, tags } from './der.ts'
import { readBits, readBoolean, readOid, readSmallInteger } from './primitives.ts'

/** What the extensions of a certificate say, as far as the verification of a chain asks. */
export interface Extensions {
  /** Undefined when there is no basicConstraints. */
  readonly basicConstraints:
    | { readonly isCa: boolean; readonly maxPathLength: number | undefined }
    | undefined
  /** Bits that are set; empty when there is no keyUsage, which is no restriction. */
  readonly keyUsage: ReadonlySet<number>
  /** With dots; empty when there is no extKeyUsage, which is no restriction. */
  readonly extendedKeyUsages: readonly string[]
  /** Why nothing may be concluded from this certificate; undefined when something may. */
  readonly unsupported: string | undefined
  readonly hasAlternativeNames: boolean
  readonly hasNameConstraints: boolean
}

/** One extension of a certificate or a revocation list. */
export interface Extension {
  readonly oid: string
  readonly isCritical: boolean
  readonly value: Buffer
}

/** The extensions in a field `[n]` that may be missing. None occurs twice. */
export function readExtensionList(field: Der | undefined): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>()
  if (field === undefined) return found
  for (const { content } of listOf(readDer(field.content, tags.sequence), tags.sequence)) {
    const fields = fieldsOf(content)
    const oid = readOid(fields.take(tags.oid))
    const critical = fields.takeOptional(tags.boolean)
    const value = fields.take(tags.octetString).content
    fields.end()
    if (found.has(oid)) throw new DerError('an extension that occurs twice')
    found.set(oid, { oid, isCritical: critical !== undefined && readBoolean(critical), value })
  }
  return found
}

const oids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
} as const

/** Critical or not, these change nothing about a chain for clients without their neighbours below. */
const understood: ReadonlySet<string> = new Set([
  oids.keyUsage,
  oids.subjectAltName,
  oids.basicConstraints,
  oids.nameConstraints,
  oids.crlDistributionPoints,
  oids.certificatePolicies,
  oids.extendedKeyUsage,
])

/** They can only forbid, and nobody here works out what: a chain with one of them is refused. */
const unsupported: ReadonlySet<string> = new Set([
  oids.policyMappings,
  oids.policyConstraints,
  oids.inhibitAnyPolicy,
])

/** Reads the extensions of a certificate. */
export function readExtensions(field: Der | undefined): Extensions {
  const list = readExtensionList(field)
  const constraints = list.get(oids.basicConstraints)
  const usage = list.get(oids.keyUsage)
  const usages = list.get(oids.extendedKeyUsage)
  refuseMalformed(list)
  return {
    basicConstraints: constraints && readBasicConstraints(constraints.value),
    keyUsage: usage === undefined ? new Set() : readBits(readDer(usage.value, tags.bitString)),
    extendedKeyUsages:
      usages === undefined
        ? []
        : listOf(readDer(usages.value, tags.sequence), tags.oid).map(readOid),
    unsupported: findUnsupported(list),
    hasAlternativeNames: list.has(oids.subjectAltName),
    hasNameConstraints: list.has(oids.nameConstraints),
  }
}

function findUnsupported(list: ReadonlyMap<string, Extension>): string | undefined {
  for (const { oid, isCritical } of list.values()) {
    if (unsupported.has(oid)) return `extension ${oid} is not supported`
    if (isCritical && !understood.has(oid)) return `critical extension ${oid} is not known`
  }
  return undefined
}

/** Nothing here is asked of these, but a certificate with one that cannot be read is none in Go. */
function refuseMalformed(list: ReadonlyMap<string, Extension>): void {
  const subject = list.get(oids.subjectKeyIdentifier)
  const authority = list.get(oids.authorityKeyIdentifier)
  const names = list.get(oids.subjectAltName)
  if (subject !== undefined) readDer(subject.value, tags.octetString)
  const fieldsOfAuthority = authority && fieldsOf(readDer(authority.value, tags.sequence).content)
  while (fieldsOfAuthority?.isEmpty() === false) fieldsOfAuthority.takeAny()
  if (names === undefined) return
  const fields = fieldsOf(readDer(names.value, tags.sequence).content)
  while (!fields.isEmpty()) {
    const { tag, content } = fields.takeAny()
    const isText =
      tag === generalNames.email || tag === generalNames.dns || tag === generalNames.uri
    if (isText && content.some((byte) => byte >= 0x80)) throw new DerError('no name in ASCII')
    if (tag === generalNames.ip && content.length !== 4 && content.length !== 16) {
      throw new DerError('no IP address')
    }
  }
}

/** Tags of GeneralName (RFC 5280 §4.2.1.6). */
const generalNames = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const

function readBasicConstraints(value: Buffer): Extensions['basicConstraints'] {
  const fields = fieldsOf(readDer(value, tags.sequence).content)
  const isCa = fields.takeOptional(tags.boolean)
  const maxPathLength = fields.takeOptional(tags.integer)
  fields.end()
  return {
    isCa: isCa !== undefined && readBoolean(isCa),
    maxPathLength: maxPathLength && readSmallInteger(maxPathLength),
  }
}
