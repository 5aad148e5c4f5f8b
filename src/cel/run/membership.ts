import { type CelList, type CelValue, celError, isCelError } from '../value.ts'
import { hashOf } from './map.ts'
import type { Plan } from './plan.ts'

/**
 * `x in [constants]`, which cel-go makes a set that costs nothing to look into. Undefined for a list with
 * anything but simple values, which it leaves a list.
 */
export function planMembership(element: Plan, list: CelList): Plan | undefined {
  if (!list.every(isSimple)) return undefined
  const members = new Set(list.flatMap(spellings).map(hashOf))
  return {
    evaluate: (frame) => {
      const value = element.evaluate(frame)
      if (isCelError(value)) return value
      // Go panics when it is to look up bytes.
      if (value instanceof Uint8Array) return celError('Cannot look up bytes in a set of constants')
      return members.has(hashOf(value))
    },
  }
}

function isSimple(value: CelValue): boolean {
  if (typeof value !== 'object') return true
  return value !== null && 'kind' in value && value.kind === 'uint'
}

/** A number in all types that can hold it. */
function spellings(value: CelValue): readonly CelValue[] {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? [value, ...integers(BigInt(value))] : [value]
  }
  const whole = integerOf(value)
  return whole === undefined ? [value] : [value, Number(whole), ...integers(whole)]
}

function integerOf(value: CelValue): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined
  return value.kind === 'uint' ? value.value : undefined
}

function integers(value: bigint): readonly CelValue[] {
  const int = BigInt.asIntN(64, value) === value ? [value] : []
  const uint = BigInt.asUintN(64, value) === value ? [{ kind: 'uint', value } as const] : []
  return [...int, ...uint]
}
