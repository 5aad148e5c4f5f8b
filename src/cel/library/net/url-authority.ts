import { goQuoteBytes } from '../strings/go-quote.ts'
import { parseAddress } from './address.ts'
import { unescape } from './url-escape.ts'

/** Who and where, as bytes without escapes. */
export interface Authority {
  readonly user: Userinfo | undefined
  /** With the port, if there is one, and an IPv6 address in brackets. */
  readonly host: string
}

export interface Userinfo {
  readonly name: string
  readonly password: string | undefined
}

interface Fault {
  readonly fault: string
}

/** Reads what stands between `//` and the path. */
export function parseAuthority(scheme: string, authority: string): Authority | Fault {
  const at = authority.lastIndexOf('@')
  const host = parseHost(scheme, authority.slice(at + 1))
  if (typeof host !== 'string') return host
  if (at < 0) return { user: undefined, host }
  const user = parseUserinfo(authority.slice(0, at))
  return 'fault' in user ? user : { user, host }
}

function parseUserinfo(text: string): Userinfo | Fault {
  if (!/^[\w.~!$&'()*+,;=:%@-]*$/.test(text)) return { fault: 'net/url: invalid userinfo' }
  const colon = text.indexOf(':')
  const name = unescape(colon < 0 ? text : text.slice(0, colon), 'userinfo')
  if (typeof name !== 'string') return name
  if (colon < 0) return { name, password: undefined }
  const password = unescape(text.slice(colon + 1), 'userinfo')
  return typeof password === 'string' ? { name, password } : password
}

function parseHost(scheme: string, text: string): string | Fault {
  const bracket = text.lastIndexOf('[')
  if (bracket > 0) return { fault: 'invalid IP-literal' }
  if (bracket === 0) return parseLiteral(text)
  const first = text.indexOf(':')
  if (first >= 0) {
    // Elsewhere than in http a host may have colons of its own: databases list several hosts.
    const isHttp = scheme === 'http' || scheme === 'https'
    const port = text.slice(isHttp ? first : text.lastIndexOf(':'))
    if (!isOptionalPort(port)) return { fault: `invalid port ${goQuoteBytes(port)} after host` }
  }
  return unescape(text, 'host')
}

/** `[::1]:443`; a zone (`[fe80::1%25eth0]`) has its "%" escaped. */
function parseLiteral(text: string): string | Fault {
  const end = text.lastIndexOf(']')
  if (end < 0) return { fault: "missing ']' in host" }
  const port = text.slice(end + 1)
  if (!isOptionalPort(port)) return { fault: `invalid port ${goQuoteBytes(port)} after host` }
  const zone = text.indexOf('%25')
  const zoneStart = zone < 0 || zone > end ? end : zone
  const host = unescape(text.slice(1, zoneStart), 'host')
  if (typeof host !== 'string') return host
  const zoneText = unescape(text.slice(zoneStart, end), 'zone')
  if (typeof zoneText !== 'string') return zoneText
  const address = parseAddress(host + zoneText)
  if ('fault' in address) return { fault: `invalid host: ${address.fault}` }
  return address.family === 4 ? { fault: 'invalid IP-literal' } : `[${host}${zoneText}]${port}`
}

/** Whether it is empty or a colon with digits after it, or none. */
export function isOptionalPort(text: string): boolean {
  return /^(?::\d*)?$/.test(text)
}
