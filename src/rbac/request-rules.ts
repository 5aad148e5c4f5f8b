import type { Config } from '../config/types.ts'
import type { Rule } from './objects.ts'

interface Verbs {
  readonly onObjects: readonly string[]
  readonly onPaths: readonly string[]
}

/** How kube-apiserver calls what a method does (k8s.io/apiserver/pkg/endpoints/request/requestinfo.go). */
const verbsOfMethod: ReadonlyMap<string, Verbs> = new Map([
  ['GET', { onObjects: ['get', 'list', 'watch'], onPaths: ['get'] }],
  ['HEAD', { onObjects: ['get', 'list', 'watch'], onPaths: ['head'] }],
  ['POST', { onObjects: ['create'], onPaths: ['post'] }],
  ['PUT', { onObjects: ['update'], onPaths: ['put'] }],
  ['PATCH', { onObjects: ['patch'], onPaths: ['patch'] }],
  ['DELETE', { onObjects: ['delete', 'deletecollection'], onPaths: ['delete'] }],
  // A verb that has no name on objects.
  ['OPTIONS', { onObjects: [], onPaths: ['options'] }],
])

/**
 * What constrained impersonation wants besides the identity: the right to make the request as somebody
 * else, whatever it is. What it may do is still the impersonated user's own right, so only the methods of
 * the routes narrow it.
 */
export function requestRules({ routes }: Config): readonly Rule[] {
  const methods = new Set(
    routes
      .filter(({ identity }) => identity === 'impersonate')
      .flatMap(({ match }) => match.flatMap((one) => one.methods ?? [...verbsOfMethod.keys()])),
  )
  const verbs = [...methods].flatMap((method) => verbsOfMethod.get(method) ?? [])
  const onObjects = named(verbs.flatMap((each) => each.onObjects))
  const onPaths = named(verbs.flatMap((each) => each.onPaths))
  const rules: Rule[] = []
  if (onObjects.length > 0) {
    rules.push({
      why: 'Requests about objects may be made as somebody else; what comes of them is decided by that user’s own rights.',
      rule: { apiGroups: ['*'], resources: ['*'], verbs: onObjects },
    })
  }
  if (onPaths.length > 0) {
    rules.push({
      why: 'The same for other paths, such as /version.',
      rule: { nonResourceURLs: ['*'], verbs: onPaths },
    })
  }
  return rules
}

function named(verbs: readonly string[]): readonly string[] {
  return [...new Set(verbs)].map((verb) => `impersonate-on:user-info:${verb}`)
}
