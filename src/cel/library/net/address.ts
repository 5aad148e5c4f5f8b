import { goQuote } from '../strings/go-quote.ts'
import { readV4 } from './address-v4.ts'
import { readV6 } from './address-v6.ts'

/** An IP address: 32 or 128 bits, and the zone of a link-local one (`fe80::1%eth0`), empty by default. */
export interface Address {
  readonly family: 4 | 6
  readonly bits: bigint
  readonly zone: string
}

/** Why a text is no address: what Go says, and where in the text. */
export interface AddressFault {
  readonly fault: string
  readonly at?: string
}

/**
 * Reads an address as Go's netip.ParseAddr: no leading zeros in IPv4, any form of
 * {@link https://www.rfc-editor.org/rfc/rfc4291#section-2.2 RFC 4291 §2.2} for IPv6.
 */
export function parseAddress(text: string): Address | { readonly fault: string } {
  const read = readAddress(text)
  if (!('fault' in read)) return read
  const place = read.at === undefined || read.at === '' ? '' : ` (at ${goQuote(read.at)})`
  return { fault: `ParseAddr(${goQuote(text)}): ${read.fault}${place}` }
}

function readAddress(text: string): Address | AddressFault {
  const [sign] = /[.:%]/.exec(text) ?? []
  if (sign === ':') return readZoned(text)
  if (sign === '%') return { fault: 'missing IPv6 address' }
  if (sign === undefined) return { fault: 'unable to parse IP' }
  const bits = readV4(text)
  return typeof bits === 'bigint' ? { family: 4, bits, zone: '' } : bits
}

function readZoned(text: string): Address | AddressFault {
  const percent = text.indexOf('%')
  const zone = percent < 0 ? '' : text.slice(percent + 1)
  if (percent >= 0 && zone === '') return { fault: 'zone must be a non-empty string' }
  const bits = readV6(percent < 0 ? text : text.slice(0, percent))
  return typeof bits === 'bigint' ? { family: 6, bits, zone } : bits
}

/** Whether it is an IPv4 address in IPv6's clothes, `::ffff:1.2.3.4`. */
export function isMapped({ family, bits }: Address): boolean {
  return family === 6 && bits >> 32n === 0xffffn
}

/** The one canonical form ({@link https://www.rfc-editor.org/rfc/rfc5952#section-4 RFC 5952 §4}); zones are not written. */
export function addressText({ family, bits }: Address): string {
  if (family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => ((bits >> shift) & 0xffn).toString()).join('.')
  }
  const groups = Array.from({ length: 8 }, (_, i) => (bits >> BigInt(112 - 16 * i)) & 0xffffn)
  const { start, length } = longestZeros(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

function longestZeros(groups: readonly bigint[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 }
  let start = 0
  for (const [i, group] of groups.entries()) {
    if (group !== 0n) start = i + 1
    else if (i + 1 - start > longest.length) longest = { start, length: i + 1 - start }
  }
  return longest
}
