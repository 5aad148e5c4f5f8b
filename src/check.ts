import { type Answer, type AnswerDeps, denial, signInAnswer } from './answer.ts'
import type { AuditLog } from './audit/audit-log.ts'
import { entryOfCheck } from './audit/entry-of-check.ts'
import { type Awaitable, answerOr, continueWith } from './awaitable.ts'
import type { CheckInput } from './check-input.ts'
import type { CheckLog } from './check-log.ts'
import { type Denied, type Policy, refuseForm, type Verdict } from './decide.ts'
import { type Decision, type DenyReason, denyStatus, type Reply } from './decision.ts'
import { DependencyError } from './errors.ts'
import type { HeaderLine } from './headers/changes.ts'
import { type JudgeDeps, judge, type Progress } from './judge.ts'
import type { CheckContext } from './oidc/sign-in.ts'
import { deniedReply } from './replies/denied.ts'
import { compileTargets, type Target } from './routes/target.ts'
import type { StartCheckSpan } from './tracing/tracing.ts'

/** What the adapters call. */
export interface Checker {
  /**
   * Decides one request, at once if nothing has to be waited for. Never rejects and never throws: every
   * failure is a decision, and it comes before `timeoutMs` has passed (80 % of it), because after that
   * Envoy's failure mode decides.
   */
  readonly check: (input: CheckInput, options: CheckOptions) => Awaitable<Decision>
  /** The denial of a request that could not even be read, or whose caller is not trusted. */
  readonly refuse: (reason: DenyReason, detail: string) => Decision
}

/** What the port for direct requests calls. */
export interface DirectChecker {
  /**
   * Answers a request that came without Envoy's asking first: at the addresses of sign-in, and with a
   * denial everywhere else. Never rejects and never throws.
   */
  readonly page: (input: CheckInput) => Promise<Reply>
}

export interface CheckOptions {
  /** What the caller's deadline leaves, in milliseconds; undefined when it set none. */
  readonly timeoutMs: number | undefined
  /** What the caller says beside the request, by lower-case name: the metadata of a gRPC call. */
  readonly callHeader?: (name: string) => string | undefined
}

/** Everything that a check needs, wired in `assemble.ts`. */
export interface CheckDeps extends AnswerDeps, JudgeDeps {
  readonly policy: Policy
  readonly log: CheckLog
  readonly audit: AuditLog
  /** Absent: nothing is traced. */
  readonly startSpan?: StartCheckSpan | undefined
  readonly newId: () => string
}

/** The shipped Envoy timeout: counts when a caller names no deadline, and bounds a longer one. */
const longestMs = 10_000

/** How much of the caller's deadline may be used, so that Envoy's failure mode never decides. */
const usableShare = 0.8

/** Creates the checker of one configuration. */
export function createChecker(deps: CheckDeps): Checker & DirectChecker {
  const targetOf = compileTargets(deps.policy.config)

  const pageTargetOf = (input: CheckInput): Target => {
    const target = targetOf(input)
    return target.kind === 'sign-in' ? target : { kind: 'none' }
  }

  const check: Checker['check'] = (input, { timeoutMs = longestMs, callHeader }) => {
    const progress: Progress = { target: { kind: 'none' }, user: undefined }
    const options = { targetOf, progress, timeoutMs, callHeader }
    return continueWith(answerInTime(deps, input, options), (answered) =>
      isAudited(progress.target) ? recorded(deps, input, answered) : answered.decision,
    )
  }

  const page: DirectChecker['page'] = async (input) => {
    const progress: Progress = { target: { kind: 'none' }, user: undefined }
    const options = {
      targetOf: pageTargetOf,
      progress,
      timeoutMs: longestMs,
      callHeader: undefined,
    }
    const { decision } = await answerInTime(deps, input, options)
    return decision.kind === 'reply' ? decision : refuse('no-route', 'no address of sign-in')
  }

  const refuse = (reason: DenyReason, detail: string): Reply => {
    const id = deps.newId()
    const status = denyStatus[reason]
    deps.log.refused({ kind: 'denied', id, reason, detail, user: undefined, route: undefined })
    return deniedReply({ reason, status, id, signInURL: undefined }, { form: 'problem' })
  }

  return { check, page, refuse }
}

interface TimedOptions {
  readonly targetOf: (input: CheckInput) => Target
  readonly progress: Progress
  readonly timeoutMs: number
  readonly callHeader: CheckOptions['callHeader']
}

/** The answer before the deadline, and its line in the log. */
function answerInTime(
  deps: CheckDeps,
  input: CheckInput,
  { targetOf, progress, timeoutMs, callHeader }: TimedOptions,
): Awaitable<Answer> {
  const startMs = performance.now()
  const context = createContext(deps)
  const span = deps.startSpan?.(input, callHeader)
  const begin = () => answer(deps, input, { context, targetOf, progress })
  const late = (): Answer => {
    context.abort()
    const verdict = unavailable('no verdict within 80 % of the deadline', progress)
    return denial(deps, input, { id: context.id, verdict, target: progress.target })
  }
  const limitMs = Math.max(1, Math.min(timeoutMs, longestMs) * usableShare)
  const begun = span === undefined ? begin() : span.run(begin)
  const atMs = startMs + limitMs
  const timely = begun instanceof Promise ? beforeDeadline(begun, { atMs, late }) : begun
  return continueWith(timely, (answered) => {
    deps.log.checked(input, answered.event, performance.now() - startMs)
    span?.end(answered)
    return answered
  })
}

/**
 * What a promise gives, or what `late` makes of it at `atMs`, as `performance.now()` counts: a part of the
 * time has passed before there was a promise. Never rejects if neither does.
 */
function beforeDeadline<T>(
  promise: Promise<T>,
  { atMs, late }: { readonly atMs: number; readonly late: () => T },
): Promise<T> {
  return new Promise((resolve, reject) => {
    // As a promise of its own, so that a failure there ends this one and not the process.
    const leftMs = Math.max(0, atMs - performance.now())
    const timer = setTimeout(() => resolve(Promise.resolve().then(late)), leftMs)
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

function unavailable(detail: string, { user }: Progress): Denied {
  const denied = { kind: 'deny', reason: 'unavailable', detail } as const
  return user === undefined ? denied : { ...denied, user }
}

interface AnswerOptions {
  readonly context: CheckContext
  readonly targetOf: (input: CheckInput) => Target
  readonly progress: Progress
}

/** The one place where a failure becomes an answer. */
function answer(
  deps: CheckDeps,
  input: CheckInput,
  { context, targetOf, progress }: AnswerOptions,
): Awaitable<Answer> {
  const { id } = context
  const attempt = (): Awaitable<Answer> => {
    progress.target = targetOf(input)
    const verdict = refuseForm(input) ?? judge(deps, { input, progress })
    return continueWith(verdict, (found) => answerTo(found, { deps, input, context, progress }))
  }
  return answerOr(attempt, (error) => {
    const isKnown = error instanceof DependencyError
    if (!isKnown) deps.log.bug(error, id)
    const detail = error instanceof Error ? error.message : 'an unknown failure'
    const verdict = unavailable(detail, progress)
    const cause = isKnown ? error.cause : undefined
    return denial(deps, input, { id, verdict, target: progress.target, cause })
  })
}

interface VerdictOptions {
  readonly deps: CheckDeps
  readonly input: CheckInput
  readonly context: CheckContext
  readonly progress: Progress
}

function answerTo(
  verdict: Verdict | 'sign-in-endpoint',
  { deps, input, context, progress: { target } }: VerdictOptions,
): Awaitable<Answer> {
  const { id } = context
  if (verdict === 'sign-in-endpoint' || verdict.kind === 'sign-in') {
    return signInAnswer(deps, input, { context, target, verdict })
  }
  if (verdict.kind === 'deny') return denial(deps, input, { id, verdict, target })
  const route = target.kind === 'route' ? target.route.name : undefined
  const { user, changes } = verdict
  const downstream = user?.setCookies ?? noLines
  const decision = { kind: 'allow', id, upstream: changes, downstream } as const
  return { decision, event: { kind: 'allowed', id, user, route } }
}

const noLines: readonly HeaderLine[] = []
