import type { Authenticated, Authenticator } from './authn/authenticator.ts'
import type { Authorization, Authorize } from './authz/authorizer.ts'
import { type Awaitable, continueWith } from './awaitable.ts'
import type { CheckInput } from './check-input.ts'
import type { CredentialFor } from './credential.ts'
import {
  admit,
  type Policy,
  passOn,
  type RoutedRequest,
  refuseEndedIDToken,
  refuseOnRoute,
  type Verdict,
} from './decide.ts'
import type { Target } from './routes/target.ts'

/** Who knows what a verdict depends on. */
export interface JudgeDeps {
  readonly policy: Policy
  readonly authenticate: Authenticator
  readonly authorize: Authorize
  readonly credentialFor: CredentialFor
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** What is known of a check when its time is over, or when it fails. */
export interface Progress {
  target: Target
  /** Whom the route's own rules let through; the log and the audit line name them. */
  user: Authenticated | undefined
}

/**
 * Asks those who know, in their order, and says what becomes of a request at its target. It waits only
 * for whom it has to; their failures go through it.
 */
export function judge(
  deps: JudgeDeps,
  { input, progress }: { readonly input: CheckInput; readonly progress: Progress },
): Awaitable<Verdict | 'sign-in-endpoint'> {
  const { target } = progress
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
      return judgeOnRoute(deps, { request: { ...target, input }, progress })
    }
  }
}

/** On a route that needs a user. */
function judgeOnRoute(
  deps: JudgeDeps,
  { request, progress }: { readonly request: RoutedRequest; readonly progress: Progress },
): Awaitable<Verdict> {
  const { policy } = deps
  const refused = refuseOnRoute(request, policy.config)
  if (refused !== undefined) return refused
  return continueWith(deps.authenticate(request.input), (outcome) => {
    const admitted = admit(outcome, { request, policy })
    if (admitted.kind !== 'admitted') return admitted
    progress.user = admitted.user
    return continueWith(deps.authorize(request, admitted.user), (authorized) =>
      authorized.kind === 'denied'
        ? { ...authorized, kind: 'deny' }
        : sendOn(deps, { authorized, request }),
    )
  })
}

interface Allowed {
  readonly authorized: Extract<Authorization, { kind: 'allowed' }>
  readonly request: RoutedRequest
}

function sendOn(
  { policy, credentialFor, now }: JudgeDeps,
  { authorized: { user, reviewed }, request }: Allowed,
): Awaitable<Verdict> {
  // After all that takes time: what is good now is what goes on.
  const ended = refuseEndedIDToken(user, request, { config: policy.config, nowMs: now() })
  if (ended !== undefined) return ended
  const { route } = request
  return continueWith(credentialFor({ route, reviewed }, user), (credential) => {
    if (typeof credential === 'object') {
      const what = route.authorization === 'gatewayPass' ? 'gateway pass' : 'identity token'
      const detail = `the ${what} would have ${credential.bytes} bytes`
      return { kind: 'deny', reason: 'identity-too-large', detail, user }
    }
    return passOn({ user, credential }, { request, policy })
  })
}
