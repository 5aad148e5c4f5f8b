import { type CelError, type CelMap, type CelValue, celError, isCelError } from '../value.ts'
import { unescape } from './unescape.ts'

/** What a lazy map is made of. */
export interface LazyMapOptions {
  readonly typeName: string
  readonly names: () => readonly string[]
  /** How many names there are. */
  readonly count: number
  /** The value of a field; undefined if there is none. Objects are asked for once. */
  readonly read: (name: string) => CelValue | CelError | undefined
}

/** From this length on a text is remembered: making it may mean to mend half of a surrogate pair in it. */
const shortText = 256

/**
 * Kubernetes' lazy map: its names are always unescaped, by index too, so that one with an escape that
 * there is not (`a__b__c`) cannot be reached as it is written.
 */
export function lazyMap({ typeName, names, count, read }: LazyMapOptions): CelMap {
  let known: Map<string, CelValue | CelError> | undefined
  const find = (key: CelValue): CelValue | CelError | undefined => {
    if (typeof key !== 'string') return celError('no such overload')
    const name = unescape(key)
    if (name === undefined) return undefined
    const before = known?.get(name)
    if (before !== undefined) return before
    const value = read(name)
    // A number or a short text costs less than to remember it.
    const isShort = typeof value === 'string' ? value.length < shortText : typeof value !== 'object'
    if (isShort || value === undefined || value === null) return value
    known ??= new Map()
    known.set(name, value)
    return value
  }
  const get = (key: CelValue): CelValue | undefined => {
    const value = find(key)
    return value === undefined || isCelError(value) ? undefined : value
  }
  return {
    kind: 'map',
    isLazy: true,
    typeName,
    find,
    get,
    entries: () => names().map((name) => [name, get(name) ?? null] as const),
    size: count,
  }
}
