import { chargeWork, type Meter } from '../../run/work.ts'
import { type CelError, type CelList, celError } from '../../value.ts'
import { boundedText, maxTextLength } from '../bounded-text.ts'

/** What an element and a character of the result take. */
const perElement = 40
const perCharacter = 1

/** The texts of a list with a separator between them. */
export function join(
  list: CelList,
  { separator, meter }: { separator: string; meter: Meter },
): string | CelError {
  chargeWork(meter, list.length * perElement)
  const texts: string[] = []
  let length = 0
  for (const element of list) {
    if (typeof element !== 'string') return celError('Cannot join: an element is not a string')
    texts.push(element)
    length += element.length + separator.length
  }
  chargeWork(meter, Math.min(length, maxTextLength) * perCharacter)
  return boundedText(length, () => texts.join(separator))
}
