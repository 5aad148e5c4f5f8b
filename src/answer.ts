/** Puts a verdict into words: what Envoy is told, and what the log says of it. */
import type { CheckInput } from './check-input.ts'
import type { CheckEvent } from './check-log.ts'
import type { Denied, Policy } from './decide.ts'
import { type Decision, denyStatus } from './decision.ts'
import { endpointPath } from './oidc/endpoints.ts'
import type { CheckContext, SignIn, SignInReply } from './oidc/sign-in.ts'
import { type DenialForm, deniedReply } from './replies/denied.ts'
import { isNavigation } from './request-kind.ts'
import type { Target } from './routes/target.ts'

/** The answer to one check, and the line that it leaves. */
export interface Answer {
  readonly decision: Decision
  readonly event: CheckEvent
}

/** What answers are made with. */
export interface AnswerDeps {
  readonly policy: Pick<Policy, 'config'>
  /** Undefined when the configuration has no `signIn`. */
  readonly signIn: SignIn | undefined
  /** Where a browser on this host signs in; undefined where it cannot. */
  readonly signInURL: (host: string) => string | undefined
}

interface SignInOptions {
  readonly context: CheckContext
  readonly target: Target
  readonly verdict: 'sign-in-endpoint' | { readonly kind: 'sign-in'; readonly detail: string }
}

/** Sends somebody to sign in, or answers at one of sign-in's own addresses. */
export async function signInAnswer(
  { signIn }: AnswerDeps,
  input: CheckInput,
  { context, target, verdict }: SignInOptions,
): Promise<Answer> {
  if (signIn === undefined) throw new TypeError('Cannot sign in: there is no sign-in')
  const { id } = context
  const isEndpoint = verdict === 'sign-in-endpoint' && target.kind === 'sign-in'
  const reply: SignInReply = isEndpoint
    ? await signIn.handle(target.endpoint, input, context)
    : await signIn.begin(input, context, { provider: providerOf(target) })
  const { status, headers, body, event } = reply
  const detail = verdict === 'sign-in-endpoint' ? 'sign-in endpoint' : verdict.detail
  return {
    decision: { kind: 'reply', id, status, headers, body },
    event: { kind: 'sign-in', id, status, detail, outcome: event },
  }
}

function providerOf(target: Target): string | undefined {
  return target.kind === 'route' ? target.route.provider : undefined
}

interface DenialOptions {
  readonly id: string
  readonly verdict: Denied
  readonly target: Target
  readonly cause?: unknown
}

/** The denial of a request, in the form that suits whoever sent it. */
export function denial(deps: AnswerDeps, input: CheckInput, options: DenialOptions): Answer {
  const { id, verdict, target, cause } = options
  const { reason, detail, user } = verdict
  const status = verdict.status ?? denyStatus[reason]
  const { signIn } = deps.policy.config
  const signInURL = status === 401 ? deps.signInURL(input.host) : undefined
  const styleURL = signIn && endpointPath(signIn, 'style.css')
  const signedIn =
    signIn !== undefined && user?.authenticator === 'session'
      ? { user: user.user.name, signOutURL: endpointPath(signIn, 'sign_out') }
      : undefined
  const form = formFor(input, target)
  const route = target.kind === 'route' ? target.route.name : undefined
  return {
    decision: deniedReply({ reason, status, id, signInURL }, { form, styleURL, signedIn }),
    event: { kind: 'denied', id, reason, detail, user, route, cause },
  }
}

function formFor(input: CheckInput, target: Target): DenialForm {
  if (target.kind === 'route' && target.route.identity === 'impersonate') return 'kubernetes-status'
  return isNavigation(input) ? 'page' : 'problem'
}
