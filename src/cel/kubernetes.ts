import { lazyMap } from './kubernetes/lazy-map.ts'
import { otherSpelling } from './kubernetes/unescape.ts'
import { fromJson, hasOnlyFiniteNumbers, type JsonObject, namesOf } from './run/json.ts'
import { withKeyReading } from './run/key-reading.ts'
import { listType, mapType, type ObjectType, stringType } from './type.ts'
import { type CelMap, type CelValue, celError, nativeStrings } from './value.ts'

/**
 * The claims of a token, as `JSON.parse` gives them, as the variable `claims`. A claim is converted when it
 * is first selected; one with a number that is too large for a double cannot be used at all, as in Go.
 */
export function lazyClaims(claims: JsonObject): CelMap {
  const names = Object.keys(claims)
  const nameOf = namesOf(claims, names)
  return lazyMap({
    typeName: 'kubernetes.claims',
    names: () => names.map((name) => name.toWellFormed()),
    count: names.length,
    read: (name) => {
      const key = nameOf(name)
      if (key === undefined) return undefined
      const claim = claims[key]
      if (!hasOnlyFiniteNumbers(claim)) return celError(`claim "${name}" failed to unmarshal`)
      return withKeyReading(fromJson(claim), otherSpelling)
    },
  })
}

/** The type of the variable `user`. */
export const userInfoType: ObjectType = {
  name: 'kubernetes.UserInfo',
  fields: new Map([
    ['username', stringType],
    ['uid', stringType],
    ['groups', listType(stringType)],
    ['extra', mapType(stringType, listType(stringType))],
  ]),
}

/** A user, with Kubernetes' four attributes; `name` is `username` in expressions. */
export interface User {
  readonly name: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: ReadonlyMap<string, readonly string[]>
}

/** A user as the variable `user`. */
export function userInfo({ name, uid, groups, extra }: User): CelMap {
  const fields: ReadonlyMap<string, () => CelValue> = new Map<string, () => CelValue>([
    ['username', () => name],
    ['uid', () => uid],
    ['groups', () => withKeyReading(nativeStrings(groups), otherSpelling)],
    ['extra', () => withKeyReading(extraMap(extra), otherSpelling)],
  ])
  return lazyMap({
    typeName: userInfoType.name,
    names: () => [...fields.keys()],
    count: fields.size,
    read: (field) => fields.get(field)?.(),
  })
}

function extraMap(extra: User['extra']): CelMap {
  return {
    kind: 'map',
    get: (key) => {
      const values = typeof key === 'string' ? extra.get(key) : undefined
      return values === undefined ? undefined : nativeStrings(values)
    },
    entries: () => [...extra].map(([key, values]) => [key, nativeStrings(values)] as const),
    size: extra.size,
  }
}
