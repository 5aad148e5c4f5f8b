import type { CallContext, Library } from '../../../src/cel/library.ts'
import { unlimitedMeter } from '../../../src/cel/run/work.ts'
import type { CelError, CelValue } from '../../../src/cel/value.ts'

/** Calls overloads of a library by their ids, as the evaluator would. */
export interface Caller {
  readonly call: (id: string, ...args: readonly CelValue[]) => CelValue | CelError
  readonly cost: (id: string, ...args: readonly CelValue[]) => number
}

/** For overloads that must not ask for a pattern. */
const noPatterns: CallContext = {
  regex: () => {
    throw new Error('no pattern is expected')
  },
}

export function calling(library: Library, { regex }: CallContext = noPatterns): Caller {
  const meter = unlimitedMeter()
  const context = { regex, meter }
  const overloads = new Map(
    library.functions.flatMap((each) => each.overloads).map((each) => [each.id, each]),
  )
  const find = (id: string) => {
    const found = overloads.get(id)
    if (found === undefined) throw new Error(`there is no overload "${id}"`)
    return found
  }
  return {
    call: (id, ...args) => find(id).call(args, context),
    cost: (id, ...args) => {
      const overload = find(id)
      return overload.cost?.(args, overload.call(args, context), meter) ?? 1
    },
  }
}

/** Whether a result is an error. */
export function failed(result: CelValue | CelError): boolean {
  return (
    typeof result === 'object' && result !== null && 'kind' in result && result.kind === 'error'
  )
}
