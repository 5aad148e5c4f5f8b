import { chargeWork, type Meter } from './work.ts'

/** How a text is read, and what reading it takes. */
export interface ScanOptions {
  readonly meter: Meter
  /** The work of a character each time that it is read. */
  readonly perRead: number
}

/** What re2js reads an input by. */
export interface ScannedText {
  readonly endPos: () => number
  readonly canCheckPrefix: () => boolean
  /** The code point at a place and how many units it takes, as re2js packs them. */
  readonly step: (at: number) => number
  /** How far from a place the prefix of all matches is. */
  readonly index: (pattern: { readonly prefix: string }, from: number) => number
  /** Which assertions hold at a place. */
  readonly context: (at: number) => number
  readonly hasString: (literal: { readonly str: string }, from: number) => boolean
  readonly hasAnyString: () => boolean
  readonly prefixLength: (pattern: { readonly prefix: string }) => number
}

const endOfText = -8
/** A text within the text is found by the engine of JavaScript, which takes less for a character. */
const perSearchedUnit = 5
/** What it takes to look at both sides of a place. */
const perAssertion = 50

/**
 * A text that counts how often its characters are read. Each search for the next match may read to the
 * end of the text to decide on a short match, so that the lengths of text and pattern bound nothing.
 */
export function scannedText(text: string, { meter, perRead }: ScanOptions): ScannedText {
  const places = new Map<string, number>()

  function nextPlace(part: string, from: number): number {
    const place = text.indexOf(part, from)
    chargeWork(meter, ((place < 0 ? text.length : place) - from) * perSearchedUnit)
    return place
  }

  return {
    endPos: () => text.length,
    canCheckPrefix: () => true,
    step: (at) => {
      chargeWork(meter, perRead)
      const point = text.codePointAt(at)
      if (point === undefined) return endOfText
      return (point << 3) | (point > 0xffff ? 2 : 1)
    },
    index: ({ prefix }, from) => {
      const place = nextPlace(prefix, from)
      return place < 0 ? -1 : place - from
    },
    context: (at) => {
      chargeWork(meter, perAssertion)
      return assertionsBetween(unitAt(text, at - 1), unitAt(text, at))
    },
    // Asked for at each match: where the next one is stays true until it is passed.
    hasString: ({ str }, from) => {
      const known = places.get(str)
      const isKnown = known !== undefined && (known < 0 || known >= from)
      const place = isKnown ? known : nextPlace(str, from)
      places.set(str, place)
      return place >= 0
    },
    // Only saves time where none of many texts is there.
    hasAnyString: () => true,
    prefixLength: ({ prefix }) => prefix.length,
  }
}

/** -1 before the start and after the end. */
function unitAt(text: string, at: number): number {
  return at >= 0 && at < text.length ? text.charCodeAt(at) : -1
}

const newLine = 10
const assertions = {
  beginLine: 1,
  endLine: 2,
  beginText: 4,
  endText: 8,
  wordBoundary: 16,
  noWordBoundary: 32,
} as const

function assertionsBetween(before: number, after: number): number {
  const start = before < 0 ? assertions.beginText | assertions.beginLine : 0
  const end = after < 0 ? assertions.endText | assertions.endLine : 0
  const lines =
    (before === newLine ? assertions.beginLine : 0) | (after === newLine ? assertions.endLine : 0)
  const isBoundary = isWord(before) !== isWord(after)
  const word = isBoundary ? assertions.wordBoundary : assertions.noWordBoundary
  return start | end | lines | word
}

/** ASCII letters, digits and the underscore, as `\b` has them. */
function isWord(unit: number): boolean {
  if (unit < 0x30 || unit > 0x7a) return false
  return unit <= 0x39 || (unit >= 0x41 && unit <= 0x5a) || unit === 0x5f || unit >= 0x61
}
