import type { CheckedExpr, Declarations } from '../checked.ts'
import type { CelFault, ExprId } from '../expr.ts'
import type { CallContext } from '../library.ts'
import { faultAt, inOrder } from '../syntax/position.ts'
import { validateFormatArguments } from './format-arguments.ts'
import { validateHomogeneous } from './homogeneous.ts'
import { validateLiteralArguments } from './literal-arguments.ts'
import { validateTypeNames } from './type-names.ts'

/** Notes a fault at a node. */
export type NoteFault = (id: ExprId, message: string) => void

/**
 * What Kubernetes refuses in a program whose types are right: literals of mixed types, literal durations,
 * timestamps, patterns and formats that cannot work, and values of kind `type` under other names.
 */
export function validate(
  checked: CheckedExpr,
  { declarations, context }: { declarations: Declarations; context: CallContext },
): readonly CelFault[] {
  const faults: CelFault[] = []
  const note: NoteFault = (id, message) => {
    faults.push(faultAt(checked.source, checked.offsets.get(id) ?? 0, message))
  }
  validateHomogeneous(checked, note)
  validateLiteralArguments(checked, { context, note })
  validateFormatArguments(checked, note)
  validateTypeNames(checked, { declarations, note })
  return inOrder(faults)
}
