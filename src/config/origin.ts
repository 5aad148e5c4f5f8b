import { isLoopback } from './address.ts'

export interface OriginRules {
  /** Plain http for any host; loopback has it always. */
  readonly allowHttp: boolean
}

/** Either the URL, which is an origin and nothing more, or why it is none. */
export type Origin =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly message: string }

/** Reads `https://host[:port]`; plain http only on a loopback host. */
export function parseOrigin(text: string, { allowHttp }: OriginRules): Origin {
  const form = 'must be https://host or https://host:port'
  if (/[\s\\*]/.test(text) || !URL.canParse(text)) return { ok: false, message: form }
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { ok: false, message: form }
  if (url.username !== '' || url.password !== '' || /[?#@]/.test(text) || url.pathname !== '/') {
    return { ok: false, message: `${form}, without path, query, fragment and user` }
  }
  if (url.hostname.endsWith('.')) return { ok: false, message: 'must not end its host in a dot' }
  if (url.protocol === 'http:' && !allowHttp && !isLoopback(url.hostname)) {
    return { ok: false, message: 'must be https, as its host is not loopback' }
  }
  return { ok: true, url }
}
