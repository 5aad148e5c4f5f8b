import type { ReviewAccess } from '../authz/access.ts'
import { compileRouteReview, type RouteReviewSetting } from '../authz/route-review.ts'
import { alwaysCaptures } from './captures.ts'
import type { Document } from './document.ts'
import type { RawReview } from './schema/routes.ts'
import type { RouteMatch } from './types.ts'
import { childPath } from './yaml-tree.ts'

/** An alternative of a route's match, and where it stands. */
export interface Alternative {
  readonly path: string
  readonly value: RouteMatch
}

type Field = keyof RouteReviewSetting

/** What else stands in a field can only be a mistake: the API server would be asked about nothing there is. */
const shapes: Readonly<Record<Field, readonly [shape: RegExp, must: string]>> = {
  group: [/^[^\s\p{C}/]*$/u, 'must be an API group without its version, such as apps'],
  resource: [
    /^[^\s\p{C}A-Z/]+$/u,
    'must be a resource in lower case, such as pods; a subresource has its own key',
  ],
  subresource: [/^[^\s\p{C}]+$/u, 'must be a subresource, such as log'],
  verb: [/^[^\s\p{C}A-Z]+$/u, 'must be a verb of Kubernetes in lower case, such as get'],
  namespace: [
    /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
    'must be a namespace, with captures such as "{namespace}"',
  ],
  name: [/^[^\p{C}/%]+$/u, 'must be the name of an object, without "/" and "%"'],
}

const fields = ['group', 'resource', 'subresource', 'verb', 'namespace', 'name'] as const

/**
 * `subjectAccessReview` of a route. Whatever fits the route has every capture that the review names: an
 * empty one would ask about all namespaces, or all names.
 */
export function buildReview(
  document: Document,
  path: string,
  { raw, match }: { readonly raw: RawReview; readonly match: readonly Alternative[] },
): RouteReviewSetting {
  for (const field of fields) {
    const text = raw[field]
    if (text === undefined) continue
    const place = childPath(path, field)
    for (const name of capturesIn(document, place, { field, text })) {
      const without = match.find(({ value }) => !alwaysCaptures(value, name))
      if (without === undefined) continue
      document.report(
        place,
        `needs the capture "{${name}}", which ${without.path} does not always have: capture it in each of its paths, or in each of its hosts`,
      )
    }
  }
  return raw
}

const neverAsked: ReviewAccess = () => {
  throw new TypeError('Cannot ask the API server: the configuration is only being loaded')
}

/** What the field needs; nothing when something is wrong with it, which is reported. */
function capturesIn(
  document: Document,
  place: string,
  { field, text }: { readonly field: Field; readonly text: string },
): Iterable<string> {
  const [shape, must] = shapes[field]
  try {
    const { needs } = compileRouteReview({ verb: '', resource: '', [field]: text }, neverAsked)
    if (shape.test(text.replaceAll(/\{\w+\}/g, 'x'))) return needs
    document.report(place, `${must}${document.got(place, text)}`)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // As in patterns, a variable may hold what nobody else should read.
    document.report(place, error.message.replaceAll(text, document.written(place) ?? text))
  }
  return []
}
