const reserved: ReadonlySet<string> = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
])

const symbols: ReadonlyMap<string, string> = new Map([
  ['underscores', '__'],
  ['dot', '.'],
  ['dash', '-'],
  ['slash', '/'],
])

/**
 * The name that an escaped identifier stands for: `example__dot__com` is `example.com`, `__namespace__` is
 * `namespace`. Undefined if it has an escape that there is not, such as the one in `a__b__c`.
 * {@link https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules Kubernetes, Validation rules}
 */
export function unescape(escaped: string): string | undefined {
  if (!escaped.includes('__')) return escaped
  let isValid = true
  const name = escaped.replaceAll(/__([^_]+)__/g, (sequence, contents: string) => {
    const symbol = symbols.get(contents)
    if (symbol !== undefined) return symbol
    // A reserved word is escaped as a whole only.
    isValid &&= reserved.has(contents) && sequence.length === escaped.length
    return contents
  })
  return isValid ? name : undefined
}

/** The other spelling of a name that {@link unescape} gives, if there is one. */
export function otherSpelling(name: string): string | undefined {
  const other = unescape(name)
  return other === name ? undefined : other
}
