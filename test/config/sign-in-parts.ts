import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { listenAndRoutes, oneIssuer, problemsOf, sessionKeys } from './folder.ts'
import { mixedJwk, mixedPem } from './mixed-key.ts'
import { pem } from './pem.ts'

const smallKey = generateKeyPairSync('rsa', { modulusLength: 1024 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

/** What differs of a good `signIn` and `session`. */
export interface Parts {
  readonly signIn?: Readonly<Record<string, unknown>>
  readonly provider?: Readonly<Record<string, unknown>>
  readonly session?: Readonly<Record<string, unknown>>
  readonly cookie?: Readonly<Record<string, unknown>>
}

/** What is wrong then. JSON is YAML; `undefined` takes a key out. */
export function problemsWith({ signIn, provider, session, cookie }: Parts): readonly string[] {
  const sections = {
    signIn: {
      externalURL: 'https://app.example.com',
      providers: [
        { id: 'dex', issuer: 'https://dex.example.com', clientID: 'kubeflow', ...provider },
      ],
      ...signIn,
    },
    session: { keysFile: 'keys', cookie: { ...cookie }, ...session },
  }
  const files = {
    keys: sessionKeys,
    secret: 'a secret: with blanks\n',
    lines: 'two\nlines\n',
    latin: Buffer.from([0xe9]),
    empty: '',
    pem: pem.key,
    jwk: JSON.stringify({ ...createPrivateKey(pem.key).export({ format: 'jwk' }), kid: 'k1' }),
    public: createPublicKey(pem.key).export({ type: 'spki', format: 'pem' }).toString(),
    small: smallKey,
    mixedPem: mixedPem(createPrivateKey(pem.key), createPrivateKey(pem.otherKey)),
    mixedJwk: JSON.stringify(mixedJwk(createPrivateKey(pem.key), createPrivateKey(pem.otherKey))),
    redis: 'redis://:word@redis.example.com:6379/0\n',
    sentinel: 'redis+sentinel://a.example.com:26379,b.example.com:26379/primary',
    certificate: pem.certificate,
    key: pem.key,
    otherKey: pem.otherKey,
    png: Buffer.from('89504e470d0a1a0a0000', 'hex'),
    svg: '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    large: Buffer.alloc(300_000),
  }
  const text = Object.entries(sections).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
  return problemsOf(`${listenAndRoutes}${oneIssuer}${text.join('')}`, { files })
}

export type Case = readonly [what: string, parts: Parts, ...problems: RegExp[]]
