import type { CelType, ObjectType } from './type.ts'
import type { CelError, CelValue } from './value.ts'

/** What a function may use besides its arguments. */
export interface CallContext {
  /** Compiles an RE2 pattern, keeping what it compiled; an error when the pattern is no RE2. */
  readonly regex: (pattern: string) => CompiledRegex | CelError
}

/** A pattern that runs in time linear in its input, whatever it is. */
export interface CompiledRegex {
  /** Whether some part of the text matches. */
  readonly test: (text: string) => boolean
  /** The matches from the left, without overlap; at most `limit` when it is not negative. */
  readonly findAll: (text: string, limit: number) => readonly string[]
}

/** One signature of a function and what it does. */
export interface Overload {
  /** Unique: `string_to_ip`. */
  readonly id: string
  /** A method: its first parameter stands before the dot. */
  readonly isMember: boolean
  /** With {@link CelType} of kind `parameter` where any type will do. */
  readonly parameters: readonly CelType[]
  readonly result: CelType
  /**
   * Called whatever the arguments' runtime types are: the one that the checker chose is the one that
   * runs, and it answers "no such overload" itself.
   */
  readonly isUnguarded?: true
  /**
   * The arguments have the runtime types of `parameters`, of lists and maps as far as their first element
   * shows it (cel-go looks no further); an error is an answer, nothing is thrown.
   */
  readonly call: (args: readonly CelValue[], context: CallContext) => CelValue | CelError
  /**
   * What one call costs, in units of cel-go's runtime cost; default 1. Sees the arguments, and the
   * result.
   */
  readonly cost?: (args: readonly CelValue[], result: CelValue | CelError) => number
  /**
   * The same where the checker left several overloads that may apply: cel-go then does not know which one
   * it ran, and counts less. Default: `cost`.
   */
  readonly costUnresolved?: (args: readonly CelValue[], result: CelValue | CelError) => number
  /**
   * What it really does, in the same units, for where cel-go counts less: where there is no `cost`, or
   * several overloads are left. It is counted apart, so that costs are equal and work is bounded.
   */
  readonly work?: (args: readonly CelValue[], result: CelValue | CelError) => number
}

export interface FunctionDeclaration {
  /** With its namespace, if it has one: `sets.contains`, `format.named`. */
  readonly name: string
  readonly overloads: readonly Overload[]
}

/** A set of functions, types and constants that belong together. */
export interface Library {
  readonly functions: readonly FunctionDeclaration[]
  /** Identifiers with a type and a value, such as the type name `net.IP`. */
  readonly constants?: readonly { name: string; type: CelType; value: CelValue }[]
  readonly objects?: readonly ObjectType[]
}
