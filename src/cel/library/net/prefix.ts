import { goQuote } from '../strings/go-quote.ts'
import { type Address, addressText, parseAddress } from './address.ts'

/** A network in CIDR notation; bits after the prefix may be set. */
export interface Prefix {
  readonly address: Address
  readonly length: number
}

/** Reads `192.0.2.0/24` as Go's netip.ParsePrefix: no zone, no sign and no leading zero in the length. */
export function parsePrefix(text: string): Prefix | { readonly fault: string } {
  const slash = text.lastIndexOf('/')
  const refuse = (why: string) => ({ fault: `netip.ParsePrefix(${goQuote(text)}): ${why}` })
  if (slash < 0) return refuse("no '/'")
  const address = parseAddress(text.slice(0, slash))
  if ('fault' in address) return refuse(address.fault)
  if (address.zone !== '') return refuse('IPv6 zones cannot be present in a prefix')
  const digits = text.slice(slash + 1)
  if (!/^(?:\d|[1-9]\d+)$/.test(digits)) return refuse(`bad bits after slash: ${goQuote(digits)}`)
  const length = Number(digits)
  return length > bitsOf(address) ? refuse('prefix length out of range') : { address, length }
}

/** The network that the prefix is in: what comes after it is zero. */
export function masked({ address, length }: Prefix): Prefix {
  return {
    address: { ...address, bits: (address.bits >> rest(address, length)) << rest(address, length) },
    length,
  }
}

/** Whether an address is in the network; one of the other family never is. */
export function containsAddress({ address, length }: Prefix, other: Address): boolean {
  const shift = rest(address, length)
  return address.family === other.family && address.bits >> shift === other.bits >> shift
}

/** Whether all addresses of another network are in this one. */
export function containsPrefix(prefix: Prefix, other: Prefix): boolean {
  return prefix.length <= other.length && containsAddress(prefix, other.address)
}

/** `192.0.2.0/24` */
export function prefixText({ address, length }: Prefix): string {
  return `${addressText(address)}/${length}`
}

function rest(address: Address, length: number): bigint {
  return BigInt(bitsOf(address) - length)
}

function bitsOf({ family }: Address): 32 | 128 {
  return family === 4 ? 32 : 128
}
