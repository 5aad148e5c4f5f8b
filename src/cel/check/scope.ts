import type { Declarations } from '../checked.ts'
import type { FunctionDeclaration } from '../library.ts'
import { type CelType, typeType } from '../type.ts'

/** What a name stands for, under the name that it is declared with. */
export interface Resolved {
  readonly name: string
  readonly type: CelType
}

/** The names that an expression may use at one place. */
export interface Scope {
  readonly findName: (name: string) => Resolved | undefined
  readonly findFunction: (name: string) => FunctionDeclaration | undefined
}

/** The names that are declared, outside of any macro. */
export function rootScope({ variables, constants, objects, functions }: Declarations): Scope {
  return {
    findName(written) {
      const name = withoutDot(written)
      const type = variables.get(name) ?? constants.get(name)?.type
      if (type !== undefined) return { name, type }
      return objects.has(name) ? { name, type: typeType({ kind: 'object', name }) } : undefined
    },
    findFunction: (written) => functions.get(withoutDot(written)),
  }
}

/** The scope within a macro, whose variables hide others. */
export function nestedScope(outer: Scope, variables: ReadonlyMap<string, CelType>): Scope {
  return {
    findName(written) {
      const name = withoutDot(written)
      const type = variables.get(name)
      return type === undefined ? outer.findName(written) : { name, type }
    },
    findFunction: outer.findFunction,
  }
}

/** In cel-go v0.26 a leading dot does not reach past a macro's variable, whatever cel-spec says. */
function withoutDot(name: string): string {
  return name.startsWith('.') ? name.slice(1) : name
}
