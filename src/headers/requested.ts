import type { RequestHeaders } from '../check-input.ts'

/** What the pre-filter puts before the name of a header that only Attaché may read. */
const prefix = 'x-attache-requested-'

/** Header lines that the pre-filter kept apart, by their own names, in lower case. */
export interface RequestedHeaders {
  /** Each line of that name, in order, decoded; empty when there is none. */
  readonly lines: (name: string) => readonly string[]
  /** Names that begin so. */
  readonly namesWith: (start: string) => readonly string[]
}

/**
 * Reads what the pre-filter renamed (istio/pre-filter.lua). It percent-encodes each line, since Envoy
 * joins lines with commas in a check: every byte of a client's line arrives, and no two lines become
 * one. Undefined when a line is not in that form or not UTF-8: then somebody else has put it there.
 */
export function readRequested(
  headers: RequestHeaders,
  isWanted: (name: string) => boolean,
): RequestedHeaders | undefined {
  const found = new Map<string, readonly string[]>()
  for (const [renamed, joined] of headers) {
    if (!renamed.startsWith(prefix)) continue
    const name = renamed.slice(prefix.length)
    if (!isWanted(name)) continue
    const lines = joined.split(',').map(decodeLine)
    if (!lines.every((line) => line !== undefined)) return undefined
    found.set(name, lines)
  }
  return {
    lines: (name) => found.get(name) ?? [],
    namesWith: (start) => [...found.keys()].filter((name) => name.startsWith(start)),
  }
}

const encodedLine = /^(?:[\w\-.~:/@]|%[0-9A-F]{2})*$/

function decodeLine(line: string): string | undefined {
  return encodedLine.test(line) ? decodePercent(line) : undefined
}

/**
 * The key of an extra in the name of a header, as Go's `url.PathUnescape` reads it; malformed, it is the
 * text itself. Undefined when its bytes are no text.
 */
export function decodeKey(encoded: string): string | undefined {
  return /%(?![0-9a-f]{2})/i.test(encoded) ? encoded : decodePercent(encoded)
}

/** What percent-encoding stands for; undefined when it is malformed or not UTF-8. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
