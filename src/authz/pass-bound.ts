import type { Authenticated } from '../authn/authenticator.ts'
import type { ResourceAttributes } from './access.ts'
import type { AuthorizationRequest } from './authorizer.ts'
import { describeAction, type RouteReview } from './route-review.ts'

/**
 * Why a gateway pass is no good for a request, for the log; undefined where it is good. It stands for the
 * reviews that were answered yes when it was made, so it is good for these alone: whoever gets hold of one
 * can do nothing with it that its request could not.
 */
export function refusePass(
  { route, captures }: Pick<AuthorizationRequest, 'route' | 'captures'>,
  { goodFor = [] }: Authenticated,
  review: RouteReview | undefined,
): string | undefined {
  // There the review of one object would open all that the user may at the API server.
  if (route.identity === 'impersonate' || route.allowImpersonation) {
    return 'a gateway pass is not good for a route with identity: impersonate'
  }
  if (review === undefined) {
    return 'a gateway pass is not good for a route without subjectAccessReview'
  }
  const subject = review.about(captures)
  if (subject.kind === 'denied') return subject.detail
  const foreign = subject.attributes.find((one) => !goodFor.some((good) => isSame(good, one)))
  if (foreign === undefined) return undefined
  return `the gateway pass is not good for ${describeAction(foreign)}`
}

const attributeNames = [
  'verb',
  'resource',
  'group',
  'version',
  'subresource',
  'namespace',
  'name',
] as const satisfies readonly (keyof ResourceAttributes)[]

function isSame(one: ResourceAttributes, other: ResourceAttributes): boolean {
  return attributeNames.every((name) => (one[name] ?? '') === (other[name] ?? ''))
}
