import type { RequestHeaders } from '../../src/check-input.ts'

/** A header line as a client sends it. */
export type ClientLine = readonly [name: string, value: string]

/**
 * What a check shows of lines that istio/pre-filter.lua keeps apart: renamed, each percent-encoded, and
 * joined by Envoy, which has taken the blanks off the edges before (RFC 9112 §5.1).
 */
export function preFiltered(lines: readonly ClientLine[]): RequestHeaders {
  const headers = new Map<string, string>()
  for (const [name, value] of lines) {
    const renamed = `x-attache-requested-${name.toLowerCase()}`
    const encoded = encodeLine(value.replace(/^[ \t]+|[ \t]+$/g, ''))
    const before = headers.get(renamed)
    headers.set(renamed, before === undefined ? encoded : `${before},${encoded}`)
  }
  return headers
}

/** The value of one line as the pre-filter writes it. */
export function encodeLine(value: string): string {
  return [...Buffer.from(value)]
    .map((byte) => String.fromCharCode(byte))
    .map((char) =>
      /[A-Za-z0-9_.~:/@-]/.test(char)
        ? char
        : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')
}
