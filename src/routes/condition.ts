import { userInfo } from '../cel/kubernetes.ts'
import { mapType, type ObjectType, stringType } from '../cel/type.ts'
import { type CelMap, type CelObject, type CelValue, isCelError } from '../cel/value.ts'
import type { CheckInput } from '../check-input.ts'
import type { Expression } from '../config/types.ts'
import type { UserInfo } from '../user.ts'
import { routeHost } from './host.ts'
import type { Captures } from './pattern.ts'

/** What a route's `when` sees of the request. */
export const requestType: ObjectType = {
  name: 'attache.Request',
  fields: new Map([
    ['method', stringType],
    /** Lower-case, without port and trailing dot. */
    ['host', stringType],
    /** Without the query. */
    ['path', stringType],
    /** Lower-case names; several lines of one name are joined with commas. */
    ['headers', mapType(stringType, stringType)],
  ]),
}

/** What a condition sees of the route's pattern: each capture is a field, and there are no others. */
export function capturesType(names: Iterable<string>): ObjectType {
  const fields = new Map([...names].map((name) => [name, stringType]))
  return { name: 'attache.Captures', fields }
}

/** What a condition says of one request. */
export type ConditionVerdict =
  | { readonly kind: 'holds' }
  | { readonly kind: 'fails'; readonly detail: string }
  /** Readings of the path get different verdicts. */
  | { readonly kind: 'ambiguous' }

export interface ConditionInput {
  readonly user: UserInfo
  readonly input: CheckInput
  /** Every reading of the path, without its query. */
  readonly readings: readonly string[]
  /** Every way in which the route's pattern fits. */
  readonly captures: readonly Captures[]
}

const holds: ConditionVerdict = { kind: 'holds' }

/** Evaluations for one request: readings of its path times ways in which its host fits. */
const maxEvaluations = 64

/** What all of them may cost together, in CEL's units: what Kubernetes grants to one. */
const maxCost = 1_000_000

/**
 * Asks a route's `when`: it must be true for every way in which the pattern fits, and the same in every
 * reading of the path. An error is a no. What a condition does not look at cannot change its verdict,
 * so most are evaluated once.
 */
export function askCondition(when: Expression, asked: ConditionInput): ConditionVerdict {
  const budget = { evaluations: maxEvaluations, cost: maxCost }
  const user = userInfo(asked.user)
  const looked = { atPath: false, atCaptures: false }
  const ask = (path: string): ConditionVerdict => {
    const request = requestValue(asked.input, () => {
      looked.atPath = true
      return path
    })
    for (const captures of asked.captures) {
      const found = capturesValue(captures, () => {
        looked.atCaptures = true
      })
      const verdict = evaluate(when, { user, request, captures: found }, budget)
      if (verdict.kind !== 'holds' || !looked.atCaptures) return verdict
    }
    return holds
  }
  const [firstReading, ...otherReadings] = asked.readings
  if (firstReading === undefined) return { kind: 'ambiguous' }
  const first = ask(firstReading)
  if (!looked.atPath) return first
  return otherReadings.every((reading) => ask(reading).kind === first.kind)
    ? first
    : { kind: 'ambiguous' }
}

function evaluate(
  when: Expression,
  variables: Readonly<Record<string, CelValue>>,
  budget: { evaluations: number; cost: number },
): ConditionVerdict {
  if (budget.evaluations === 0 || budget.cost <= 0) {
    return { kind: 'fails', detail: 'when takes too long for so many readings of path and host' }
  }
  const { result, cost } = when.measure(variables)
  budget.evaluations -= 1
  budget.cost -= cost
  if (isCelError(result)) return { kind: 'fails', detail: `when fails: ${result.message}` }
  return result === true ? holds : { kind: 'fails', detail: 'when is false' }
}

function requestValue({ method, host, headers }: CheckInput, path: () => string): CelObject {
  const fields: ReadonlyMap<string, () => CelValue> = new Map<string, () => CelValue>([
    ['method', () => method],
    ['host', () => routeHost(host) ?? ''],
    ['path', path],
    ['headers', () => headersValue(headers)],
  ])
  return { kind: 'object', typeName: requestType.name, get: (field) => fields.get(field)?.() }
}

function headersValue(headers: CheckInput['headers']): CelMap {
  return {
    kind: 'map',
    get: (name) => (typeof name === 'string' ? headers.get(name) : undefined),
    entries: () => headers,
    size: headers.size,
  }
}

function capturesValue(captures: Captures, look: () => void): CelObject {
  return {
    kind: 'object',
    typeName: 'attache.Captures',
    get: (name) => {
      look()
      return Object.hasOwn(captures, name) ? captures[name] : undefined
    },
  }
}
