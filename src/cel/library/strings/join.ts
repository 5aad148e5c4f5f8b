import { type CelError, type CelList, celError } from '../../value.ts'
import { boundedText } from '../bounded-text.ts'

/** The texts of a list with a separator between them. */
export function join(list: CelList, separator: string): string | CelError {
  const texts: string[] = []
  let length = 0
  for (const element of list) {
    if (typeof element !== 'string') return celError('Cannot join: an element is not a string')
    texts.push(element)
    length += element.length + separator.length
  }
  return boundedText(length, () => texts.join(separator))
}
