/** Puts a verdict into words: what Envoy is told, and what the log says of it. */
import type { Authenticated } from './authn/authenticator.ts'
import type { CheckInput } from './check-input.ts'
import type { CheckEvent } from './check-log.ts'
import type { Denied, Policy } from './decide.ts'
import { type Decision, denyStatus } from './decision.ts'
import type { CheckContext, SignIn, SignInReply } from './oidc/sign-in.ts'
import type { ShellFor } from './pages/shell.ts'
import { type DenialForm, deniedReply } from './replies/denied.ts'
import { isShown } from './request-kind.ts'
import { endpointPath } from './routes/endpoints.ts'
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
  /** What pages have around their content. */
  readonly shellFor: ShellFor
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
  // Also where the configuration says 403 of a missing credential.
  const signInHelps = status === 401 || reason === 'no-credential'
  const signInURL = signInHelps ? deps.signInURL(input.host) : undefined
  const form = formFor(deps, input, { target, user })
  const route = target.kind === 'route' ? target.route.name : undefined
  return {
    decision: deniedReply({ reason, status, id, signInURL }, form),
    event: { kind: 'denied', id, reason, detail, user, route, cause },
  }
}

function formFor(
  { policy, shellFor }: AnswerDeps,
  input: CheckInput,
  { target, user }: { readonly target: Target; readonly user: Authenticated | undefined },
): DenialForm {
  if (target.kind === 'route' && target.route.identity === 'impersonate') {
    return { form: 'kubernetes-status' }
  }
  if (!isShown(input)) return { form: 'problem' }
  const { signIn } = policy.config
  const isSession = signIn !== undefined && user?.authenticator === 'session'
  return {
    form: 'page',
    shell: shellFor(input.headers),
    // Nobody calls themselves anonymous.
    user: user?.authenticator === 'anonymous' ? undefined : user?.user.name,
    // Signing out, which ends the provider's session too: else it would sign the same person in again.
    switchURL: isSession ? endpointPath(signIn, 'sign_out') : undefined,
  }
}
