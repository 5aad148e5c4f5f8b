import type { Reply } from '../decision.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { deniedPage } from '../pages/denied.ts'
import { type Denial, kubernetesStatusBody, problemBody, publicText } from './problem.ts'

/** Who reads the denial: a person, a Kubernetes client, any other program. */
export type DenialForm = 'page' | 'kubernetes-status' | 'problem'

/** What {@link deniedReply} needs besides the denial. */
export interface DeniedReplyOptions {
  readonly form: DenialForm
  /** Address of the pages' style sheet; undefined where sign-in, which serves it, is not on offer. */
  readonly styleURL: string | undefined
  /** Whose session was denied, and where to end it; for the page alone. */
  readonly signedIn?: { readonly user: string; readonly signOutURL: string } | undefined
}

/** Seconds after which it is worth trying again: when a part gave no answer, or passwords were wrong. */
const retryAfterSeconds = { unavailable: 5, 'too-many-attempts': 60 }

/** kube-apiserver's own: kubectl waits so long before each of ten attempts, and only then says why. */
const kubernetesRetryAfterSeconds = { ...retryAfterSeconds, unavailable: 1 }

/** The response of a denied request: its form, and what RFC 6750 §3 and RFC 9110 §10.2.3 ask for. */
export function deniedReply(denial: Denial, options: DeniedReplyOptions): Reply {
  const { headers, body } = formed(denial, options)
  return {
    kind: 'reply',
    id: denial.id,
    status: denial.status,
    headers: [...headers, ...challenge(denial, options), ['cache-control', 'no-store']],
    body,
  }
}

function challenge(
  { reason, status }: Denial,
  { form }: Pick<DeniedReplyOptions, 'form'>,
): HeaderLine[] {
  if (reason === 'unavailable' || reason === 'too-many-attempts') {
    const seconds = form === 'kubernetes-status' ? kubernetesRetryAfterSeconds : retryAfterSeconds
    return [['retry-after', String(seconds[reason])]]
  }
  if (status !== 401) return []
  // RFC 6750 §3.1: a request without a credential learns no error code.
  const error = reason === 'no-credential' ? '' : ', error="invalid_token"'
  return [['www-authenticate', `Bearer realm="attache"${error}`]]
}

function formed(
  denial: Denial,
  { form, styleURL, signedIn }: DeniedReplyOptions,
): { readonly headers: readonly HeaderLine[]; readonly body: string } {
  switch (form) {
    case 'page': {
      const { title, detail } = publicText[denial.reason]
      const { id, signInURL } = denial
      const page = { title, text: detail, decisionId: id, signInURL, styleURL }
      return deniedPage({ ...page, ...signedIn })
    }
    case 'kubernetes-status':
      return { headers: [['content-type', 'application/json']], body: kubernetesStatusBody(denial) }
    case 'problem':
      return { headers: [['content-type', 'application/problem+json']], body: problemBody(denial) }
  }
}
