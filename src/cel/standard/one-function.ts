import type { FunctionDeclaration, Overload } from '../library.ts'
import type { CelType } from '../type.ts'

/** One signature of a function whose implementation looks at the values itself. */
export interface Signature {
  readonly id: string
  readonly isMember?: boolean
  readonly parameters: readonly CelType[]
  readonly result: CelType
  readonly cost?: NonNullable<Overload['cost']>
}

/** An operand's price per character where cel-go does not know which overload ran. */
const unresolvedDiscount = 100

/**
 * A function that cel-go has once for all its overloads ("singleton"): the checker sees the signatures, the
 * evaluator one function. So `-dyn(duration('1s'))` works, though no signature takes a duration.
 */
export function oneFunction(
  name: string,
  { call, signatures }: { call: Overload['call']; signatures: readonly Signature[] },
): FunctionDeclaration {
  const costs = signatures.map(({ cost }) => cost ?? (() => 1))
  // Where the overload is not known cel-go counts 1 however long the values are. A hundredth of the dearest
  // is 1 too for all but large ones, whose work it bounds.
  const costUnresolved: NonNullable<Overload['cost']> = (args, result) => {
    const dearest = Math.max(...costs.map((cost) => cost(args, result)))
    return Math.max(1, Math.ceil(dearest / unresolvedDiscount))
  }
  const hasCosts = signatures.some(({ cost }) => cost !== undefined)
  return {
    name,
    overloads: signatures.map((signature) => ({
      isMember: false,
      ...signature,
      isUnguarded: true as const,
      call,
      ...(hasCosts && { costUnresolved }),
    })),
  }
}
