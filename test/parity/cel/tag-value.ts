import type { CelType } from '../../../src/cel/type.ts'
import {
  type CelError,
  type CelMap,
  type CelTimestamp,
  type CelValue,
  isCelError,
  isNativeStrings,
} from '../../../src/cel/value.ts'
import type { TaggedValue } from '../oracle.ts'

/** An error within a value; what it says is each side's own. */
const anError: TaggedValue = { error: true }

/** A value of ours as the oracle writes its own, but for the text of opaque values. */
export function tagValue(value: CelValue | CelError): TaggedValue {
  if (value === null) return { null: true }
  if (typeof value === 'string') return { string: value }
  if (typeof value === 'boolean') return { bool: value }
  if (typeof value === 'bigint') return { int: String(value) }
  if (typeof value === 'number') return { double: sayDouble(value) }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (isList(value)) {
    const list = value.map(tagValue)
    return isNativeStrings(value) ? { list, native: true } : { list }
  }
  if (isCelError(value)) return anError
  switch (value.kind) {
    case 'uint':
      return { uint: String(value.value) }
    case 'map':
      return value.isLazy === true ? { lazy: value.typeName } : { map: pairsOf(value) }
    case 'timestamp':
      return { timestamp: sayTimestamp(value) }
    case 'duration':
      return { duration: String(value.nanos) }
    case 'optional':
      return { optional: value.value === undefined ? null : tagValue(value.value) }
    case 'type':
      return { type: value.name }
    case 'object':
      return { object: value.typeName }
    case 'opaque':
      return value.typeName === 'error' ? anError : { opaque: value.typeName }
  }
}

/** The oracle's value without what cannot be compared, numbers as JavaScript writes them. */
export function normalise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalise)
  if (typeof value !== 'object' || value === null) return value
  const tagged = value as Record<string, unknown>
  if (typeof tagged['double'] === 'string') return { double: sayDouble(goNumber(tagged['double'])) }
  if (typeof tagged['opaque'] === 'string') return { opaque: tagged['opaque'] }
  if (typeof tagged['error'] === 'string') return anError
  if (Array.isArray(tagged['map'])) return { map: sorted(tagged['map'].map(normalise)) }
  return Object.fromEntries(Object.entries(tagged).map(([tag, held]) => [tag, normalise(held)]))
}

/** A type as cel-go writes it. */
export function typeText(type: CelType): string {
  const of = (...parts: readonly CelType[]): string => parts.map(typeText).join(', ')
  switch (type.kind) {
    case 'any':
      return 'google.protobuf.Any'
    case 'timestamp':
      return 'google.protobuf.Timestamp'
    case 'duration':
      return 'google.protobuf.Duration'
    case 'list':
      return `list(${of(type.element)})`
    case 'map':
      return `map(${of(type.key, type.value)})`
    case 'opaque':
      return type.parameters.length === 0 ? type.name : `${type.name}(${of(...type.parameters)})`
    case 'wrapper':
      return `wrapper(${of(type.of)})`
    case 'type':
      return type.of === undefined ? 'type' : `type(${of(type.of)})`
    case 'object':
    case 'parameter':
      return type.name
    case 'null_type':
    case 'bool':
    case 'int':
    case 'uint':
    case 'double':
    case 'string':
    case 'bytes':
    case 'dyn':
    case 'error':
      return type.kind
  }
}

function isList(value: CelValue | CelError): value is readonly CelValue[] {
  return Array.isArray(value)
}

function sayDouble(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

function goNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'))
}

function sayTimestamp({ seconds, nanos }: CelTimestamp): string {
  const whole = new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+Z$/, '')
  const fraction = String(nanos).padStart(9, '0').replace(/0+$/, '')
  return fraction === '' ? `${whole}Z` : `${whole}.${fraction}Z`
}

/** What is looked up under each key, which is not always what stands there: keys have two spellings. */
function pairsOf(map: CelMap): unknown[] {
  return sorted(
    [...map.entries()].map(([key]) => {
      const held = map.get(key)
      return [tagValue(key), held === undefined ? anError : tagValue(held)]
    }),
  )
}

function sorted(pairs: readonly unknown[]): unknown[] {
  return pairs
    .map((pair) => ({ pair, order: JSON.stringify(pair) }))
    .toSorted((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ pair }) => pair)
}
