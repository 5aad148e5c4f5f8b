import type { AddressFault } from './address.ts'

/** Reads `192.0.2.1`; what comes first in the text is what Go complains about. */
export function readV4(text: string): bigint | AddressFault {
  let bits = 0n
  let value = 0
  let digits = 0
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i)
    if (character >= '0' && character <= '9') {
      if (digits === 1 && value === 0) return { fault: 'IPv4 field has octet with leading zero' }
      value = value * 10 + Number(character)
      digits++
      if (value > 255) return { fault: 'IPv4 field has value >255' }
    } else if (character === '.') {
      if (i === 0 || i === text.length - 1 || text.charAt(i - 1) === '.') {
        return { fault: 'IPv4 field must have at least one digit', at: text.slice(i) }
      }
      if (dots === 3) return { fault: 'IPv4 address too long' }
      bits = (bits << 8n) | BigInt(value)
      dots++
      value = 0
      digits = 0
    } else {
      return { fault: 'unexpected character', at: text.slice(i) }
    }
  }
  return dots < 3 ? { fault: 'IPv4 address too short' } : (bits << 8n) | BigInt(value)
}
