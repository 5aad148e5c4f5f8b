import { isList } from '../run/kind.ts'
import { celMap } from '../run/map.ts'
import { chargeWork, type Meter } from '../run/work.ts'
import {
  type CelError,
  type CelMap,
  type CelValue,
  celError,
  isCelError,
  nativeStrings,
} from '../value.ts'
import { toText } from './convert.ts'

/** What becomes of a value in protobuf's JSON: integers are doubles, or text where a double loses digits. */
export function jsonValue(value: CelValue, meter: Meter): CelValue | CelError {
  if (typeof value === 'bigint') return integer(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) {
    chargeWork(meter, value.length * perByte)
    return Buffer.from(value).toString('base64')
  }
  if (isList(value)) return jsonList(value, meter)
  if (value.kind === 'uint') return integer(value.value)
  if (value.kind === 'timestamp') {
    return toText({ kind: 'timestamp', seconds: value.seconds, nanos: value.nanos })
  }
  if (value.kind === 'duration') return toText(value)
  if (value.kind === 'map') return jsonObject(value, meter)
  return celError('unsupported type conversion to JSON')
}

function integer(value: bigint): CelValue {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

/** What an element, an entry and a byte take. */
const perElement = 200
const perEntry = 1500
const perByte = 2

function jsonList(list: readonly CelValue[], meter: Meter): CelValue | CelError {
  chargeWork(meter, list.length * perElement)
  const values: CelValue[] = []
  for (const element of list) {
    const value = jsonValue(element, meter)
    if (isCelError(value)) return value
    values.push(value)
  }
  // Go holds it as a list of its own kind, which Kubernetes refuses as it refuses []string.
  const texts = values.filter((value) => typeof value === 'string')
  return texts.length === values.length ? nativeStrings(texts) : values
}

function jsonObject(map: CelMap, meter: Meter): CelValue | CelError {
  chargeWork(meter, map.size * perEntry)
  const made: [CelValue, CelValue][] = []
  for (const [key, element] of map.entries()) {
    const value = jsonValue(element, meter)
    if (isCelError(value)) return value
    if (typeof key !== 'string') return celError('unsupported type conversion to JSON')
    made.push([key, value])
  }
  return celMap(made) ?? null
}
