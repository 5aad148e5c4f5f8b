import { type CelError, type CelOpaque, celError } from '../../value.ts'
import { opaqueKind } from '../opaque.ts'
import { goQuote } from '../strings/go-quote.ts'
import { type Address, isMapped, parseAddress } from './address.ts'

/** The type `net.IP`, of addresses without a zone. */
export const address = opaqueKind<Address>('net.IP', {
  equal: (a, b) => a.family === b.family && a.bits === b.bits,
  size: ({ family }) => (family === 4 ? 4 : 16),
})

/** The address that a text is. No zone and no IPv4 address in IPv6's clothes: both have a second name. */
export function readIp(text: string): CelOpaque | CelError {
  const read = parseAddress(text)
  const quoted = goQuote(text)
  if ('fault' in read) {
    return celError(`IP Address ${quoted} parse error during conversion from string: ${read.fault}`)
  }
  if (read.zone !== '') return celError(`IP address ${quoted} with zone value is not allowed`)
  if (isMapped(read)) return celError(`IPv4-mapped IPv6 address ${quoted} is not allowed`)
  return address.make(read)
}
