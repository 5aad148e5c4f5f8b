import { BlockList, isIPv4, isIPv6 } from 'node:net'

/**
 * What is nobody's on the internet, from IANA's special-purpose address registries
 * ({@link https://www.rfc-editor.org/rfc/rfc6890 RFC 6890}), and what leads back to an IPv4 address.
 */
const special: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

const blocked = new BlockList()
for (const [network, prefix] of special) blocked.addSubnet(network, prefix, 'ipv4')
/** 2000::/3 is all of IPv6 that is public; these are the parts of it that are not, or wrap IPv4. */
const publicIPv6 = new BlockList()
publicIPv6.addSubnet('2000::', 3, 'ipv6')
const specialIPv6 = new BlockList()
specialIPv6.addSubnet('2001::', 23, 'ipv6')
specialIPv6.addSubnet('2001:db8::', 32, 'ipv6')
specialIPv6.addSubnet('2002::', 16, 'ipv6')
specialIPv6.addSubnet('3fff::', 20, 'ipv6')

/** Whether an IP address is one of the public internet; false for whatever is no address. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !blocked.check(address, 'ipv4')
  if (!isIPv6(address)) return false
  return publicIPv6.check(address, 'ipv6') && !specialIPv6.check(address, 'ipv6')
}
