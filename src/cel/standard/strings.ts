import type { Library, Overload } from '../library.ts'
import { constantWork, textWork, workPerCharacter } from '../run/weight.ts'
import { boolType, stringType } from '../type.ts'
import { type CelError, type CelValue, celError } from '../value.ts'
import { firstOperand, matching, search } from './costs.ts'
import { oneFunction } from './one-function.ts'

type StringTest = (text: string, part: string) => boolean

function stringTest(
  id: string,
  test: StringTest,
  { cost, work }: Pick<Overload, 'cost' | 'work'> = atOneEnd,
): Overload {
  return {
    id,
    isMember: true,
    parameters: [stringType, stringType],
    result: boolType,
    call: ([text, part]) =>
      typeof text === 'string' && typeof part === 'string' ? test(text, part) : noSuchOverload,
    ...(cost && { cost }),
    ...(work && { work }),
  }
}

/** One character is found by itself; a longer part may begin anew at each place. */
function searchWork(args: readonly CelValue[]): number {
  const [, part] = args
  return typeof part === 'string' && part.length > 1 ? textWork(args) : oneCharacterWork(args)
}

const oneCharacterWork = workPerCharacter(3)

/** cel-go counts the whole text. */
const atOneEnd = { cost: firstOperand, work: workPerCharacter(3) }

const noSuchOverload: CelError = celError('no such overload')

/** What the language itself can ask about a text. */
export const strings: Library = {
  functions: [
    {
      name: 'contains',
      overloads: [
        stringTest('contains_string', (text, part) => text.includes(part), {
          cost: search,
          work: searchWork,
        }),
      ],
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
      work: constantWork,
      call: ([text, pattern], { regex, meter }) => {
        if (typeof text !== 'string' || typeof pattern !== 'string') return noSuchOverload
        const compiled = regex(pattern, meter)
        return 'kind' in compiled ? compiled : compiled.test(text, meter)
      },
      signatures: [
        // cel-go counts 1 for the form that is no method.
        { id: 'matches', parameters: [stringType, stringType], result: boolType },
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
