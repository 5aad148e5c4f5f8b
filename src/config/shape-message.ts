import type { ErrorObject } from 'ajv'

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  object: 'a map',
  string: 'a string',
}

/** What ajv found, in words that say what to write instead. */
export function shapeMessage(error: ErrorObject): string {
  const params: Readonly<Record<string, unknown>> = error.params
  const limit = String(params['limit'])
  switch (error.keyword) {
    case 'type':
      return typeMessage([params['type']].flat(), error.data)
    case 'enum':
      return `must be ${orList(params['allowedValues'])}`
    case 'pattern':
      return String(error.parentSchema?.['patternErrorMessage'] ?? 'has the wrong form')
    case 'minLength':
      return 'must not be empty'
    case 'minItems':
      return 'must not be an empty list, which matches nothing'
    case 'uniqueItems':
      return `must not name one thing twice, as items ${[params['i'], params['j']]
        .map(Number)
        .toSorted((a, b) => a - b)
        .join(' and ')} (from 0) do`
    case 'minimum':
      return `must be at least ${limit}`
    case 'maximum':
      return `must be at most ${limit}`
    default:
      return 'has the wrong form'
  }
}

function typeMessage(types: readonly unknown[], data: unknown): string {
  const names = types.map((type) => typeNames[String(type)] ?? String(type))
  const quotes = types.includes('string') && ['boolean', 'number'].includes(typeof data)
  return `must be ${names.join(' or ')}${quotes ? ', in quotes' : ''}`
}

function orList(values: unknown): string {
  const names = [values]
    .flat()
    .filter((value) => value !== '')
    .map(String)
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`
}
