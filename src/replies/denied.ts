import type { Reply } from '../decision.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { deniedPage } from '../pages/denied.ts'
import type { PageShell } from '../pages/shell.ts'
import { type Denial, kubernetesStatusBody, problemBody } from './problem.ts'

/** Who reads the denial: a person, a Kubernetes client, any other program. */
export type DenialForm =
  | {
      readonly form: 'page'
      readonly shell: PageShell
      /** As whom the request was judged; undefined: as nobody. */
      readonly user?: string | undefined
      /** Where somebody with a session comes back as somebody else; undefined: not by a session. */
      readonly switchURL?: string | undefined
    }
  | { readonly form: 'kubernetes-status' }
  | { readonly form: 'problem' }

/** Seconds after which it is worth trying again: when a part gave no answer, or passwords were wrong. */
const retryAfterSeconds = { unavailable: 5, 'too-many-attempts': 60 }

/** kube-apiserver's own: kubectl waits so long before each of ten attempts, and only then says why. */
const kubernetesRetryAfterSeconds = { ...retryAfterSeconds, unavailable: 1 }

/** The response of a denied request: its form, and what RFC 6750 §3 and RFC 9110 §10.2.3 ask for. */
export function deniedReply(denial: Denial, form: DenialForm): Reply {
  const { headers, body } = formed(denial, form)
  return {
    kind: 'reply',
    id: denial.id,
    status: denial.status,
    headers: [...headers, ...challenge(denial, form), ['cache-control', 'no-store']],
    body,
  }
}

function challenge({ reason, status }: Denial, { form }: Pick<DenialForm, 'form'>): HeaderLine[] {
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
  form: DenialForm,
): { readonly headers: readonly HeaderLine[]; readonly body: string } {
  switch (form.form) {
    case 'page': {
      const { reason, id, signInURL } = denial
      const { shell, user, switchURL } = form
      return deniedPage(shell, { reason, decisionId: id, signInURL, user, switchURL })
    }
    case 'kubernetes-status':
      return { headers: [['content-type', 'application/json']], body: kubernetesStatusBody(denial) }
    case 'problem':
      return { headers: [['content-type', 'application/problem+json']], body: problemBody(denial) }
  }
}
