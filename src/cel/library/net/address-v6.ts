import type { AddressFault } from './address.ts'
import { readV4 } from './address-v4.ts'

/** Sixteen bits each. */
const groupCount = 8

/** Reads `2001:db8::1` or `::ffff:192.0.2.1`; what comes first in the text is what Go complains about. */
export function readV6(text: string): bigint | AddressFault {
  const groups: bigint[] = []
  let gap = -1
  let rest = text
  if (rest.startsWith('::')) {
    gap = 0
    rest = rest.slice(2)
    if (rest === '') return 0n
  }
  while (groups.length < groupCount) {
    const hex = /^[0-9a-f]{0,5}/i.exec(rest)?.[0] ?? ''
    if (hex.length > 4) return { fault: 'each group must have 4 or less digits', at: rest }
    if (hex === '') {
      return { fault: 'each colon-separated field must have at least one digit', at: rest }
    }
    if (rest.charAt(hex.length) === '.') {
      const tail = readTail(rest, { count: groups.length, hasGap: gap >= 0 })
      if (typeof tail !== 'bigint') return tail
      groups.push(tail >> 16n, tail & 0xffffn)
      rest = ''
      break
    }
    groups.push(BigInt(`0x${hex}`))
    rest = rest.slice(hex.length)
    if (rest === '') break
    if (!rest.startsWith(':')) return { fault: 'unexpected character, want colon', at: rest }
    if (rest === ':') return { fault: 'colon must be followed by more characters', at: rest }
    rest = rest.slice(1)
    if (rest.startsWith(':')) {
      if (gap >= 0) return { fault: 'multiple :: in address', at: rest }
      gap = groups.length
      rest = rest.slice(1)
      if (rest === '') break
    }
  }
  if (rest !== '') return { fault: 'trailing garbage after address', at: rest }
  return assemble(groups, gap)
}

/** An IPv4 address in place of the last two groups. */
function readTail(
  rest: string,
  { count, hasGap }: { count: number; hasGap: boolean },
): bigint | AddressFault {
  if (!hasGap && count !== 6) {
    const fault = 'embedded IPv4 address must replace the final 2 fields of the address'
    return { fault, at: rest }
  }
  if (count > 6) {
    const fault = 'too many hex fields to fit an embedded IPv4 at the end of the address'
    return { fault, at: rest }
  }
  return readV4(rest)
}

function assemble(groups: readonly bigint[], gap: number): bigint | AddressFault {
  const missing = groupCount - groups.length
  if (missing > 0 && gap < 0) return { fault: 'address string too short' }
  if (missing === 0 && gap >= 0) {
    return { fault: 'the :: must expand to at least one field of zeros' }
  }
  const zeros = Array.from({ length: missing }, () => 0n)
  const all = gap < 0 ? groups : [...groups.slice(0, gap), ...zeros, ...groups.slice(gap)]
  return all.reduce((bits, group) => (bits << 16n) | group, 0n)
}
