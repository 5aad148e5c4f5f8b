import { compileRouteReview } from '../../authz/route-review.ts'
import type { RouteConfig } from '../../config/types.ts'
import { compileTargets, type Target } from '../../routes/target.ts'
import { type Finding, fault, warning } from './finding.ts'
import type { Installation } from './installation.ts'
import { type ModelName, type ModelPlace, modelPlacesOf } from './model-places.ts'

/** A model that no cluster has. */
const sample: ModelName = { name: 'model', namespace: 'team' }

/** The same as patterns of routes write it. */
const captured: ModelName = { name: '{name}', namespace: '{namespace}' }

/** Whether each place that models are called at is on a route that reviews who may call them. */
export function checkModelRoutes(installation: Installation): readonly Finding[] {
  const { config } = installation
  const targetOf = compileTargets(config)
  const isReviewed = config.routes.some(
    ({ subjectAccessReview }) => subjectAccessReview?.resource === 'inferenceservices',
  )
  return modelPlacesOf(installation).flatMap((place) => {
    const host = place.host(sample)
    const path = place.path === undefined ? '' : place.path(sample)
    if (host === undefined || path === undefined) return [unreadable(place)]
    const base = path.replace(/\/$/, '')
    const open = ['/', '/v1/models/model:predict', '/v2/models/model/infer']
      .map((rest) => openRoute(targetOf({ method: 'POST', host, path: `${base}${rest}` })))
      .find((route) => route !== undefined)
    if (open === undefined) return []
    const said = isReviewed ? fault : warning
    return [
      said(place.object, {
        what: `has ${place.setting}: ${open.route.name} takes models there, such as "${host}${base}", and ${open.asksForAnother ? 'asks for another one' : 'reviews nobody'}`,
        effect: effectOf(open),
        fix: remedy(place),
      }),
    ]
  })
}

/** A route that does not ask whether somebody may call the sample. */
interface OpenRoute {
  readonly route: RouteConfig
  /** Whether it reviews, and something else. */
  readonly asksForAnother: boolean
}

function openRoute(target: Target): OpenRoute | undefined {
  if (target.kind !== 'route' || target.route.when?.source.trim() === 'false') return undefined
  const { route, captures } = target
  if (route.access === 'public' || route.subjectAccessReview === undefined) {
    return { route, asksForAnother: false }
  }
  const review = compileRouteReview(route.subjectAccessReview, neverAsked)
  const subject = review.about(captures)
  if (subject.kind === 'denied') return undefined
  // Each way is asked about, so one that is the model's own is enough.
  const isAsked = subject.attributes.some(
    ({ namespace, name }) =>
      namespace === sample.namespace && [sample.name, '', undefined].includes(name),
  )
  return isAsked ? undefined : { route, asksForAnother: true }
}

function effectOf({ route, asksForAnother }: OpenRoute): string {
  if (asksForAnother)
    return 'whoever may call that one may call this one, and its own users may not'
  return route.access === 'public'
    ? 'anybody may call every model, without signing in'
    : 'whoever is signed in may call the models of every namespace'
}

function neverAsked(): never {
  throw new TypeError('Cannot ask: no API server is asked about files')
}

function remedy(place: ModelPlace): string {
  const where = 'of the route for models in attache.yaml (ConfigMap attache/attache)'
  const path = place.path?.(captured)?.replace(/\/$/, '')
  if (path !== undefined) {
    const isWhole = path.includes('{name}') && path.includes('{namespace}')
    if (!isWhole)
      return 'let pathTemplate have {{ .Namespace }} and {{ .Name }}, each between slashes'
    return `add paths: ["${path}", "${path}/*"] to match ${where}`
  }
  const host = place.host(captured) ?? ''
  if (!host.includes('{name}') || !host.includes('{namespace}')) {
    return 'let the template of its hosts have {{ .Name }} and {{ .Namespace }}'
  }
  return `add "${host}" to the hosts ${where}, between its lines "# ---- domain"`
}

function unreadable(place: ModelPlace): Finding {
  return warning(place.object, {
    what: `has ${place.setting}, and nobody can see here where models are called by that`,
    effect:
      'a model whose host or path is on no route with a subjectAccessReview can be called by whoever is signed in',
    fix: 'use .Name, .Namespace and the domain alone, or make sure that a route of attache.yaml reviews all of them',
  })
}
