import type { FunctionDeclaration, Overload } from '../library.ts'
import type { CelType } from '../type.ts'

/** One signature of a function whose implementation looks at the values itself. */
export interface Signature {
  readonly id: string
  readonly isMember?: boolean
  readonly parameters: readonly CelType[]
  readonly result: CelType
  readonly cost?: NonNullable<Overload['cost']>
  readonly work?: NonNullable<Overload['work']>
}

/**
 * A function that cel-go has once for all its overloads ("singleton"): the checker sees the signatures, the
 * evaluator one function. So `-dyn(duration('1s'))` works, though no signature takes a duration.
 */
export function oneFunction(
  name: string,
  { call, signatures }: { call: Overload['call']; signatures: readonly Signature[] },
): FunctionDeclaration {
  return {
    name,
    overloads: signatures.map((signature) => ({
      isMember: false,
      ...(signature.cost && { work: signature.cost }),
      ...signature,
      isUnguarded: true as const,
      call,
      // Where cel-go does not know which overload it runs, it counts 1 however large the operands are.
      costUnresolved: () => 1,
    })),
  }
}
