import { unescape } from './url-escape.ts'

/** More parameters than this Go does not read at all. */
const maxParameters = 10_000

/**
 * The parameters of a query, each with all its values, as Go's url.ParseQuery has them: what it cannot
 * read, such as a parameter with a semicolon, it leaves out. All are bytes, each held in one UTF-16 unit.
 */
export function parseQuery(query: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  const parameters = query.split('&')
  if (parameters.length > maxParameters) return found
  for (const parameter of parameters) {
    if (parameter === '' || parameter.includes(';')) continue
    const equals = parameter.indexOf('=')
    const end = equals < 0 ? parameter.length : equals
    const name = unescape(parameter.slice(0, end), 'query')
    const value = unescape(parameter.slice(end + 1), 'query')
    if (typeof name !== 'string' || typeof value !== 'string') continue
    const values = found.get(name)
    if (values === undefined) found.set(name, [value])
    else values.push(value)
  }
  return found
}
