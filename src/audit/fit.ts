/** Writes a text in the form of a line. Each character by itself: `escape(a + b) = escape(a) + escape(b)`. */
export type Escape = (text: string) => string

/** The longest beginning of a text that finds room, escaped, and how many characters did not. */
export interface FittedText {
  readonly text: string
  readonly omitted: number
}

/** Cuts between characters, so that neither an escape nor a character of several bytes is torn. */
export function fitText(
  text: string,
  { maxBytes, escape }: { readonly maxBytes: number; readonly escape: Escape },
): FittedText {
  if (text.length <= maxBytes) {
    const whole = escape(text)
    if (Buffer.byteLength(whole) <= maxBytes) return { text: whole, omitted: 0 }
  }
  let fitted = ''
  let bytes = 0
  let taken = 0
  for (const character of text) {
    const escaped = escape(character)
    bytes += Buffer.byteLength(escaped)
    if (bytes > maxBytes) break
    fitted += escaped
    taken += character.length
  }
  return { text: fitted, omitted: text.length - taken }
}

/** The values of a list that find room, escaped, and how many values did not. */
export interface FittedList {
  readonly values: readonly string[]
  readonly omitted: number
  readonly bytes: number
}

/**
 * Takes whole values in their order: the beginning of a group's name could be another group's. One that
 * finds no room does not keep the next ones out, or a single long one would hide them all.
 */
export function fitList(
  values: readonly string[],
  options: {
    readonly maxBytes: number
    /** What stands around and between values, in bytes for each. */
    readonly overheadBytes: number
    readonly escape: Escape
  },
): FittedList {
  const { maxBytes, overheadBytes, escape } = options
  const fitted: string[] = []
  let bytes = 0
  for (const value of values) {
    const room = maxBytes - bytes - overheadBytes
    if (value.length > room) continue
    const escaped = escape(value)
    const needed = Buffer.byteLength(escaped)
    if (needed > room) continue
    fitted.push(escaped)
    bytes += needed + overheadBytes
  }
  return { values: fitted, omitted: values.length - fitted.length, bytes }
}
