import { type CelError, type CelValue, isCelError } from '../cel/value.ts'
import type { ImpersonateExtra } from '../config/types.ts'
import { askEachReading, type RequestFacts, type Variables } from '../routes/request-variables.ts'

/** The extras of `impersonate.extra` for one request, or why it must not go on. */
export type ConfiguredExtra =
  | {
      readonly kind: 'extra'
      /** Key to values; a key without values is not sent, and nobody else's values are either. */
      readonly extra: ReadonlyMap<string, readonly string[]>
      /** Equal where the values are; undefined where they are too long to be a key of anything. */
      readonly cacheKey: string | undefined
    }
  | {
      readonly kind: 'refused'
      readonly reason: 'identity-unsayable' | 'ambiguous-path'
      readonly detail: string
    }

/** Evaluations of one expression for one request, as of a `when`. */
const maxEvaluations = 64

/**
 * What all expressions may cost together, in CEL's units: a tenth of what Kubernetes grants to one, as they
 * run for each request, and a caller makes the headers that they look at as long as Envoy lets through.
 */
const maxCost = 100_000

const maxCacheKeyLength = 1024

/** Of a request that gets none. */
export const noConfiguredExtra: ConfiguredExtra & { readonly kind: 'extra' } = {
  kind: 'extra',
  extra: new Map(),
  cacheKey: '',
}

/**
 * Computes the extras of one request. Every expression must give a value, and the same one in every reading
 * of the path and every way in which the pattern fits; a request without one is refused, never sent
 * on without that extra.
 */
export function configuredExtra(
  settings: readonly ImpersonateExtra[],
  facts: RequestFacts,
): ConfiguredExtra {
  const budget = { cost: maxCost }
  const extra = new Map<string, readonly string[]>()
  const computed: (readonly string[])[] = []
  for (const { key, expression, constant } of settings) {
    if (constant !== undefined) {
      extra.set(key, constant)
      continue
    }
    const named = `impersonate.extra[${JSON.stringify(key)}]`
    const answer = evaluate(expression, facts, budget)
    if (answer.kind === 'ambiguous') {
      const detail = `readings of the path or host disagree: ${named}`
      return { kind: 'refused', reason: 'ambiguous-path', detail }
    }
    if (answer.kind === 'fails') {
      return { kind: 'refused', reason: 'identity-unsayable', detail: `${named} ${answer.detail}` }
    }
    extra.set(key, answer.values)
    computed.push(answer.values)
  }
  const cacheKey = computed.length === 0 ? '' : JSON.stringify(computed)
  return {
    kind: 'extra',
    extra,
    cacheKey: cacheKey.length > maxCacheKeyLength ? undefined : cacheKey,
  }
}

/**
 * What a result says: a string or a list of them. As in Kubernetes' own `valueExpression` an empty string
 * says nothing, alone or in a list. Undefined for whatever else it is.
 */
export function extraValues(result: CelValue | CelError): readonly string[] | undefined {
  const values = typeof result === 'string' ? [result] : result
  if (!Array.isArray(values)) return undefined
  const strings = values.filter((value): value is string => typeof value === 'string')
  return strings.length === values.length ? strings.filter((value) => value !== '') : undefined
}

type Answer =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'fails'; readonly detail: string }

function evaluate(
  expression: ImpersonateExtra['expression'],
  facts: RequestFacts,
  budget: { cost: number },
): Answer | { readonly kind: 'ambiguous' } {
  let evaluations = 0
  const answers = askEachReading(facts, (ways) => {
    const ofReading: Answer[] = []
    for (const variables of ways) {
      evaluations += 1
      ofReading.push(evaluations > maxEvaluations || budget.cost <= 0 ? tooLong : once(variables))
    }
    return ofReading
  }).flat()
  const [first, ...others] = answers
  if (first === undefined) return { kind: 'ambiguous' }
  const failed = answers.find(({ kind }) => kind === 'fails')
  if (failed !== undefined) return failed
  const same = JSON.stringify(first)
  return others.every((other) => JSON.stringify(other) === same) ? first : { kind: 'ambiguous' }

  function once(variables: Variables): Answer {
    const { result, cost } = expression.measure(variables, budget.cost)
    budget.cost -= cost
    if (isCelError(result)) return { kind: 'fails', detail: `fails: ${result.message}` }
    const values = extraValues(result)
    return values === undefined
      ? { kind: 'fails', detail: 'gives neither a string nor a list of strings' }
      : { kind: 'values', values }
  }
}

const tooLong: Answer = {
  kind: 'fails',
  detail: 'takes too long for so many readings of path and host',
}
