import { isIPv6 } from 'node:net'

/**
 * What is wrong with an issuer's URL, by the rules of kube-apiserver: one that Go's net/url can read,
 * https, without user, query or fragment (a bare `?` or `#` at the end passes). What Go takes is taken,
 * also where such an issuer can never be asked (no host), as kube-apiserver starts with it too.
 */
export function issuerUrlFault(
  text: string,
  { allowHttp }: { readonly allowHttp: boolean },
): string | undefined {
  const [beforeFragment, fragment = ''] = splitOnce(text, '#')
  if (/[\u0000-\u001f\u007f]/.test(beforeFragment)) return 'must not have a control character'
  if (fragment !== '') return 'must not have a fragment'
  const [, scheme, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(beforeFragment) ?? []
  if (scheme === undefined) return 'must be a URL such as https://issuer.example.com'
  // A single "?" at the end is an empty query, a second one is the query's content.
  const [address, query = ''] = splitOnce(rest, '?')
  if (query !== '') return 'must not have a query'
  return schemeFault(scheme.toLowerCase(), { allowHttp }) ?? addressFault(address)
}

function schemeFault(
  scheme: string,
  { allowHttp }: { readonly allowHttp: boolean },
): string | undefined {
  if (scheme === 'https' || (scheme === 'http' && allowHttp)) return undefined
  if (scheme !== 'http') return 'must be an https URL'
  return 'must be an https URL; list the issuer in insecureIssuers if it must be plain http'
}

/** What follows `https:`. Without a `/` at its start Go looks no further. */
function addressFault(address: string): string | undefined {
  if (!address.startsWith('/')) return undefined
  const [, authority = '', path = ''] = /^\/\/([^/]*)(.*)$/s.exec(address) ?? ['', '', address]
  if (authority.includes('@')) return 'must not name a user'
  if (/%(?![0-9A-Fa-f]{2})/.test(authority + path)) {
    return 'must not have a "%" without two hexadecimal digits'
  }
  return isHost(authority) ? undefined : 'must name a host, with or without a port'
}

/** As Go reads `host[:port]`, which may be empty. */
function isHost(authority: string): boolean {
  const [, literal, port = ''] = /^\[([^[]*)\](.*)$/s.exec(authority) ?? []
  if (literal === undefined) {
    const [host, afterColon = ''] = splitOnce(authority, ':')
    return !authority.includes('[') && isHostText(host) && /^[0-9]*$/.test(afterColon)
  }
  const [address, zone] = splitOnce(literal, '%25')
  return /^(?::[0-9]*)?$/.test(port) && isPlainIPv6(address) && (zone === undefined || isZone(zone))
}

function isPlainIPv6(address: string): boolean {
  return isIPv6(address) && !address.includes('%')
}

const hostCharacter = /^(?:[!"$&'()*+,\-.0-9:;<=>A-Z[\]_a-z~]|[^\u0000-\u007f])$/u

/** Percent-encoded may be what is no ASCII, and the percent sign itself. */
function isHostText(host: string): boolean {
  return isMadeOf(host, (escaped) => /^%(?:25|[89A-Fa-f])/.test(escaped))
}

/** The zone of a link-local address (RFC 6874): what a host may have, escaped or not, and blanks. */
function isZone(zone: string): boolean {
  return zone !== '' && isMadeOf(zone, mayStandInZone)
}

function mayStandInZone(escaped: string): boolean {
  const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
  return /^[ %]$/.test(character) || (hostCharacter.test(character) && character < '\u0080')
}

function isMadeOf(text: string, mayStand: (escaped: string) => boolean): boolean {
  return (text.match(/%..|./gsu) ?? []).every((part) =>
    part.startsWith('%') ? mayStand(part) : hostCharacter.test(part),
  )
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const index = text.indexOf(separator)
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + separator.length)]
}
