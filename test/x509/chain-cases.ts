/**
 * Chains of certificates and what kube-apiserver makes of them: chain.test.ts expects what stands here,
 * and test/parity/certificates.test.ts asks kube-apiserver's own code.
 */
import {
  authority,
  type CertificateOptions,
  certificate,
  clientAuth,
  cn,
  extension,
  extensions,
  type Issued,
  serverAuth,
} from '../support/certificates.ts'
import { der, integer, sequence } from '../support/der-writer.ts'

/** A certificate as a client shows it. */
export interface ChainCase {
  readonly what: string
  readonly leaf: Issued
  readonly intermediates?: readonly Issued[]
  /** By default {@link root} alone. */
  readonly roots?: readonly Issued[]
  /** kube-apiserver's answer. */
  readonly holds: boolean
  /** Refused here all the same (docs/authentication.md says so). */
  readonly isRefusedHere?: true
}

/** The CA that the cases trust. */
export const root: Issued = authority('root')
/** Another key under the same name. */
const impostor = authority('root')
const another = authority('another')

const under = (issuer: Issued, options: Partial<CertificateOptions> = {}) =>
  certificate({ name: [[cn, 'alice']], issuer, ...options })
const issue = (options: Partial<CertificateOptions> = {}) => under(root, options)
const sub = (commonName: string, options: Partial<CertificateOptions> = {}) =>
  authority(commonName, { issuer: root, ...options })

const year = (n: number) => new Date(`${n}-01-01`)
const dnsName = (name: string) => extension('2.5.29.17', sequence(der(0x82, Buffer.from(name))))
const nameConstraints = (name: string) =>
  extension('2.5.29.30', sequence(der(0xa0, sequence(der(0x82, Buffer.from(name))))), true)

const intermediate = sub('intermediate')
const second = authority('second', { issuer: intermediate })
const short = sub('short', { extensions: [extensions.ca(0)] })
const belowShort = authority('below short', { issuer: short })
const notCa = sub('not a CA', { extensions: [] })
const saysNoCa = sub('says no CA', { extensions: [extension('2.5.29.19', sequence())] })
const noCertSign = sub('no keyCertSign', { extensions: [extensions.ca(), extensions.keyUsage(6)] })
const noUsage = sub('no key usage', { extensions: [extensions.ca()] })
const expiredCa = sub('expired', { notAfter: year(2021) })
const forServers = sub('for servers', {
  extensions: [extensions.ca(), extensions.usages(serverAuth)],
})
const forClients = sub('for clients', {
  extensions: [extensions.ca(), extensions.usages(clientAuth, serverAuth)],
})
const bob = certificate({ name: [[cn, 'bob']], issuer: root })
const loopA = authority('loop a')
const loopB = authority('loop b', { issuer: loopA })
const loopedA = authority('loop a', { issuer: loopB, keyPair: loopA.keyPair })
const oldRoot = certificate({ name: [[cn, 'old root']], version: 1 })
const expiredRoot = authority('expired root', { notAfter: year(2021) })
const plainRoot = authority('plain root', { extensions: [] })
const serverRoot = authority('server root', {
  extensions: [extensions.ca(), extensions.usages(serverAuth)],
})
const constrained = sub('constrained', {
  extensions: [extensions.ca(), nameConstraints('example')],
})
const withPolicies = sub('policies', {
  extensions: [extensions.ca(), extension('2.5.29.36', sequence(der(0x80, Buffer.of(9))), true)],
})
const crossSigned = authority('another', { issuer: root, keyPair: another.keyPair })
const listed = certificate({ name: [[cn, 'alice']] })
const listedServer = certificate({
  name: [[cn, 'alice']],
  extensions: [extensions.usages(serverAuth)],
})
const nameOfRoot = Buffer.concat([root.subject.subarray(0, -1), Buffer.from('T')])

const leaves: readonly ChainCase[] = [
  { what: 'one that a root has signed', leaf: issue(), holds: true },
  { what: 'one of another CA', leaf: under(another), holds: false },
  { what: 'one of an impostor with the name of the root', leaf: under(impostor), holds: false },
  {
    what: 'one of the root under another name',
    leaf: issue({ issuerName: nameOfRoot }),
    holds: false,
  },
  { what: 'one that has signed itself', leaf: listed, holds: false },
  { what: 'one that the operator lists', leaf: listed, roots: [listed], holds: true },
  { what: 'a listed one of a server', leaf: listedServer, roots: [listedServer], holds: false },
  { what: 'the root itself', leaf: root, holds: true },
  { what: 'one that has expired', leaf: issue({ notAfter: year(2021) }), holds: false },
  { what: 'one that is not valid yet', leaf: issue({ notBefore: year(2110) }), holds: false },
  { what: 'no extended key usage', leaf: issue({ extensions: [] }), holds: true },
  { what: 'no extension, version 1', leaf: issue({ version: 1 }), holds: true },
  {
    what: 'a certificate of a server',
    leaf: issue({ extensions: [extensions.usages(serverAuth)] }),
    holds: false,
  },
  {
    what: 'any extended key usage',
    leaf: issue({ extensions: [extensions.usages('2.5.29.37.0')] }),
    holds: true,
  },
  {
    what: 'an extended key usage that nobody knows',
    leaf: issue({ extensions: [extensions.usages('1.2.3.4')] }),
    holds: false,
  },
  {
    what: 'a key that may encrypt only',
    leaf: issue({ extensions: [extensions.keyUsage(2)] }),
    holds: true,
  },
  {
    what: 'an unknown critical extension',
    leaf: issue({ extensions: [extension('1.2.3.4', der(0x05), true)] }),
    holds: false,
  },
  {
    what: 'an unknown extension',
    leaf: issue({ extensions: [extension('1.2.3.4', der(0x05))] }),
    holds: true,
  },
  {
    what: 'an alternative name',
    leaf: issue({ extensions: [dnsName('alice.test')] }),
    holds: true,
  },
]

const roots: readonly ChainCase[] = [
  { what: 'an expired root', leaf: under(expiredRoot), roots: [expiredRoot], holds: false },
  { what: 'a root of version 1', leaf: under(oldRoot), roots: [oldRoot], holds: true },
  { what: 'a root that is no CA', leaf: under(plainRoot), roots: [plainRoot], holds: false },
  { what: 'a root for servers', leaf: under(serverRoot), roots: [serverRoot], holds: false },
  {
    what: 'the second of two roots with one name',
    leaf: issue(),
    roots: [impostor, root],
    holds: true,
  },
]

const chains: readonly ChainCase[] = [
  {
    what: 'an intermediate',
    leaf: under(intermediate),
    intermediates: [intermediate],
    holds: true,
  },
  { what: 'an intermediate that did not come', leaf: under(intermediate), holds: false },
  {
    what: 'two intermediates in the wrong order among others',
    leaf: under(second),
    intermediates: [another, intermediate, second, impostor],
    holds: true,
  },
  {
    what: 'a root of somebody else as intermediate',
    leaf: under(another),
    intermediates: [another],
    holds: false,
  },
  {
    what: 'a root of somebody else that ours has signed too',
    leaf: under(another),
    intermediates: [another, crossSigned],
    holds: true,
  },
  { what: 'no CA', leaf: under(notCa), intermediates: [notCa], holds: false },
  {
    what: 'one that says that it is no CA',
    leaf: under(saysNoCa),
    intermediates: [saysNoCa],
    holds: false,
  },
  { what: 'a client as intermediate', leaf: under(bob), intermediates: [bob], holds: false },
  {
    what: 'an intermediate that may not sign certificates',
    leaf: under(noCertSign),
    intermediates: [noCertSign],
    holds: false,
  },
  {
    what: 'an intermediate without key usage',
    leaf: under(noUsage),
    intermediates: [noUsage],
    holds: true,
  },
  {
    what: 'an intermediate that has expired',
    leaf: under(expiredCa),
    intermediates: [expiredCa],
    holds: false,
  },
  {
    what: 'an intermediate for servers',
    leaf: under(forServers),
    intermediates: [forServers],
    holds: false,
  },
  {
    what: 'an intermediate for clients',
    leaf: under(forClients),
    intermediates: [forClients],
    holds: true,
  },
  { what: 'a path as long as it may be', leaf: under(short), intermediates: [short], holds: true },
  {
    what: 'a path that is too long',
    leaf: under(belowShort),
    intermediates: [short, belowShort],
    holds: false,
  },
  {
    what: 'intermediates that have signed each other',
    leaf: under(loopA),
    intermediates: [loopA, loopB, loopedA],
    holds: false,
  },
  {
    what: 'constrained names, and no alternative name',
    leaf: under(constrained),
    intermediates: [constrained],
    holds: true,
  },
  {
    what: 'an alternative name that constraints allow',
    leaf: under(constrained, { extensions: [dnsName('alice.example')] }),
    intermediates: [constrained],
    holds: true,
    isRefusedHere: true,
  },
  {
    what: 'an alternative name that constraints forbid',
    leaf: under(constrained, { extensions: [dnsName('alice.test')] }),
    intermediates: [constrained],
    holds: false,
  },
  {
    what: 'policies that have no say',
    leaf: under(withPolicies),
    intermediates: [withPolicies],
    holds: true,
    isRefusedHere: true,
  },
]

/** Certificates that a strict reader does not take, or takes. */
const encodings: readonly ChainCase[] = [
  {
    what: 'a serial number of 20 bytes',
    leaf: issue({ serialNumber: Buffer.alloc(20, 0x7f) }),
    holds: true,
  },
  {
    what: 'a negative serial number',
    leaf: issue({ serialNumber: Buffer.of(0x80) }),
    holds: false,
  },
  { what: 'a padded serial number', leaf: issue({ serialNumber: Buffer.of(0, 1) }), holds: false },
  {
    what: 'an extension twice',
    leaf: issue({ extensions: [dnsName('a.test'), dnsName('b.test')] }),
    holds: false,
  },
  {
    what: 'a boolean that is not in DER',
    leaf: issue({ extensions: [extension('2.5.29.19', sequence(der(0x01, Buffer.of(1))))] }),
    holds: false,
  },
  {
    what: 'version 4',
    leaf: issue({ edit: (tbs) => replaced(tbs, der(0xa0, integer(2)), der(0xa0, integer(3))) }),
    holds: false,
  },
]

function replaced(bytes: Buffer, from: Buffer, to: Buffer): Buffer {
  const at = bytes.indexOf(from)
  if (at < 0 || from.length !== to.length) throw new RangeError('Cannot replace: no such bytes')
  return Buffer.concat([bytes.subarray(0, at), to, bytes.subarray(at + from.length)])
}

/** All of them. */
export const chainCases: readonly ChainCase[] = [...leaves, ...roots, ...chains, ...encodings]
