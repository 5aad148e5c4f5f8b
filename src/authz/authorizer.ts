import type { Authenticated } from '../authn/authenticator.ts'
import type { CheckInput } from '../check-input.ts'
import type { Config, RouteConfig } from '../config/types.ts'
import type { DenyReason } from '../decision.ts'
import { isOriginalUserKey } from '../headers/original-user.ts'
import type { Captures } from '../routes/pattern.ts'
import type { ResourceAttributes, ReviewAccess } from './access.ts'
import { type ActAs, actAs } from './act-as.ts'
import { refusePass } from './pass-bound.ts'
import { compileRouteReview, type RouteReview } from './route-review.ts'

/** A request that a route's own rules have let through. */
export interface AuthorizationRequest {
  readonly input: CheckInput
  readonly route: RouteConfig
  /** Every way in which the route's pattern fits. */
  readonly captures: readonly Captures[]
}

export type Authorization =
  | {
      readonly kind: 'allowed'
      readonly user: Authenticated
      /** What the route's review was about; empty where it asks for none. */
      readonly reviewed: readonly ResourceAttributes[]
    }
  | {
      readonly kind: 'denied'
      readonly reason: DenyReason & ('not-allowed' | 'client-impersonation')
      readonly detail: string
      readonly user: Authenticated
    }

/** Decides what the API server must be asked about. Rejects with a DependencyError without an answer. */
export type Authorize = (
  request: AuthorizationRequest,
  user: Authenticated,
) => Authorization | Promise<Authorization>

/**
 * Asks, where a route wants it, whether the user may act as whom they ask for, and then whether who they
 * act as may do what the route is about. Where no route wants anything it decides at once. A gateway
 * pass is looked at on every route, before anybody is asked.
 */
export function createAuthorize(config: Config, review: ReviewAccess): Authorize {
  const reviews = new Map<RouteConfig['subjectAccessReview'], RouteReview>()
  for (const { subjectAccessReview: setting } of config.routes) {
    if (setting !== undefined) reviews.set(setting, compileRouteReview(setting, review))
  }
  const configured = new Set(config.impersonate.extra.map(({ key }) => key))
  const act = actAs({
    review,
    maxItems: config.impersonate.maxHeaderLines,
    isReservedExtra: (key) => isOriginalUserKey(key) || configured.has(key.toLowerCase()),
  })

  return (request, user) => {
    const { allowImpersonation, subjectAccessReview } = request.route
    const isPass = user.authenticator === 'gateway-pass'
    if (!isPass && !allowImpersonation && subjectAccessReview === undefined) {
      return { kind: 'allowed', user, reviewed: nothingReviewed }
    }
    const routeReview = reviews.get(subjectAccessReview)
    if (subjectAccessReview !== undefined && routeReview === undefined) {
      throw new TypeError(`Cannot authorize: "${request.route.name}" is of another configuration`)
    }
    const detail = isPass ? refusePass(request, user, routeReview) : undefined
    if (detail !== undefined) return { kind: 'denied', reason: 'not-allowed', detail, user }
    return ask(request, user, { act, routeReview })
  }
}

const nothingReviewed: readonly ResourceAttributes[] = []

async function ask(
  { input, route, captures }: AuthorizationRequest,
  caller: Authenticated,
  { act, routeReview }: { readonly act: ActAs; readonly routeReview: RouteReview | undefined },
): Promise<Authorization> {
  let user = caller
  if (route.allowImpersonation) {
    const acting = await act(caller.user, input.headers)
    switch (acting.kind) {
      case 'same':
        break
      case 'acting':
        user = { ...caller, actingAs: acting.user }
        break
      case 'denied':
        user = { ...caller, actingAs: acting.user }
        return { kind: 'denied', reason: 'not-allowed', detail: acting.detail, user }
      case 'malformed':
        return { kind: 'denied', reason: 'client-impersonation', detail: acting.detail, user }
    }
  }
  if (routeReview === undefined) return { kind: 'allowed', user, reviewed: nothingReviewed }
  const verdict = await routeReview.ask(user.actingAs ?? user.user, captures)
  if (verdict.kind === 'denied') {
    return { kind: 'denied', reason: 'not-allowed', detail: verdict.detail, user }
  }
  return { kind: 'allowed', user, reviewed: verdict.reviewed }
}
