import { isIP } from 'node:net'
import { posix } from 'node:path'
import type { Address } from './types.ts'

/** Room for the path of a Unix socket in `sockaddr_un`, without the closing NUL. */
const maxSocketPathBytes = 107
const dnsName =
  /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$/

/** Reads `host:port`, `[v6]:port` or `unix:/path`; undefined when it is none of them. */
export function parseAddress(text: string): Address | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length)
    if (!path.startsWith('/') || path.endsWith('/') || path.includes('\u0000')) return undefined
    if (Buffer.byteLength(path) > maxSocketPathBytes) return undefined
    return { kind: 'unix', path: posix.normalize(path) }
  }
  const [, v6, name, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):([0-9]{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535) return undefined
  if (v6 !== undefined) return isIP(v6) === 6 ? { kind: 'tcp', host: v6, port } : undefined
  if (name === undefined || !isHost(name)) return undefined
  return { kind: 'tcp', host: name, port }
}

/** A name of digits and dots alone must be an address: `127.0.0.256` is neither. */
function isHost(name: string): boolean {
  return /^[0-9.]+$/.test(name) ? isIP(name) === 4 : dnsName.test(name) && name.length <= 253
}

/** Whether only this machine can connect there. */
export function isLocal(address: Address): boolean {
  return address.kind === 'unix' || isLoopback(address.host)
}

/** `localhost`, 127.0.0.0/8 and ::1; IPv6 with or without brackets. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (isIP(name) === 4) return name.startsWith('127.')
  return (
    name === 'localhost' || (isIP(name) === 6 && new URL(`http://[${name}]`).hostname === '[::1]')
  )
}

/** As in the configuration. */
export function formatAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  return address.host.includes(':')
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`
}
