import { isList } from '../run/kind.ts'
import { celMap } from '../run/map.ts'
import { type CelError, type CelValue, celError, isCelError, nativeStrings } from '../value.ts'
import { toText } from './convert.ts'

/** What becomes of a value in protobuf's JSON: integers are doubles, or text where a double loses digits. */
export function jsonValue(value: CelValue): CelValue | CelError {
  if (typeof value === 'bigint') return integer(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (isList(value)) return jsonList(value)
  if (value.kind === 'uint') return integer(value.value)
  if (value.kind === 'timestamp') {
    return toText({ kind: 'timestamp', seconds: value.seconds, nanos: value.nanos })
  }
  if (value.kind === 'duration') return toText(value)
  if (value.kind === 'map') return jsonObject(value.entries())
  return celError('unsupported type conversion to JSON')
}

function integer(value: bigint): CelValue {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

function jsonList(list: readonly CelValue[]): CelValue | CelError {
  const values: CelValue[] = []
  for (const element of list) {
    const value = jsonValue(element)
    if (isCelError(value)) return value
    values.push(value)
  }
  // Go holds it as a list of its own kind, which Kubernetes refuses as it refuses []string.
  const texts = values.filter((value) => typeof value === 'string')
  return texts.length === values.length ? nativeStrings(texts) : values
}

function jsonObject(entries: Iterable<readonly [CelValue, CelValue]>): CelValue | CelError {
  const made: [CelValue, CelValue][] = []
  for (const [key, element] of entries) {
    const value = jsonValue(element)
    if (isCelError(value)) return value
    if (typeof key !== 'string') return celError('unsupported type conversion to JSON')
    made.push([key, value])
  }
  return celMap(made) ?? null
}
