import { type CelError, type CelUint, celError } from '../value.ts'

/** An int, or an overflow. */
export function int(value: bigint): bigint | CelError {
  return BigInt.asIntN(64, value) === value ? value : celError('integer overflow')
}

/** A uint, or an overflow. */
export function uint(value: bigint): CelUint | CelError {
  return BigInt.asUintN(64, value) === value
    ? { kind: 'uint', value }
    : celError('unsigned integer overflow')
}
