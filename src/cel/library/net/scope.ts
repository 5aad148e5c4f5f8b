import type { Address } from './address.ts'

/** `0.0.0.0` and `::`. */
export function isUnspecified({ bits }: Address): boolean {
  return bits === 0n
}

/** `127.0.0.0/8` and `::1`. */
export function isLoopback({ family, bits }: Address): boolean {
  return family === 4 ? bits >> 24n === 127n : bits === 1n
}

/** `224.0.0.0/24` and, with any flags, `ff02::/16`. */
export function isLinkLocalMulticast({ family, bits }: Address): boolean {
  return family === 4 ? bits >> 8n === 0xe00000n : ((bits >> 112n) & 0xff0fn) === 0xff02n
}

/** `169.254.0.0/16` and `fe80::/10`. */
export function isLinkLocalUnicast({ family, bits }: Address): boolean {
  return family === 4 ? bits >> 16n === 0xa9fen : bits >> 118n === 0x3fan
}

/** None of the above, no multicast and not `255.255.255.255`; private networks are global to Go. */
export function isGlobalUnicast(address: Address): boolean {
  const { family, bits } = address
  const isMulticast = family === 4 ? bits >> 28n === 0xen : bits >> 120n === 0xffn
  const isBroadcast = family === 4 && bits === 0xffffffffn
  return !(
    isMulticast ||
    isBroadcast ||
    isUnspecified(address) ||
    isLoopback(address) ||
    isLinkLocalUnicast(address)
  )
}
