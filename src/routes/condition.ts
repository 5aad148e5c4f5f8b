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

/** Asks a route's `when`: it must be true for every way in which the pattern fits. An error is a no. */
export function askCondition(when: Expression, asked: ConditionInput): ConditionVerdict {
  const user = userInfo(asked.user)
  const ask = (path: string): ConditionVerdict => {
    const request = requestValue(asked.input, path)
    for (const captures of asked.captures) {
      const result = when.evaluate({ user, request, captures: capturesValue(captures) })
      if (isCelError(result)) return { kind: 'fails', detail: `when fails: ${result.message}` }
      if (result !== true) return { kind: 'fails', detail: 'when is false' }
    }
    return holds
  }
  const [first, ...others] = asked.readings.map(ask)
  if (first === undefined) return { kind: 'ambiguous' }
  return others.every(({ kind }) => kind === first.kind) ? first : { kind: 'ambiguous' }
}

function requestValue({ method, host, headers }: CheckInput, path: string): CelObject {
  const fields: Readonly<Record<string, () => CelValue>> = {
    method: () => method,
    host: () => routeHost(host) ?? '',
    path: () => path,
    headers: () => headersValue(headers),
  }
  return { kind: 'object', typeName: requestType.name, get: (field) => fields[field]?.() }
}

function headersValue(headers: CheckInput['headers']): CelMap {
  return {
    kind: 'map',
    get: (name) => (typeof name === 'string' ? headers.get(name) : undefined),
    entries: () => headers,
    size: headers.size,
  }
}

function capturesValue(captures: Captures): CelObject {
  return {
    kind: 'object',
    typeName: 'attache.Captures',
    get: (name) => (Object.hasOwn(captures, name) ? captures[name] : undefined),
  }
}
