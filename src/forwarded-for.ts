import { isIP } from 'node:net'
import type { CheckInput, RequestHeaders } from './check-input.ts'

/** Longer than any address with a port. */
const maxEntryLength = 64

/** In place of an entry that is no address: where the hops are miscounted, a client has written it. */
const noAddress = '?'

/**
 * The entries of `X-Forwarded-For` that proxies of ours wrote, which stand last; what is before them a
 * client made up. `hops` is `listen.trustedHops`. Undefined when there is none. Only addresses, with a
 * port or without: anything else is `?`, so that no log holds what a client put there.
 */
export function trustedForwardedFor(
  headers: RequestHeaders,
  hops: number,
): readonly string[] | undefined {
  const forwardedFor = headers.get('x-forwarded-for')
  if (forwardedFor === undefined || hops === 0) return undefined
  return forwardedFor
    .split(',')
    .slice(-hops)
    .map((entry) => addressIn(entry.trim()))
}

/**
 * The client's address, without port: what the outermost proxy of ours has seen, or Envoy's peer when none
 * is trusted. Undefined when that is no address, as where the hops are miscounted.
 */
export function clientAddress(
  { headers, source }: Pick<CheckInput, 'headers' | 'source'>,
  hops: number,
): string | undefined {
  const [entry = source] = trustedForwardedFor(headers, hops) ?? []
  return entry === undefined ? undefined : withoutPort(entry)
}

function addressIn(entry: string): string {
  return withoutPort(entry) === undefined ? noAddress : entry
}

function withoutPort(entry: string): string | undefined {
  // The zone of a scoped address (RFC 4007) may be any text, and means nothing on another host.
  if (entry.length > maxEntryLength || entry.includes('%')) return undefined
  const [, v4, v6] = /^(?:([\d.]+):\d+|\[([\da-f:.]+)\](?::\d+)?)$/i.exec(entry) ?? []
  const address = v4 ?? v6 ?? entry
  return isIP(address) === 0 ? undefined : address
}
