/** What is wrong with a text; nothing for a valid one. The words are those that Kubernetes shows to users. */
export type Validate = (text: string) => readonly string[]

const labelPattern = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const label1035Pattern = '[a-z]([-a-z0-9]*[a-z0-9])?'
const subdomainPattern = `${labelPattern}(\\.${labelPattern})*`
const keyPattern = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
const label1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
const key =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
const value =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"

/** A label of {@link https://www.rfc-editor.org/rfc/rfc1123#section-2.1 RFC 1123 §2.1}, in small letters. */
export const validateLabel: Validate = (text) => {
  const faults = tooLong(text, { most: 63, unit: 'characters' })
  if (isLabel(text)) return faults
  if (isSubdomain(text)) return [...faults, 'must not contain dots']
  return [...faults, explain(label, labelPattern, ['my-name', '123-abc'])]
}

/** Labels with dots between them. */
export const validateSubdomain: Validate = (text) => checkSubdomain(text, 'characters')

/** A label of {@link https://www.rfc-editor.org/rfc/rfc1035#section-2.3.1 RFC 1035 §2.3.1}: a letter comes first. */
export const validateLabel1035: Validate = (text) => {
  const faults = tooLong(text, { most: 63, unit: 'characters' })
  if (/^[a-z]/.test(text) && isLabel(text)) return faults
  return [...faults, explain(label1035, label1035Pattern, ['my-name', 'abc-123'])]
}

/** The key of a label, `example.com/name`. */
export const validateQualifiedName: Validate = (text) => {
  const explanation = explain(key, keyPattern, ['MyName', 'my.name', '123-abc'])
  const [first = '', second, ...others] = text.split('/')
  if (others.length > 0) {
    const hint = " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
    return [`a valid label key ${explanation}${hint}`]
  }
  const name = second ?? first
  const faults = second === undefined ? [] : [...validatePrefix(first)]
  if (name === '') faults.push('name part must be non-empty')
  faults.push(...tooLong(name, { most: 63, unit: 'bytes' }).map((fault) => `name part ${fault}`))
  if (!isKey(name)) faults.push(`name part ${explanation}`)
  return faults
}

function validatePrefix(prefix: string): readonly string[] {
  if (prefix === '') return ['prefix part must be non-empty']
  return checkSubdomain(prefix, 'bytes').map((fault) => `prefix part ${fault}`)
}

/** The value of a label. */
export const validateLabelValue: Validate = (text) => {
  const faults = tooLong(text, { most: 63, unit: 'bytes' })
  if (text === '' || isKey(text)) return faults
  return [...faults, explain(value, `(${keyPattern})?`, ['MyValue', 'my_value', '12345'])]
}

/** The same for the start of a name, to which something is added: it may end with a dash. */
export function asPrefix(validate: Validate): Validate {
  return (text) => {
    if (!text.endsWith('-') || text.length < 2) return validate(text)
    // Kubernetes puts an "a" in place of the last two bytes; half of a character stays a fault then.
    const isAscii = text.charCodeAt(text.length - 2) < 0x80
    return validate(isAscii ? `${text.slice(0, -2)}a` : text.slice(0, -1))
  }
}

function checkSubdomain(text: string, unit: 'characters' | 'bytes'): readonly string[] {
  const faults = tooLong(text, { most: 253, unit })
  if (isSubdomain(text)) return faults
  return [...faults, explain(subdomain, subdomainPattern, ['example.com'])]
}

function isLabel(text: string): boolean {
  return /^[a-z0-9-]+$/.test(text) && !text.startsWith('-') && !text.endsWith('-')
}

function isSubdomain(text: string): boolean {
  return text.split('.').every(isLabel)
}

function isKey(text: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(text) && /^[A-Za-z0-9]/.test(text) && /[A-Za-z0-9]$/.test(text)
}

/** Both words count bytes. */
function tooLong(
  text: string,
  { most, unit }: { most: number; unit: 'characters' | 'bytes' },
): readonly string[] {
  return Buffer.byteLength(text) > most ? [`must be no more than ${most} ${unit}`] : []
}

function explain(rule: string, pattern: string, examples: readonly string[]): string {
  const quoted = examples.map((example) => `'${example}', `).join(' or ')
  return `${rule} (e.g. ${quoted}regex used for validation is '${pattern}')`
}
