/** Signature algorithms and which of them kube-apiserver takes; used as {@link chainCases} are. */
import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { ecKeys, type KeyPair, type SignatureAlgorithm } from '../support/certificates.ts'
import { der, integer, oid, sequence } from '../support/der-writer.ts'

/** An algorithm, and a CA's key to sign with. */
export interface SignatureCase {
  readonly what: string
  readonly keyPair: KeyPair
  readonly algorithm: SignatureAlgorithm
  readonly isTaken: boolean
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const nothing = der(0x05)

const oids = {
  rsaSha1: '1.2.840.113549.1.1.5',
  rsaMd5: '1.2.840.113549.1.1.4',
  rsa256: '1.2.840.113549.1.1.11',
  rsa384: '1.2.840.113549.1.1.12',
  rsa512: '1.2.840.113549.1.1.13',
  rsaPss: '1.2.840.113549.1.1.10',
  ec1: '1.2.840.10045.4.1',
  ec256: '1.2.840.10045.4.3.2',
  ec384: '1.2.840.10045.4.3.3',
  ec512: '1.2.840.10045.4.3.4',
  ed25519: '1.3.101.112',
} as const

const hashOids = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const

type Hash = keyof typeof hashOids

function plain(
  type: string,
  hash: string | null,
  parameters: readonly Buffer[],
): SignatureAlgorithm {
  return {
    identifier: sequence(oid(type), parameters),
    sign: (message, key) => sign(hash, message, key),
  }
}

interface PssOptions {
  readonly maskHash?: Hash
  readonly saltLength?: number
  readonly parameters?: readonly Buffer[]
  readonly trailer?: number
}

function pss(hash: Hash, options: PssOptions = {}): SignatureAlgorithm {
  const { maskHash = hash, parameters = [], trailer } = options
  const { saltLength = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 }[hash] } = options
  const named = (name: Hash) => sequence(oid(hashOids[name]), parameters)
  return {
    identifier: sequence(
      oid(oids.rsaPss),
      sequence(
        der(0xa0, named(hash)),
        der(0xa1, sequence(oid('1.2.840.113549.1.1.8'), named(maskHash))),
        der(0xa2, integer(saltLength)),
        trailer === undefined ? [] : [der(0xa3, integer(trailer))],
      ),
    ),
    sign: (message, key: KeyObject) =>
      sign(hash, message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
  }
}

/** Signs well and says so, but with another algorithm than it says. */
function lying(type: string, hash: string): SignatureAlgorithm {
  return plain(type, hash, [nothing])
}

export const signatureCases: readonly SignatureCase[] = [
  {
    what: 'RSA, SHA-256',
    keyPair: rsa,
    algorithm: plain(oids.rsa256, 'sha256', [nothing]),
    isTaken: true,
  },
  {
    what: 'RSA, SHA-384',
    keyPair: rsa,
    algorithm: plain(oids.rsa384, 'sha384', [nothing]),
    isTaken: true,
  },
  {
    what: 'RSA, SHA-512',
    keyPair: rsa,
    algorithm: plain(oids.rsa512, 'sha512', [nothing]),
    isTaken: true,
  },
  {
    what: 'RSA without NULL',
    keyPair: rsa,
    algorithm: plain(oids.rsa256, 'sha256', []),
    isTaken: true,
  },
  {
    what: 'RSA, SHA-1',
    keyPair: rsa,
    algorithm: plain(oids.rsaSha1, 'sha1', [nothing]),
    isTaken: false,
  },
  {
    what: 'RSA, MD5',
    keyPair: rsa,
    algorithm: plain(oids.rsaMd5, 'md5', [nothing]),
    isTaken: false,
  },
  {
    what: 'RSA that says another hash',
    keyPair: rsa,
    algorithm: lying(oids.rsa256, 'sha384'),
    isTaken: false,
  },
  {
    what: 'RSA of 1024 bits',
    keyPair: generateKeyPairSync('rsa', { modulusLength: 1024 }),
    algorithm: plain(oids.rsa256, 'sha256', [nothing]),
    isTaken: true,
  },
  {
    what: 'RSA of 1016 bits',
    keyPair: generateKeyPairSync('rsa', { modulusLength: 1016 }),
    algorithm: plain(oids.rsa256, 'sha256', [nothing]),
    isTaken: false,
  },
  ...[
    { publicExponent: 3, isTaken: true },
    { publicExponent: 0x7fffffff, isTaken: true },
    { publicExponent: 0x80000001, isTaken: false },
  ].map(({ publicExponent, isTaken }) => ({
    what: `RSA with the exponent ${publicExponent}`,
    keyPair: generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent }),
    algorithm: plain(oids.rsa256, 'sha256', [nothing]),
    isTaken,
  })),
  { what: 'RSASSA-PSS, SHA-256', keyPair: rsa, algorithm: pss('sha256'), isTaken: true },
  { what: 'RSASSA-PSS, SHA-384', keyPair: rsa, algorithm: pss('sha384'), isTaken: true },
  { what: 'RSASSA-PSS, SHA-512', keyPair: rsa, algorithm: pss('sha512'), isTaken: true },
  {
    what: 'RSASSA-PSS with NULL',
    keyPair: rsa,
    algorithm: pss('sha256', { parameters: [nothing] }),
    isTaken: true,
  },
  {
    what: 'RSASSA-PSS with trailer 1',
    keyPair: rsa,
    algorithm: pss('sha256', { trailer: 1 }),
    isTaken: true,
  },
  {
    what: 'RSASSA-PSS with trailer 2',
    keyPair: rsa,
    algorithm: pss('sha256', { trailer: 2 }),
    isTaken: false,
  },
  { what: 'RSASSA-PSS, SHA-1', keyPair: rsa, algorithm: pss('sha1'), isTaken: false },
  {
    what: 'RSASSA-PSS with two hashes',
    keyPair: rsa,
    algorithm: pss('sha256', { maskHash: 'sha384' }),
    isTaken: false,
  },
  {
    what: 'RSASSA-PSS with a salt of 20 bytes',
    keyPair: rsa,
    algorithm: pss('sha256', { saltLength: 20 }),
    isTaken: false,
  },
  {
    what: 'RSASSA-PSS without parameters',
    keyPair: rsa,
    algorithm: { ...pss('sha256'), identifier: sequence(oid(oids.rsaPss)) },
    isTaken: false,
  },
  {
    what: 'RSASSA-PSS with a key for it alone',
    keyPair: generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
    algorithm: pss('sha256'),
    isTaken: false,
  },
  { what: 'P-256', keyPair: ecKeys(), algorithm: plain(oids.ec256, 'sha256', []), isTaken: true },
  {
    what: 'P-224',
    keyPair: ec('secp224r1'),
    algorithm: plain(oids.ec256, 'sha256', []),
    isTaken: true,
  },
  {
    what: 'P-384',
    keyPair: ec('P-384'),
    algorithm: plain(oids.ec384, 'sha384', []),
    isTaken: true,
  },
  {
    what: 'P-521',
    keyPair: ec('P-521'),
    algorithm: plain(oids.ec512, 'sha512', []),
    isTaken: true,
  },
  {
    what: 'P-256 with SHA-512',
    keyPair: ecKeys(),
    algorithm: plain(oids.ec512, 'sha512', []),
    isTaken: true,
  },
  {
    what: 'ECDSA, SHA-1',
    keyPair: ecKeys(),
    algorithm: plain(oids.ec1, 'sha1', []),
    isTaken: false,
  },
  {
    what: 'secp256k1',
    keyPair: ec('secp256k1'),
    algorithm: plain(oids.ec256, 'sha256', []),
    isTaken: false,
  },
  {
    what: 'ECDSA that says RSA',
    keyPair: ecKeys(),
    algorithm: lying(oids.rsa256, 'sha256'),
    isTaken: false,
  },
  { what: 'Ed25519', keyPair: ed25519, algorithm: plain(oids.ed25519, null, []), isTaken: true },
  {
    what: 'Ed25519 with NULL',
    keyPair: ed25519,
    algorithm: plain(oids.ed25519, null, [nothing]),
    isTaken: false,
  },
  {
    what: 'Ed448',
    keyPair: generateKeyPairSync('ed448'),
    algorithm: plain('1.3.101.113', null, []),
    isTaken: false,
  },
  {
    what: 'an algorithm that nobody knows',
    keyPair: ecKeys(),
    algorithm: plain('1.2.3', 'sha256', []),
    isTaken: false,
  },
]
