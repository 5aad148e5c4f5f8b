import { decodeUtf8, repeatsMember } from '../../json/go-json.ts'
import { isRecord } from '../../json/record.ts'
import {
  serviceAccountGroups,
  serviceAccountOf,
  serviceAccountUser,
} from '../../kubernetes/names.ts'
import type { UserInfo } from '../../user.ts'
import type { Rejected } from '../authenticator.ts'
import type { UnverifiedJwt } from '../jwt/prove-jwt.ts'
import { stringOrList } from '../jwt/registered-claims.ts'
import { rejected } from '../rejected.ts'

/** What the claims of a ServiceAccount's token say; true once its signature is verified. */
export interface ServiceAccountClaims {
  readonly kind: 'claims'
  readonly user: UserInfo
  readonly audiences: readonly string[]
  /** Seconds since the epoch, whole. */
  readonly expiry: number
  readonly notBefore: number | undefined
  readonly issuedAt: number | undefined
}

type Claims = Readonly<Record<string, unknown>>

const extraPrefix = 'authentication.kubernetes.io'

/**
 * Reads a bound ServiceAccount token
 * ({@link https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
 * Kubernetes: Bound service account tokens}) into the identity that kube-apiserver gives it. Names of
 * claims are compared exactly and stand once, as there. What only the API server could still check, it
 * is stricter about: `sub` must say the same as the private claim, and there must be an `exp`.
 */
export function readServiceAccount(jwt: UnverifiedJwt): ServiceAccountClaims | Rejected {
  if (repeatsMember(decodeUtf8(jwt.jws.payload))) return malformed('payload repeats a member')
  const { value } = jwt.claims
  if (own(value, 'iss') !== jwt.issuer) return malformed('claim "iss" is spelt another way')
  const audiences = stringOrList(own(value, 'aud'))
  const times = readTimes(value)
  const account = readAccount(own(value, 'kubernetes.io'))
  const jti = own(value, 'jti') ?? ''
  if (audiences === undefined) return malformed('claim "aud" has the wrong type')
  if (times === undefined)
    return malformed('"exp" is absent, or "exp", "nbf" or "iat" is no number')
  if (account === undefined) return malformed('claim "kubernetes.io" names no ServiceAccount')
  if (typeof jti !== 'string') return malformed('claim "jti" is no string')
  const { namespace, name, uid, bound } = account
  const userName = serviceAccountUser({ namespace, name })
  if (own(value, 'sub') !== userName) {
    return rejected('credential-invalid', 'claim "sub" names another ServiceAccount')
  }
  const extra = new Map<string, readonly string[]>()
  const add = (key: string, known: string) => {
    if (known !== '') extra.set(`${extraPrefix}/${key}`, [known])
  }
  const { pod, node } = bound
  add('credential-id', jti === '' ? '' : `JTI=${jti}`)
  add('node-name', node.name)
  if (node.name !== '') add('node-uid', node.uid)
  if (pod.name !== '' && pod.uid !== '') {
    add('pod-name', pod.name)
    add('pod-uid', pod.uid)
  }
  const user = { name: userName, uid, groups: serviceAccountGroups(namespace), extra }
  return { kind: 'claims', user, audiences, ...times }
}

interface Account {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly bound: { readonly pod: Reference; readonly node: Reference }
}

/** Empty where the token has none. */
interface Reference {
  readonly name: string
  readonly uid: string
}

function readAccount(claim: unknown): Account | undefined {
  if (!isRecord(claim)) return undefined
  const namespace = own(claim, 'namespace')
  const account = readReference(own(claim, 'serviceaccount'))
  const pod = readReference(own(claim, 'pod'))
  const node = readReference(own(claim, 'node'))
  if (account === undefined || pod === undefined || node === undefined) return undefined
  if (typeof namespace !== 'string' || account.uid === '') return undefined
  // What is no name could hold a colon, and be another account's.
  const userName = serviceAccountUser({ namespace, name: account.name })
  if (serviceAccountOf(userName) === undefined) return undefined
  return { namespace, ...account, bound: { pod, node } }
}

function readReference(claim: unknown): Reference | undefined {
  if (claim === undefined) return { name: '', uid: '' }
  if (!isRecord(claim)) return undefined
  const name = own(claim, 'name') ?? ''
  const uid = own(claim, 'uid') ?? ''
  return typeof name === 'string' && typeof uid === 'string' ? { name, uid } : undefined
}

function readTimes(
  claims: Claims,
): Pick<ServiceAccountClaims, 'expiry' | 'notBefore' | 'issuedAt'> | undefined {
  const [expiry, notBefore, issuedAt] = ['exp', 'nbf', 'iat'].map((name) => own(claims, name))
  if (typeof expiry !== 'number' || !Number.isFinite(expiry)) return undefined
  if (!isSeconds(notBefore) || !isSeconds(issuedAt)) return undefined
  return {
    expiry: Math.trunc(expiry),
    notBefore: notBefore && Math.trunc(notBefore),
    issuedAt: issuedAt && Math.trunc(issuedAt),
  }
}

function isSeconds(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === 'number' && Number.isFinite(value))
}

/** Undefined for what is absent or null. */
function own(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? (claims[name] ?? undefined) : undefined
}

function malformed(detail: string): Rejected {
  return rejected('credential-malformed', detail)
}
