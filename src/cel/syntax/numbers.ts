import type { Constant } from '../expr.ts'

const maxInt = 2n ** 63n - 1n
const minInt = -(2n ** 63n)
const maxUint = 2n ** 64n - 1n

/** An int literal with its sign, or undefined when it does not fit 64 bits. */
export function intConstant(text: string, isNegative: boolean): Constant | undefined {
  const magnitude = BigInt(text)
  const value = isNegative ? -magnitude : magnitude
  return value < minInt || value > maxInt ? undefined : { type: 'int', value }
}

/** A uint literal, which ends in `u`, or undefined when it does not fit 64 bits. */
export function uintConstant(text: string): Constant | undefined {
  const value = BigInt(text.slice(0, -1))
  return value > maxUint ? undefined : { type: 'uint', value }
}

/** A double literal, or undefined when it is beyond the largest double; one too small is 0. */
export function doubleConstant(text: string, isNegative: boolean): Constant | undefined {
  const magnitude = Number(text)
  if (!Number.isFinite(magnitude)) return undefined
  return { type: 'double', value: isNegative ? -magnitude : magnitude }
}
