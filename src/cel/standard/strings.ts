import type { Library, Overload } from '../library.ts'
import { boolType, stringType } from '../type.ts'
import { type CelError, celError } from '../value.ts'
import { firstOperand, matching, search } from './costs.ts'
import { oneFunction } from './one-function.ts'

type StringTest = (text: string, part: string) => boolean

function stringTest(id: string, test: StringTest, cost: Overload['cost'] = firstOperand): Overload {
  return {
    id,
    isMember: true,
    parameters: [stringType, stringType],
    result: boolType,
    call: ([text, part]) =>
      typeof text === 'string' && typeof part === 'string' ? test(text, part) : noSuchOverload,
    cost,
  }
}

const noSuchOverload: CelError = celError('no such overload')

/** What the language itself can ask about a text. */
export const strings: Library = {
  functions: [
    {
      name: 'contains',
      overloads: [stringTest('contains_string', (text, part) => text.includes(part), search)],
    },
    {
      name: 'endsWith',
      overloads: [stringTest('ends_with_string', (text, part) => text.endsWith(part))],
    },
    {
      name: 'startsWith',
      overloads: [stringTest('starts_with_string', (text, part) => text.startsWith(part))],
    },
    oneFunction('matches', {
      call: ([text, pattern], { regex }) => {
        if (typeof text !== 'string' || typeof pattern !== 'string') return noSuchOverload
        const compiled = regex(pattern)
        return 'kind' in compiled ? compiled : compiled.test(text)
      },
      signatures: [
        // cel-go counts 1 for the form that is no method.
        { id: 'matches', parameters: [stringType, stringType], result: boolType, work: matching },
        {
          id: 'matches_string',
          isMember: true,
          parameters: [stringType, stringType],
          result: boolType,
          cost: matching,
        },
      ],
    }),
  ],
}
