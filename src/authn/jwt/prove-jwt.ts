import { type Awaitable, continueWith } from '../../awaitable.ts'
import type { IssuerConfig } from '../../config/types.ts'
import { decodeUtf8, type JsonObject, parseObject } from '../../json/go-json.ts'
import type { Rejected } from '../authenticator.ts'
import type { KeySet } from '../issuer/key-set.ts'
import { rejected } from '../rejected.ts'
import type { VerificationKey } from './jwk.ts'
import { type CompactJws, type Jws, parseJws, splitCompact } from './jws.ts'
import type { HeaderReader } from './jws-header.ts'
import { type RegisteredClaims, registeredClaims, unverifiedIssuer } from './registered-claims.ts'
import { verifySignature } from './verify-signature.ts'

/** A token that reads as a JWT. Nothing vouches for it yet. */
export interface UnverifiedJwt {
  readonly jws: CompactJws
  readonly claims: JsonObject
  /** Good for choosing the verifier, and for nothing else. */
  readonly issuer: string
}

/** A token that its issuer has signed, for an audience of ours, and whose time it is. */
export interface ProvenJwt {
  readonly kind: 'proven'
  readonly key: VerificationKey
  /** Milliseconds since the epoch; from then on the token is refused. */
  readonly expiresAtMs: number
}

export interface ProofOptions {
  readonly config: Pick<IssuerConfig, 'algorithms' | 'audiences'>
  readonly keySet: Pick<KeySet, 'keys' | 'refetch'>
  /** Default: one that remembers nothing. */
  readonly readHeader?: HeaderReader
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Accepted difference of the clocks for `nbf`, as in kube-apiserver; `exp` has none. Unit: seconds. */
const notBeforeLeewaySeconds = 60

/** Undefined for what kube-apiserver would not take for a JWT of any issuer. */
export function readUnverified(token: string): UnverifiedJwt | undefined {
  const jws = splitCompact(token)
  if (jws === undefined) return undefined
  const claims = parseObject(decodeUtf8(jws.payload))
  if (claims === undefined) return undefined
  const issuer = unverifiedIssuer(claims)
  return issuer === undefined ? undefined : { jws, claims, issuer }
}

/**
 * Proves a token in kube-apiserver's order: header, algorithm, signature, types of the registered
 * claims, audience, `exp`, `nbf`. The caller has matched the token's `iss` with the issuer's URL.
 */
export function proveJwt(
  { jws: compact, claims }: UnverifiedJwt,
  { config, keySet, now, readHeader }: ProofOptions,
): Awaitable<ProvenJwt | Rejected> {
  const jws = parseJws(compact, { algorithms: config.algorithms, readHeader })
  if (jws.kind === 'rejected') return jws
  return continueWith(findKey(jws, keySet), (key) => {
    if (key === undefined) {
      return rejected('credential-invalid', 'no key of the issuer verifies the signature')
    }
    const registered = registeredClaims(claims)
    if (registered.kind === 'rejected') return registered
    const fault = audienceFault(registered, config.audiences) ?? timeFault(registered, now())
    if (fault !== undefined) return fault
    // The whole millisecond of `exp` is still good.
    return { kind: 'proven', key, expiresAtMs: registered.expiry * 1000 + 1 }
  })
}

/** At once, where a known key fits and is quick; one fetch at most, and only when none of them fits. */
export function findKey(
  jws: Jws,
  keySet: ProofOptions['keySet'],
): Awaitable<VerificationKey | undefined> {
  return continueWith(keySet.keys(), (keys) =>
    continueWith(
      firstThatVerifies(jws, keys),
      (key) => key ?? findFetchedKey(jws, { keySet, seen: keys }),
    ),
  )
}

async function findFetchedKey(
  jws: Jws,
  { keySet, seen }: Pick<ProofOptions, 'keySet'> & { readonly seen: readonly VerificationKey[] },
): Promise<VerificationKey | undefined> {
  if (!(await keySet.refetch(seen))) return undefined
  return firstThatVerifies(jws, await keySet.keys())
}

/** Without a `kid` every key is tried, with one those of that `kid`; several may have it. */
function firstThatVerifies(
  jws: Jws,
  keys: readonly VerificationKey[],
): Awaitable<VerificationKey | undefined> {
  const fitting = jws.kid === '' ? keys : keys.filter(({ kid }) => kid === jws.kid)
  for (const [position, key] of fitting.entries()) {
    const verifies = verifySignature(jws, key)
    if (verifies instanceof Promise) {
      return verifies.then((yes) => (yes ? key : firstOfOthers(jws, fitting.slice(position + 1))))
    }
    if (verifies) return key
  }
  return undefined
}

async function firstOfOthers(
  jws: Jws,
  keys: readonly VerificationKey[],
): Promise<VerificationKey | undefined> {
  for (const key of keys) if (await verifySignature(jws, key)) return key
  return undefined
}

function audienceFault(
  { audience }: RegisteredClaims,
  accepted: readonly string[],
): Rejected | undefined {
  if (audience.some((name) => accepted.includes(name))) return undefined
  return rejected('credential-invalid', 'claim "aud" names no audience of this issuer')
}

function timeFault({ expiry, notBefore }: RegisteredClaims, nowMs: number): Rejected | undefined {
  if (expiry * 1000 < nowMs) {
    return rejected('credential-expired', 'claim "exp" is in the past or absent')
  }
  if (notBefore !== undefined && nowMs + notBeforeLeewaySeconds * 1000 < notBefore * 1000) {
    return rejected('credential-invalid', 'claim "nbf" is in the future')
  }
  return undefined
}
