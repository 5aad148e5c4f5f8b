import type { HeaderChanges, HeaderLine } from './changes.ts'

/** RFC 9110 §5.6.2 `token`, in lower case as every name here is. */
const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/

/** RFC 9110 §5.5: no controls but the tab, no blank at an edge (HTTP/1.1 would trim it). */
const fieldValue = /^(?![ \t])[^\u0000-\u0008\u000a-\u001f\u007f]*(?<![ \t])$/

/**
 * Fields of the message itself and of the hop. Envoy takes them from a check as it takes any other:
 * a wrong length desynchronises the upstream's connection, `host` goes to another virtual host.
 */
const ofTheHop: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-envoy-auth-headers-to-remove',
])

/**
 * Why these changes must not be encoded; undefined when they may. A second look at what `headers/`
 * wrote: behind it, a line break in a value is a header of somebody else's making. Names the header,
 * never the value.
 */
export function findUnencodable({ set, append, remove }: HeaderChanges): string | undefined {
  // A group may be empty; a credential or a user may not.
  const empty =
    set.find(isEmpty) ?? append.find((line) => line[0] === 'authorization' && isEmpty(line))
  if (empty !== undefined) {
    // Some versions of Envoy drop an empty header, and the client's own would stand in its place.
    return `header "${printable(empty[0])}" would be set to an empty value`
  }
  const removal = removalOf(remove)
  return (
    removal.fault ??
    findUnencodableLine(set) ??
    findUnencodableLine(append) ??
    findConflict({ set, append }, removal)
  )
}

function isEmpty([, value]: HeaderLine): boolean {
  return value === ''
}

/** What is found out about a list of names to remove. */
interface Removal {
  readonly names: ReadonlySet<string>
  readonly fault: string | undefined
}

/** Many users share one list, and a look at its 25 names takes 5 µs. */
const removals = new WeakMap<HeaderChanges['remove'], Removal>()

function removalOf(remove: HeaderChanges['remove']): Removal {
  const known = removals.get(remove)
  if (known !== undefined) return known
  const bad = remove.find((name) => !isFieldName(name))
  const fault = bad === undefined ? undefined : `header "${printable(bad)}" cannot be removed`
  const removal = { names: new Set(remove), fault }
  removals.set(remove, removal)
  return removal
}

/** As {@link findUnencodable}, for a decision id: quicker, as each answer has one. */
export function findUnencodableId(id: string): string | undefined {
  return /^[\w-]+$/.test(id) ? undefined : 'the decision id has characters that no header can carry'
}

/** As {@link findUnencodable}, for lines to the client; they may be empty. */
export function findUnencodableLine(lines: readonly HeaderLine[]): string | undefined {
  for (const [name, value] of lines) {
    if (!isFieldName(name)) return `header "${printable(name)}" cannot be sent`
    if (!fieldValue.test(value) || !value.isWellFormed()) {
      return `the value of header "${name}" has characters that no header can carry`
    }
  }
  return undefined
}

/** Envoy removes after it sets: our own header would be lost, and the proxy's credential would act. */
function findConflict(
  { set, append }: Pick<HeaderChanges, 'set' | 'append'>,
  { names }: Removal,
): string | undefined {
  const seen = new Set<string>()
  for (const [name] of set) {
    if (seen.has(name) || names.has(name)) return changedTwice(name)
    seen.add(name)
  }
  const twice = append.find(([name]) => seen.has(name) || names.has(name))
  return twice && changedTwice(twice[0])
}

function changedTwice(name: string): string {
  return `header "${name}" is changed in two ways`
}

function isFieldName(name: string): boolean {
  return token.test(name) && !ofTheHop.has(name)
}

function printable(name: string): string {
  return name.replaceAll(/[^\u0020-\u007e]/g, '?').slice(0, 100)
}
