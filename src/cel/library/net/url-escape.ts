import { goQuoteBytes } from '../strings/go-quote.ts'

/** What may stand in a part of a URL as it is; Go's net/url follows RFC 3986 and browsers, not only the former. */
export type UrlPart = 'path' | 'host' | 'zone' | 'userinfo' | 'query' | 'fragment'

/** All that may not. */
const others: Readonly<Record<UrlPart, RegExp>> = {
  path: /[^\w.~$&+,/:;=@-]/g,
  host: /[^\w.~!$&'()*+,;=:[\]<>"-]/g,
  zone: /[^\w.~!$&'()*+,;=:[\]<>"-]/g,
  userinfo: /[^\w.~$&+,;=-]/g,
  query: /[^\w.~-]/g,
  fragment: /[^\w.~$&+,/:;=?@!()*-]/g,
}

const escapes: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
)

/** Whether a byte must be written as `%xx` there. */
function mustEscape(byte: string, part: UrlPart): boolean {
  return byte.search(others[part]) === 0
}

/** Writes bytes, each held in one UTF-16 unit, for a part of a URL. */
export function escape(bytes: string, part: UrlPart): string {
  return bytes.replaceAll(others[part], (byte) => escapes[byte.charCodeAt(0)] ?? byte)
}

/** Reads a part of a URL into bytes, each held in one UTF-16 unit, or says what Go says is wrong with it. */
export function unescape(text: string, part: UrlPart): string | { readonly fault: string } {
  const isHost = part === 'host' || part === 'zone'
  // Each match is a "%" with up to two characters after it, or one that a host cannot have.
  for (const [found] of text.matchAll(isHost ? /%.{0,2}|[\0-\x7f]/gs : /%.{0,2}/gs)) {
    if (!found.startsWith('%')) {
      if (mustEscape(found, part)) {
        return { fault: `invalid character ${goQuoteBytes(found)} in host name` }
      }
    } else if (!isEscape(found, part)) {
      return { fault: `invalid URL escape ${goQuoteBytes(found)}` }
    }
  }
  const spaced = part === 'query' ? text.replaceAll('+', ' ') : text
  return spaced.replaceAll(/%(..)/gs, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}

/** A host may have escapes of non-ASCII bytes and "%25" only; a zone those of what it may also have plain. */
function isEscape(escaped: string, part: UrlPart): boolean {
  if (!/^%[0-9a-f]{2}$/i.test(escaped)) return false
  if (escaped === '%25' || (part !== 'host' && part !== 'zone')) return true
  const byte = parseInt(escaped.slice(1), 16)
  if (part === 'host') return byte >= 0x80
  return byte === 0x20 || !mustEscape(String.fromCharCode(byte), 'host')
}
