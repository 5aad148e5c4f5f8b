import type { Captures } from '../routes/pattern.ts'
import type { UserInfo } from '../user.ts'
import type { ResourceAttributes, ReviewAccess } from './access.ts'
import { firstDenied } from './first-denied.ts'

/** `subjectAccessReview` of a route. In `namespace` and `name`, `{x}` stands for what was captured as x. */
export interface RouteReviewSetting {
  readonly verb: string
  readonly resource: string
  /** Default: the core group. */
  readonly group?: string | undefined
  readonly subresource?: string | undefined
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}

interface Refused {
  readonly kind: 'denied'
  readonly detail: string
}

/** What a request is about: the attributes of one review for each way, never none. */
export type RouteReviewSubject =
  | { readonly kind: 'attributes'; readonly attributes: readonly ResourceAttributes[] }
  | Refused

export type RouteReviewVerdict =
  /** What the API server has allowed. */
  { readonly kind: 'allowed'; readonly reviewed: readonly ResourceAttributes[] } | Refused

/** Asks whether a user may, on one route. */
export interface RouteReview {
  /** Captures that it needs: each alternative of the route's match must have all of them. */
  readonly needs: ReadonlySet<string>
  /** Asks nobody. Denied where there is no way, or too many, or one that lacks a capture. */
  readonly about: (ways: readonly Captures[]) => RouteReviewSubject
  /**
   * Allowed only if the API server allows it for every way in which the route's pattern fits, and if
   * there is one. Rejects when the API server gives no answer.
   */
  readonly ask: (user: UserInfo, ways: readonly Captures[]) => Promise<RouteReviewVerdict>
}

/** A host has more ways than this only if somebody made it so. */
const maxWays = 64

/** Compiles the setting; throws `SyntaxError` that says what is wrong with a placeholder. */
export function compileRouteReview(setting: RouteReviewSetting, review: ReviewAccess): RouteReview {
  const { verb, resource, group = '', subresource = '' } = setting
  for (const [field, text] of Object.entries({ verb, resource, group, subresource })) {
    if (/[{}]/.test(text)) throw new SyntaxError(`${field} "${text}" cannot hold a capture`)
  }
  const namespace = compileTemplate(setting.namespace ?? '')
  const name = compileTemplate(setting.name ?? '')
  const needs = new Set([...namespace.needs, ...name.needs])

  function attributesFor(way: Captures): ResourceAttributes {
    const fields = { namespace: namespace.fill(way), name: name.fill(way) }
    return { verb, group, resource, subresource, ...fields }
  }

  function about(ways: readonly Captures[]): RouteReviewSubject {
    const missing = [...needs].find((capture) => ways.some((way) => !holds(way, capture)))
    if (missing !== undefined) return denied(`nothing was captured as "${missing}"`)
    if (ways.length === 0) return denied('the pattern of the route does not fit')
    if (ways.length > maxWays) return denied(`the host fits in more than ${maxWays} ways`)
    return { kind: 'attributes', attributes: ways.map(attributesFor) }
  }

  return {
    needs,
    about,
    ask: async (user, ways) => {
      const subject = about(ways)
      if (subject.kind === 'denied') return subject
      const questions = subject.attributes.map((attributes) => ({ user, attributes }))
      const denial = await firstDenied(questions, review)
      if (denial === undefined) return { kind: 'allowed', reviewed: subject.attributes }
      const because = denial.reason === '' ? '' : `: ${denial.reason}`
      const what = describeAction(denial.question.attributes)
      return denied(`${JSON.stringify(user.name)} may not ${what}${because}`)
    },
  }
}

interface Template {
  readonly needs: readonly string[]
  readonly fill: (way: Captures) => string
}

function compileTemplate(text: string): Template {
  const pieces = text.split(/\{([A-Za-z_][A-Za-z0-9_]*)\}/)
  const literals = pieces.filter((_, index) => index % 2 === 0)
  if (literals.some((literal) => /[{}]/.test(literal))) {
    throw new SyntaxError(`"${text}" must name its captures as in "{namespace}"`)
  }
  return {
    needs: pieces.filter((_, index) => index % 2 === 1),
    fill: (way) =>
      pieces.map((piece, index) => (index % 2 === 1 ? (way[piece] ?? '') : piece)).join(''),
  }
}

/** An empty namespace or name would ask about all of them, which is another question. */
function holds(way: Captures, capture: string): boolean {
  return Object.hasOwn(way, capture) && way[capture] !== ''
}

function denied(detail: string): Refused {
  return { kind: 'denied', detail }
}

/** In words, for the log. */
export function describeAction(attributes: ResourceAttributes): string {
  const { verb, group = '', resource, subresource = '', namespace = '', name = '' } = attributes
  const kind = [resource, subresource].filter((part) => part !== '').join('/')
  const what = group === '' ? kind : `${kind} of ${group}`
  const which = name === '' ? '' : ` "${name}"`
  const where = namespace === '' ? '' : ` in namespace "${namespace}"`
  return `${verb} ${what}${which}${where}`
}
