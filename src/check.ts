import type { AuditLog } from './audit/audit-log.ts'
import { entryOfCheck } from './audit/entry-of-check.ts'
import type { Authenticator } from './authn/authenticator.ts'
import type { Authorize } from './authz/authorizer.ts'
import type { CheckInput } from './check-input.ts'
import type { CheckEvent, CheckLog } from './check-log.ts'
import type { RouteConfig } from './config/types.ts'
import {
  admit,
  type Denied,
  type Policy,
  passOn,
  refuseForm,
  refuseOnRoute,
  type Verdict,
} from './decide.ts'
import { type Decision, type DenyReason, denyStatus } from './decision.ts'
import { DependencyError } from './errors.ts'
import { endpointPath } from './oidc/endpoints.ts'
import type { CheckContext, SignIn, SignInReply } from './oidc/sign-in.ts'
import { type DenialForm, deniedReply } from './replies/denied.ts'
import { isNavigation } from './request-kind.ts'
import { compileTargets, type Target } from './routes/target.ts'

/** What the adapters call. */
export interface Checker {
  /**
   * Decides one request. Never rejects and never throws: every failure is a decision, and it comes
   * before `timeoutMs` has passed (80 % of it), because after that Envoy's failure mode decides.
   */
  readonly check: (input: CheckInput, options: CheckOptions) => Promise<Decision>
  /** The denial of a request that could not even be read, or whose caller is not trusted. */
  readonly refuse: (reason: DenyReason, detail: string) => Decision
}

export interface CheckOptions {
  /** What the caller's deadline leaves, in milliseconds; undefined when it set none. */
  readonly timeoutMs: number | undefined
}

/** Everything that a check needs, wired in `assemble.ts`. */
export interface CheckDeps {
  readonly policy: Policy
  readonly authenticate: Authenticator
  readonly authorize: Authorize
  /** Attaché's own token where a route hands it out. Rejects with a DependencyError without one. */
  readonly credentialFor: (route: RouteConfig) => string | undefined | Promise<string>
  /** Undefined when the configuration has no `signIn`. */
  readonly signIn: SignIn | undefined
  /** Where a browser on this host signs in; undefined where it cannot. */
  readonly signInURL: (host: string) => string | undefined
  readonly log: CheckLog
  readonly audit: AuditLog
  readonly newId: () => string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** The shipped Envoy timeout: counts when a caller names no deadline, and bounds a longer one. */
const longestMs = 10_000

/** How much of the caller's deadline may be used, so that Envoy's failure mode never decides. */
const usableShare = 0.8

/** What one check has found out so far; the log line tells it. */
type Answer = { readonly decision: Decision; readonly event: CheckEvent }

/** Creates the checker of one configuration. */
export function createChecker(deps: CheckDeps): Checker {
  const targetOf = compileTargets(deps.policy.config)

  const check: Checker['check'] = async (input, { timeoutMs = longestMs }) => {
    const startMs = performance.now()
    const context = createContext(deps)
    const progress: Progress = { target: { kind: 'none' } }
    const limitMs = Math.max(1, Math.min(timeoutMs, longestMs) * usableShare)
    const { decision, event } = await beforeDeadline(
      answer(deps, input, { context, targetOf, progress }),
      {
        limitMs,
        late: () => {
          context.abort()
          return denial(deps, input, { id: context.id, verdict: tooLate, ...progress })
        },
      },
    )
    deps.log.checked(input, event, performance.now() - startMs)
    if (!isAudited(progress.target)) return decision
    return recorded(deps, input, { decision, event })
  }

  const refuse: Checker['refuse'] = (reason, detail) => {
    const id = deps.newId()
    const status = denyStatus[reason]
    deps.log.refused({ kind: 'denied', id, reason, detail, user: undefined, route: undefined })
    return deniedReply(
      { reason, status, id, signInURL: undefined },
      { form: 'problem', styleURL: undefined },
    )
  }

  return { check, refuse }
}

/** What a promise gives, or what `late` makes of it when the time is over. Never rejects if neither does. */
function beforeDeadline<T>(
  promise: Promise<T>,
  { limitMs, late }: { readonly limitMs: number; readonly late: () => T },
): Promise<T> {
  return new Promise((resolve, reject) => {
    // As a promise of its own, so that a failure there ends this one and not the process.
    const timer = setTimeout(() => resolve(Promise.resolve().then(late)), limitMs)
    promise.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}

/** A context whose signal is made when somebody asks for it: only a sign-in does. */
function createContext({ newId, now }: CheckDeps): CheckContext & { readonly abort: () => void } {
  let made: AbortController | undefined
  const controller = (): AbortController => {
    made ??= new AbortController()
    return made
  }
  return {
    id: newId(),
    nowMs: now(),
    signal: () => controller().signal,
    // Whoever asks only after the deadline must see that it has passed.
    abort: () => controller().abort(),
  }
}

/** A request whose readings lead to several places counts as audited if one of them is. */
function isAudited(target: Target): boolean {
  if (target.kind === 'ambiguous') return target.isAudited
  return target.kind === 'route' && target.route.audit
}

/** What cannot be recorded is not let through: who did it would be in doubt. */
function recorded(deps: CheckDeps, input: CheckInput, answered: Answer): Decision {
  const { id } = answered.decision
  try {
    deps.audit.record(entryOfCheck(input, answered))
    return answered.decision
  } catch (error) {
    deps.log.bug(error, id)
    const verdict: Denied = { kind: 'deny', reason: 'unavailable', detail: 'no audit line' }
    return denial(deps, input, { id, verdict, target: { kind: 'none' } }).decision
  }
}

const tooLate: Denied = {
  kind: 'deny',
  reason: 'unavailable',
  detail: 'no verdict within 80 % of the deadline',
}

/** What is known of a check when its time is over, or when it fails. */
interface Progress {
  target: Target
}

interface AnswerOptions {
  readonly context: CheckContext
  readonly targetOf: (input: CheckInput) => Target
  readonly progress: Progress
}

/** The one place where a failure becomes an answer. */
async function answer(
  deps: CheckDeps,
  input: CheckInput,
  { context, targetOf, progress }: AnswerOptions,
): Promise<Answer> {
  try {
    const target = targetOf(input)
    progress.target = target
    return await answerAt(deps, input, { context, target })
  } catch (error) {
    const isKnown = error instanceof DependencyError
    if (!isKnown) deps.log.bug(error, context.id)
    const detail = error instanceof Error ? error.message : 'an unknown failure'
    const verdict: Denied = { kind: 'deny', reason: 'unavailable', detail }
    const cause = isKnown ? error.cause : undefined
    return denial(deps, input, { id: context.id, verdict, ...progress, cause })
  }
}

async function answerAt(
  deps: CheckDeps,
  input: CheckInput,
  { context, target }: { readonly context: CheckContext; readonly target: Target },
): Promise<Answer> {
  const { id } = context
  const verdict = refuseForm(input) ?? (await judge(deps, input, target))
  if (verdict === 'sign-in-endpoint' || verdict.kind === 'sign-in') {
    return signInAnswer(deps, input, { context, target, verdict })
  }
  if (verdict.kind === 'deny') return denial(deps, input, { id, verdict, target })
  const route = target.kind === 'route' ? target.route.name : undefined
  const event: CheckEvent = { kind: 'allowed', id, user: verdict.user, route }
  return { decision: { kind: 'allow', id, upstream: verdict.changes, downstream: [] }, event }
}

async function judge(
  deps: CheckDeps,
  input: CheckInput,
  target: Target,
): Promise<Verdict | 'sign-in-endpoint'> {
  switch (target.kind) {
    case 'malformed':
      return { kind: 'deny', reason: 'malformed-request', detail: target.detail }
    case 'ambiguous':
      return { kind: 'deny', reason: 'ambiguous-path', detail: 'readings of the path disagree' }
    case 'none':
      return { kind: 'deny', reason: 'no-route', detail: 'no route matches' }
    case 'sign-in':
      return 'sign-in-endpoint'
    case 'route': {
      const { route } = target
      if (route.access === 'public') {
        const changes = deps.policy.upstreamHeaders.anonymous(input, { strip: false })
        return { kind: 'allow', changes, user: undefined }
      }
      const request = { ...target, input }
      const refused = refuseOnRoute(request, deps.policy.config)
      if (refused !== undefined) return refused
      const admitted = admit(await deps.authenticate(input), request, deps.policy)
      if (admitted.kind !== 'admitted') return admitted
      const authorized = await deps.authorize(request, admitted.user)
      if (authorized.kind === 'denied') return { ...authorized, kind: 'deny' }
      const { user } = authorized
      const credential = await deps.credentialFor(request.route)
      return passOn({ user, credential }, request, deps.policy)
    }
  }
}

interface SignInOptions {
  readonly context: CheckContext
  readonly target: Target
  readonly verdict: 'sign-in-endpoint' | { readonly kind: 'sign-in'; readonly detail: string }
}

async function signInAnswer(
  { signIn }: CheckDeps,
  input: CheckInput,
  { context, target, verdict }: SignInOptions,
): Promise<Answer> {
  if (signIn === undefined) throw new TypeError('Cannot sign in: there is no sign-in')
  const { id } = context
  const isEndpoint = verdict === 'sign-in-endpoint' && target.kind === 'sign-in'
  const reply: SignInReply = isEndpoint
    ? await signIn.handle(target.endpoint, input, context)
    : await signIn.begin(input, context)
  const { status, headers, body, event } = reply
  const detail = verdict === 'sign-in-endpoint' ? 'sign-in endpoint' : verdict.detail
  return {
    decision: { kind: 'reply', id, status, headers, body },
    event: { kind: 'sign-in', id, status, detail, outcome: event },
  }
}

interface DenialOptions {
  readonly id: string
  readonly verdict: Denied
  readonly target: Target
  readonly cause?: unknown
}

function denial(deps: CheckDeps, input: CheckInput, options: DenialOptions): Answer {
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
