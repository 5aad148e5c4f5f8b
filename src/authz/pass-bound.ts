import type { Authenticated } from '../authn/authenticator.ts'
import type { ResourceAttributes } from './access.ts'
import type { AuthorizationRequest } from './authorizer.ts'
import { describeAction, type RouteReview } from './route-review.ts'

type PassRequest = Pick<AuthorizationRequest, 'route' | 'captures'> & {
  readonly input: Pick<AuthorizationRequest['input'], 'host'>
}

/** As a gateway writes a host for the next one: without port and trailing dot. */
const writtenByGateway = /^[A-Za-z0-9._-]*[A-Za-z0-9_-]$/

/**
 * Why a gateway pass is no good for a request, for the log; undefined where it is good. It stands for the
 * reviews that were answered yes when it was made, so it is good for these alone: whoever gets hold of one
 * can do nothing with it that its request could not.
 */
export function refusePass(
  { input, route, captures }: PassRequest,
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
  // Of a model's pod: at the gateway for people the model's host can lead by its path to anything, and the
  // pass would be the caller there.
  if (!route.allowGatewayPass)
    return 'the route takes no gateway passes: allowGatewayPass is not set'
  // In other spellings a gateway knows no way for the host and goes by the path, and its policies know none.
  if (!writtenByGateway.test(input.host)) {
    return 'a gateway pass is not good for a host with a port or a trailing dot'
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
