import { parseValue } from '../json/go-json.ts'
import { isRecord } from '../json/record.ts'
import type { KubernetesClient } from './client.ts'
import { type Fail, failing } from './failing.ts'
import type { ServiceAccountName } from './names.ts'
import { isBearerToken } from './token-file.ts'

/** A ServiceAccount's token, fresh from the API server. */
export interface RequestedToken {
  readonly token: string
  /** Milliseconds from its making to its end, by the API server's own clock. */
  readonly lifetimeMs: number
}

export interface TokenRequestOptions {
  readonly client: Pick<KubernetesClient, 'post'>
  /** Default: the API server's own. */
  readonly audiences?: readonly string[]
}

/** The shortest that a TokenRequest may ask for, and the longest that Attaché wants. */
const expirationSeconds = 600

/** Longer, it fits no header beside a user's own. */
const maxTokenLength = 16_384

/**
 * Asks for a token of ten minutes by TokenRequest
 * ({@link https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
 * authentication.k8s.io/v1}). An answer that is no token of that account is a `DependencyError`.
 */
export async function requestToken(
  account: ServiceAccountName,
  { client, audiences }: TokenRequestOptions,
): Promise<RequestedToken> {
  const { namespace, name } = account
  const fail = failing(`get a token of the ServiceAccount "${namespace}/${name}"`)
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`
  const answer = await client.post(path, {
    purpose: `get a token of the ServiceAccount "${namespace}/${name}"`,
    permission: `the verb "create" on "serviceaccounts/token" for "${name}" in namespace "${namespace}"`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds, ...(audiences === undefined ? {} : { audiences }) },
    },
  })
  return readAnswer(parseValue(answer), { account, fail })
}

function readAnswer(
  answer: unknown,
  { account, fail }: { readonly account: ServiceAccountName; readonly fail: Fail },
): RequestedToken {
  if (!isRecord(answer) || answer['kind'] !== 'TokenRequest') {
    throw fail('the answer is no TokenRequest')
  }
  const { metadata, status } = answer
  if (!isRecord(metadata) || !isRecord(status)) throw fail('the answer has no status')
  // Somebody else's token would be somebody else's rights.
  if (metadata['name'] !== account.name || metadata['namespace'] !== account.namespace) {
    throw fail('the answer is about another ServiceAccount')
  }
  const { token, expirationTimestamp } = status
  if (typeof token !== 'string' || token.length > maxTokenLength || !isBearerToken(token)) {
    throw fail('the answer holds no token that fits a header')
  }
  // Both are of one clock, which need not be ours.
  const lifetimeMs = timeOf(expirationTimestamp) - timeOf(metadata['creationTimestamp'])
  if (!(lifetimeMs > 0)) throw fail('the answer does not say until when the token is good')
  return { token, lifetimeMs: Math.min(lifetimeMs, expirationSeconds * 1000) }
}

/** Milliseconds since the epoch; NaN for what is no time of Kubernetes. */
function timeOf(value: unknown): number {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:]{8}(?:\.\d+)?Z$/.test(value)
    ? Date.parse(value)
    : Number.NaN
}
