import type { Library } from '../library.ts'
import { boolType, typeParameter } from '../type.ts'
import { type CelError, celError } from '../value.ts'
import { oneFunction } from './one-function.ts'

const a = typeParameter('A')

/** The evaluator never calls these: it must not evaluate all operands. */
export function notCalled(): CelError {
  return celError('no such overload')
}

/** `&& || ! ?:`, and what macros ask before each turn. */
export const logic: Library = {
  functions: [
    oneFunction('_?_:_', {
      call: notCalled,
      signatures: [{ id: 'conditional', parameters: [boolType, a, a], result: a }],
    }),
    oneFunction('_&&_', {
      call: notCalled,
      signatures: [{ id: 'logical_and', parameters: [boolType, boolType], result: boolType }],
    }),
    oneFunction('_||_', {
      call: notCalled,
      signatures: [{ id: 'logical_or', parameters: [boolType, boolType], result: boolType }],
    }),
    oneFunction('!_', {
      call: ([operand]) => (typeof operand === 'boolean' ? !operand : celError('no such overload')),
      signatures: [{ id: 'logical_not', parameters: [boolType], result: boolType }],
    }),
    oneFunction('@not_strictly_false', {
      call: notCalled,
      signatures: [{ id: 'not_strictly_false', parameters: [boolType], result: boolType }],
    }),
  ],
}
