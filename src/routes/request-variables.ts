import { userInfo } from '../cel/kubernetes.ts'
import { mapType, type ObjectType, stringType } from '../cel/type.ts'
import type { CelMap, CelObject, CelValue } from '../cel/value.ts'
import type { CheckInput } from '../check-input.ts'
import { clientAddress } from '../forwarded-for.ts'
import type { UserInfo } from '../user.ts'
import { routeHost } from './host.ts'
import type { Captures } from './pattern.ts'

/** What expressions about a request see of it. */
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

/** What they see of where it comes from; named as Envoy's own attribute. */
export const sourceType: ObjectType = {
  name: 'attache.Source',
  fields: new Map([
    /** The client's, without port, by `listen.trustedHops`; missing when it is not known. */
    ['address', stringType],
  ]),
}

/** What they see of the route's pattern: each capture is a field, and there are no others. */
export function capturesType(names: Iterable<string>): ObjectType {
  const fields = new Map([...names].map((name) => [name, stringType]))
  return { name: 'attache.Captures', fields }
}

/** One request on its route, and who makes it. */
export interface RequestFacts {
  readonly user: UserInfo
  readonly input: CheckInput
  /** Every reading of the path, without its query. */
  readonly readings: readonly string[]
  /** Every way in which the route's pattern fits. */
  readonly captures: readonly Captures[]
  /** `listen.trustedHops`. */
  readonly trustedHops: number
}

/** The variables of an expression, by name. */
export type Variables = Readonly<Record<string, CelValue>>

/**
 * Asks once for each reading of the path, with the variables of each way in which the pattern fits. What
 * is not looked at cannot change an answer, so no further reading or way is asked about then.
 */
export function askEachReading<T>(
  facts: RequestFacts,
  ask: (ways: Iterable<Variables>) => T,
): readonly T[] {
  const user = userInfo(facts.user)
  const source = sourceValue(facts)
  const looked = { atPath: false, atCaptures: false }
  const answers: T[] = []
  for (const path of facts.readings) {
    const request = requestValue(facts.input, () => {
      looked.atPath = true
      return path
    })
    answers.push(ask(ways(request)))
    if (!looked.atPath) break
  }
  return answers

  function* ways(request: CelObject): Generator<Variables> {
    for (const found of facts.captures) {
      const captures = capturesValue(found, () => {
        looked.atCaptures = true
      })
      yield { user, request, source, captures }
      if (!looked.atCaptures) return
    }
  }
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

function sourceValue({ input, trustedHops }: RequestFacts): CelObject {
  return {
    kind: 'object',
    typeName: sourceType.name,
    get: (field) => (field === 'address' ? clientAddress(input, trustedHops) : undefined),
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
