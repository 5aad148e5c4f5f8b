import type { Meter } from './run/work.ts'
import type { CelType, ObjectType } from './type.ts'
import type { CelError, CelValue } from './value.ts'

/** What all evaluations share. */
export interface CallContext {
  /**
   * Compiles an RE2 pattern, keeping what it compiled; an error when the pattern is no RE2. With a meter,
   * compiling is work of the evaluation; what is kept is none.
   */
  readonly regex: (pattern: string, meter?: Meter) => CompiledRegex | CelError
}

/** What a function may use besides its arguments. */
export interface RunContext extends CallContext {
  /** What the function counts its work on, where its arguments' lengths do not say how much it is. */
  readonly meter: Meter
}

/** A pattern whose matching is counted as it goes. */
export interface CompiledRegex {
  /** Whether some part of the text matches. */
  readonly test: (text: string, meter: Meter) => boolean
  /** The matches from the left, without overlap; at most `limit` when it is not negative. */
  readonly findAll: (
    text: string,
    options: { readonly limit: number; readonly meter: Meter },
  ) => readonly string[]
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
  readonly call: (args: readonly CelValue[], context: RunContext) => CelValue | CelError
  /**
   * What one call costs, in units of cel-go's runtime cost; default 1. Sees the arguments, and the
   * result; what it looks at to find the cost is work too.
   */
  readonly cost?: Cost
  /**
   * The same where the checker left several overloads that may apply: cel-go then does not know which one
   * it ran, and counts less. Default: `cost`.
   */
  readonly costUnresolved?: Cost
  /**
   * What it does at most, in units of about a nanosecond, counted before it is called and apart from the
   * cost: costs are cel-go's, and say little about time. By default each character of an argument takes
   * 20. What a function does with lists and maps it counts itself.
   */
  readonly work?: (args: readonly CelValue[]) => number
}

/** The price of a call. */
export type Cost = (args: readonly CelValue[], result: CelValue | CelError, meter: Meter) => number

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
