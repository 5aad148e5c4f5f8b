/**
 * Where our own cookies stand in a `Cookie` header: to believe one, and to take one out. The two differ
 * about commas.
 */

/** A cookie of ours as it stands in a `Cookie` header. */
export interface FoundCookie {
  /** Of the name's first character. */
  readonly start: number
  /** Of the separator that ends it, or the header's length. */
  readonly end: number
  /** What follows the session's own name: empty, or what {@link Separators} says. */
  readonly suffix: string
  readonly value: string
}

/** What stands between cookies. */
export interface Separators {
  readonly marks: string
  /**
   * From the end of a cookie's name on: nothing, a piece's number, a sign-in's id, or the mark of the last
   * provider or of ended sessions; then the value.
   */
  readonly rest: RegExp
}

/**
 * To believe a cookie, only `;` separates
 * ({@link https://www.rfc-editor.org/rfc/rfc6265#section-4.2.1 RFC 6265 §4.2.1}): a neighbouring site may
 * not set a `__Host-` cookie for ours, but it may set `x` to `1,__Host-attache=…`, a session of its own.
 */
export const believed: Separators = {
  marks: ';',
  rest: /((?:\.\d+|-s-[\w-]+|-[pe])?)[ \t]*=([^;]*)/y,
}

/**
 * To take one out, `,` separates as well: Envoy joins two header lines with it where it shows headers as
 * a map, and some upstreams split there. Nothing in our values is a comma, so they end where one stands.
 */
export const takenOut: Separators = {
  marks: ';,',
  rest: /((?:\.\d+|-s-[\w-]+|-[pe])?)[ \t]*=([^;,]*)/y,
}

/** All cookies whose name begins as ours do; the work grows linearly with the header. */
export function findOwn(
  header: string,
  { name, separators }: { readonly name: string; readonly separators: Separators },
): readonly FoundCookie[] {
  const { marks, rest } = separators
  const found: FoundCookie[] = []
  const endFrom = markFinder(header, marks)
  for (let at = header.indexOf(name); at !== -1; at = header.indexOf(name, at)) {
    const afterName = at + name.length
    if (!beginsCookie(header, at, marks)) {
      at = afterName
    } else if (header[afterName] === '=') {
      // Nearly always: the value follows its name at once, and no expression finds its end as fast.
      const end = endFrom(afterName)
      found.push({ start: at, end, suffix: '', value: header.slice(afterName + 1, end).trimEnd() })
      at = end
    } else {
      rest.lastIndex = afterName
      const [whole, suffix = '', value = ''] = rest.exec(header) ?? []
      const end = whole === undefined ? afterName : afterName + whole.length
      if (whole !== undefined) found.push({ start: at, end, suffix, value: value.trimEnd() })
      at = end
    }
  }
  return found
}

/** Finds the next mark. Asked for growing positions, it looks at each character once for each mark. */
function markFinder(header: string, marks: string): (from: number) => number {
  let semicolon = -1
  let comma = marks.includes(',') ? -1 : header.length
  return (from) => {
    if (semicolon < from) semicolon = positionOf(';', header, from)
    if (comma < from) comma = positionOf(',', header, from)
    return Math.min(semicolon, comma)
  }
}

function positionOf(mark: string, header: string, from: number): number {
  const at = header.indexOf(mark, from)
  return at === -1 ? header.length : at
}

function beginsCookie(header: string, at: number, marks: string): boolean {
  const before = header[beforeBlanks(header, at) - 1]
  return before === undefined || marks.includes(before)
}

/** Where the separator before the cookie at `at` stands; 0 for the first cookie. */
export function beforeSeparator(header: string, at: number): number {
  return Math.max(beforeBlanks(header, at) - 1, 0)
}

// Loops in place of expressions: `[ \t]*$` takes quadratic time on a header full of blanks.
function beforeBlanks(header: string, at: number): number {
  let index = at
  while (isBlank(header[index - 1])) index -= 1
  return index
}

/** Where the first character from `at` on that is no blank stands. */
export function afterBlanks(header: string, at: number): number {
  let index = at
  while (isBlank(header[index])) index += 1
  return index
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}
