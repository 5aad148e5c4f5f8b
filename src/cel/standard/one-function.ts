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

/** The implementation, and what it is declared as. */
export interface OneFunction extends Pick<Overload, 'call' | 'work'> {
  readonly signatures: readonly Signature[]
}

/**
 * A function that cel-go has once for all its overloads ("singleton"): the checker sees the signatures, the
 * evaluator one function. So `-dyn(duration('1s'))` works, though no signature takes a duration.
 */
export function oneFunction(
  name: string,
  { call, work, signatures }: OneFunction,
): FunctionDeclaration {
  return {
    name,
    overloads: signatures.map((signature) => ({
      isMember: false,
      ...signature,
      isUnguarded: true as const,
      call,
      ...(work && { work }),
      // Where cel-go does not know which overload it runs, it counts 1 however large the operands are.
      costUnresolved: () => 1,
    })),
  }
}
