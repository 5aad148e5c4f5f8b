/** What an instruction of a program takes to be made, a class of Unicode, and anything else once. */
const perInstruction = 3500
const perUnicodeClass = 120_000
const perPattern = 20_000
/** What a character takes to be read, of which some make no instruction. */
const perCharacter = 1000

/** No pattern may repeat anything more often. */
const maxRepetition = 1000

/**
 * The work of compiling a pattern, before it is parsed: repetitions are written out, so that five
 * characters become thousands of instructions. What is no pattern may be taken for less or more.
 */
export function patternWork(pattern: string): number {
  const classes = pattern.match(/\\[pP]/g)?.length ?? 0
  return (
    perPattern +
    pattern.length * perCharacter +
    classes * perUnicodeClass +
    instructions(pattern) * perInstruction
  )
}

/** The instructions of what a bracket encloses so far, and of the last thing in it. */
interface Group {
  size: number
  last: number
}

/** In one walk without going back, since a claim may be the pattern. */
function instructions(pattern: string): number {
  let group: Group = { size: 0, last: 0 }
  const outer: Group[] = []
  let at = 0
  while (at < pattern.length) {
    const end = endOfToken(pattern, at)
    const text = pattern.slice(at, end)
    const times = repetition(text)
    if (text === '(') {
      outer.push(group)
      group = { size: 0, last: 0 }
    } else if (text === ')') {
      const inner = group.size + 2
      group = outer.pop() ?? group
      add(group, inner)
    } else if (times === undefined) {
      add(group, text.startsWith('\\Q') ? text.length : 1)
    } else {
      group.size += group.last * (times - 1)
      group.last *= times
    }
    at = end
  }
  return outer.reduce((sum, { size }) => sum + size, group.size)
}

function add(group: Group, size: number): void {
  group.size += size
  group.last = size
}

function endOfToken(pattern: string, at: number): number {
  const next = pattern.charAt(at + 1)
  switch (pattern.charAt(at)) {
    case '\\':
      if (next === 'Q') return after(pattern, '\\E', at)
      return /[pPx]/.test(next) && pattern[at + 2] === '{' ? after(pattern, '}', at) : at + 2
    case '[':
      return endOfClass(pattern, at)
    case '{':
      return /\d/.test(next) ? after(pattern, '}', at) : at + 1
    default:
      return at + 1
  }
}

/** Behind the next such text; without one nothing of what follows is a pattern. */
function after(pattern: string, text: string, from: number): number {
  const place = pattern.indexOf(text, from)
  return place < 0 ? pattern.length : place + text.length
}

function endOfClass(pattern: string, start: number): number {
  let at = start + 1
  if (pattern[at] === '^') at++
  // A bracket that comes first is one of its characters.
  if (pattern[at] === ']') at++
  while (at < pattern.length && pattern[at] !== ']') {
    const [name] = /^\[:\^?[a-z]+:\]/.exec(pattern.slice(at, at + longestName)) ?? []
    if (pattern[at] === '\\') at += 2
    else at += name?.length ?? 1
  }
  return at + 1
}

/** `[:^xdigit:]` */
const longestName = 11

/** How often `{2,5}` repeats what is before it at most; undefined if it is none. */
function repetition(text: string): number | undefined {
  const [, least, most] = /^\{(\d+)(?:,(\d*))?\}$/.exec(text) ?? []
  if (least === undefined) return undefined
  return Math.min(Math.max(Number(least), Number(most ?? 0), 1), maxRepetition)
}
