import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { isRecord } from '../json/record.ts'
import { keyAlgorithms, usableKeys } from './key-algorithms.ts'
import type { RawIdentityToken } from './schema/identity-token.ts'
import { type Loading, readNamedFile, reportFile } from './secrets.ts'
import type { RouteConfig } from './types.ts'
import { parseDuration } from './units.ts'
import { childPath } from './yaml-tree.ts'

/** What Attaché's own JWTs are made with. */
export interface IdentityTokenConfig {
  readonly issuer: string
  readonly signingKey: SigningKey
  /** Of all keys, in order. */
  readonly keyIDs: readonly string[]
  /** The public halves of all keys, as a JWK Set (RFC 7517 §5). */
  readonly jwks: string
  /** Where a route names no other. */
  readonly audience: string
  readonly lifetimeMs: number
  readonly maxBytes: number
}

interface SigningKey {
  readonly keyID: string
  readonly algorithm: string
  /** PKCS #8, PEM: a secret. */
  readonly pem: string
}

/** Shorter, and the clocks of a mesh would refuse it; longer, and a group that was taken away stays. */
const minLifetimeMs = 60_000
const maxLifetimeMs = 3_600_000

/** `identityToken`; undefined when it is absent or unusable, which is reported. */
export function buildIdentityToken(
  loading: Loading,
  raw: RawIdentityToken | undefined,
  { routes, issuers }: { routes: readonly RouteConfig[]; issuers: readonly string[] },
): IdentityTokenConfig | undefined {
  const { document } = loading
  const wanting = routes.filter(({ authorization }) => authorization === 'identityToken')
  if (raw === undefined) {
    if (document.given('identityToken')) return undefined
    for (const { name } of wanting) {
      document.report(
        childPath(name, 'authorization'),
        'needs the section identityToken, with issuer, audience and keysFile',
      )
    }
    return undefined
  }
  if (wanting.length === 0 && document.usable('routes')) {
    document.report(
      'identityToken',
      'has no use: no route has authorization: identityToken. Add it to one, or remove this section',
      { at: 'key' },
    )
  }
  reportIssuer(loading, raw.issuer, issuers)
  const lifetimeMs = parseDuration(raw.lifetime)
  if (lifetimeMs < minLifetimeMs || lifetimeMs > maxLifetimeMs) {
    const path = 'identityToken.lifetime'
    document.report(path, `must be 1m to 1h${document.got(path, raw.lifetime)}`)
  }
  const keys = readKeySet(loading, { path: 'identityToken.keysFile', name: raw.keysFile })
  if (keys === undefined) return undefined
  const { issuer, audience, maxBytes } = raw
  return { issuer, audience, lifetimeMs, maxBytes, ...keys }
}

function reportIssuer({ document }: Loading, issuer: string, issuers: readonly string[]): void {
  const path = 'identityToken.issuer'
  const got = document.got(path, issuer)
  if (!/^https:\/\/[^\s?#]+$/.test(issuer) || !URL.canParse(issuer)) {
    document.report(path, `must be an https address without query and fragment${got}`)
  }
  if (issuers.includes(issuer)) {
    document.report(
      path,
      `must not be an issuer.url of authentication.jwt: what Attaché itself has signed is never a credential${got}`,
    )
  }
}

function readKeySet(
  loading: Loading,
  named: { readonly path: string; readonly name: string },
): Pick<IdentityTokenConfig, 'signingKey' | 'keyIDs' | 'jwks'> | undefined {
  const text = readNamedFile(loading, named)
  if (text === undefined) return undefined
  const refuse = (why: string) => reportFile(loading, named.path, why)
  const list = keysIn(text)
  if (list === undefined) return refuse('it must be a JWK Set: {"keys": [ … ]}, with one or more')
  const published: object[] = []
  const ids = new Set<string>()
  let signingKey: SigningKey | undefined
  for (const [index, jwk] of list.entries()) {
    const key = readKey(jwk)
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

function keysIn(text: string): readonly unknown[] | undefined {
  try {
    const set: unknown = JSON.parse(text)
    const keys: unknown = isRecord(set) ? set['keys'] : undefined
    return Array.isArray(keys) && keys.length > 0 ? [...(keys as readonly unknown[])] : undefined
  } catch {
    return undefined
  }
}

interface ReadKey {
  readonly keyID: string
  readonly algorithm: string
  /** Undefined for a public key: one that no longer signs. */
  readonly pem: string | undefined
  readonly publicJwk: JsonWebKey
}

/** The key, or what is wrong with it, in words that hold none of it. */
function readKey(jwk: unknown): ReadKey | string {
  if (!isRecord(jwk)) return 'is no object'
  const { kid, alg } = jwk
  if (typeof kid !== 'string' || kid === '') return 'has no "kid"'
  const isPrivate = Object.hasOwn(jwk, 'd')
  let key: KeyObject
  try {
    const input = { key: jwk, format: 'jwk' } as const
    key = isPrivate ? createPrivateKey(input) : createPublicKey(input)
  } catch {
    return 'is no JWK of an RSA, EC or Ed25519 key'
  }
  const fitting = keyAlgorithms(key)
  const [usual] = fitting
  if (usual === undefined) return `must be ${usableKeys}`
  const algorithm = fitting.find((name) => name === (alg ?? usual))
  if (algorithm === undefined) return `has an "alg" that does not fit: use ${fitting.join(', ')}`
  return {
    keyID: kid,
    algorithm,
    pem: isPrivate ? key.export({ type: 'pkcs8', format: 'pem' }).toString() : undefined,
    publicJwk: (isPrivate ? createPublicKey(key) : key).export({ format: 'jwk' }),
  }
}
