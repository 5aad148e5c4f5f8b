import type { Declarations } from './checked.ts'
import type { FunctionDeclaration, Library, Overload } from './library.ts'
import { createStandardLibrary } from './standard/library.ts'
import type { CelType, ObjectType } from './type.ts'

/** Puts CEL's own functions, libraries and variables together; overloads of one function are joined. */
export function declare({
  libraries = [],
  variables,
  objects = [],
}: {
  libraries?: readonly Library[]
  variables: Readonly<Record<string, CelType>>
  objects?: readonly ObjectType[]
}): Declarations {
  const all = [createStandardLibrary(), ...libraries]
  const constants = all.flatMap((library) => library.constants ?? [])
  const messages = all.flatMap((library) => library.objects ?? [])
  return {
    functions: joinFunctions(all.flatMap(({ functions }) => functions)),
    variables: new Map(Object.entries(variables)),
    constants: new Map(constants.map(({ name, ...constant }) => [name, constant])),
    objects: new Map([...messages, ...objects].map((object) => [object.name, object])),
  }
}

function joinFunctions(
  declarations: readonly FunctionDeclaration[],
): ReadonlyMap<string, FunctionDeclaration> {
  const functions = new Map<string, readonly Overload[]>()
  const ids = new Set<string>()
  for (const { name, overloads } of declarations) {
    for (const { id } of overloads) {
      if (ids.has(id)) throw new TypeError(`Cannot define overload "${id}" of "${name}" twice`)
      ids.add(id)
    }
    functions.set(name, [...(functions.get(name) ?? []), ...overloads])
  }
  return new Map([...functions].map(([name, overloads]) => [name, { name, overloads }]))
}
