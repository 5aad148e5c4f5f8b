import { entriesAt, labelsAt, listAt, textAt, textsAt, type Unread } from './values.ts'

/** Labels of a pod or a namespace. */
export interface Labelled {
  readonly labels: Readonly<Record<string, string>>
  /** Whether it has no other labels than these. */
  readonly isComplete: boolean
}

/** Whether it is selected, as far as its labels are known. */
export type Selected = 'yes' | 'maybe' | 'no'

/** How a LabelSelector of Kubernetes takes labels; one that says nothing selects everything. */
export function selectedBy(selector: Unread, labelled: Labelled): Selected {
  const answers = [
    ...entriesAt(selector, 'matchLabels').map(([key]) => {
      const wanted = labelsAt(selector, 'matchLabels')[key] ?? ''
      return valueAmong({ key, values: [wanted] }, labelled)
    }),
    ...listAt(selector, 'matchExpressions').map((expression) => fits(expression, labelled)),
  ]
  if (answers.includes('no')) return 'no'
  return answers.includes('maybe') ? 'maybe' : 'yes'
}

function fits(expression: Unread, labelled: Labelled): Selected {
  const key = textAt(expression, 'key') ?? ''
  const values = textsAt(expression, 'values')
  const operator = textAt(expression, 'operator')
  if (operator === 'In') return valueAmong({ key, values }, labelled)
  if (operator === 'NotIn') return inverse(valueAmong({ key, values }, labelled))
  if (operator === 'Exists') return hasKey(key, labelled)
  if (operator === 'DoesNotExist') return inverse(hasKey(key, labelled))
  // The API server takes no other.
  return 'maybe'
}

function valueAmong(
  { key, values }: { readonly key: string; readonly values: readonly string[] },
  { labels, isComplete }: Labelled,
): Selected {
  const label = labels[key]
  if (label !== undefined) return values.includes(label) ? 'yes' : 'no'
  return isComplete ? 'no' : 'maybe'
}

function hasKey(key: string, { labels, isComplete }: Labelled): Selected {
  if (Object.hasOwn(labels, key)) return 'yes'
  return isComplete ? 'no' : 'maybe'
}

const inverted: Readonly<Record<Selected, Selected>> = { yes: 'no', no: 'yes', maybe: 'maybe' }

function inverse(selected: Selected): Selected {
  return inverted[selected]
}
