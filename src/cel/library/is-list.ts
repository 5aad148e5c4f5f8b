import type { CelError, CelList, CelValue } from '../value.ts'

/** Whether a value is a list; `Array.isArray` alone makes an `any[]` of it. */
export function isList(value: CelValue | CelError): value is CelList {
  return Array.isArray(value)
}
