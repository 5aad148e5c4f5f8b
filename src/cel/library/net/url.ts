import { goQuoteBytes } from '../strings/go-quote.ts'
import { type Authority, isOptionalPort, parseAuthority } from './url-authority.ts'
import { escape, unescape } from './url-escape.ts'

/** A URL in its parts. All are bytes, each held in one UTF-16 unit: an escape can be any byte. */
export interface Url extends Authority {
  readonly scheme: string
  /** What follows the scheme when there is no slash: `mailto:` and the like. */
  readonly opaque: string
  readonly path: string
  /** The path as it was written, where that is not how Go would write it. */
  readonly rawPath: string
  readonly query: string
  readonly hasQuestionMark: boolean
  readonly hasNoAuthority: boolean
  readonly fragment: string
  readonly rawFragment: string
}

interface Fault {
  readonly fault: string
}

const none: Url = {
  scheme: '',
  opaque: '',
  user: undefined,
  host: '',
  path: '',
  rawPath: '',
  query: '',
  hasQuestionMark: false,
  hasNoAuthority: false,
  fragment: '',
  rawFragment: '',
}

/**
 * Reads a URL as Kubernetes does: it must be absolute or an absolute path (Go's url.ParseRequestURI), and is
 * then read once more with its fragment told apart (url.Parse).
 */
export function parseUrl(text: string): Url | Fault {
  const checked = parseRequestUri(text)
  if ('fault' in checked) return checked
  const raw = Buffer.from(text).toString('latin1')
  const hash = raw.indexOf('#')
  const before = hash < 0 ? raw : raw.slice(0, hash)
  const url = parse(before, false)
  if ('fault' in url) return wrapped(before, url)
  const rawFragment = hash < 0 ? '' : raw.slice(hash + 1)
  const fragment = unescape(rawFragment, 'fragment')
  if (typeof fragment !== 'string') return wrapped(raw, fragment)
  const isUsual = escape(fragment, 'fragment') === rawFragment
  return { ...url, fragment, rawFragment: isUsual ? '' : rawFragment }
}

/** Reads a URL as Go's url.ParseRequestURI; a fragment is not told apart. */
export function parseRequestUri(text: string): Url | Fault {
  const raw = Buffer.from(text).toString('latin1')
  const url = parse(raw, true)
  return 'fault' in url ? wrapped(raw, url) : url
}

function wrapped(raw: string, { fault }: Fault): Fault {
  return { fault: `parse ${goQuoteBytes(raw)}: ${fault}` }
}

function parse(raw: string, isRequest: boolean): Url | Fault {
  if (/[\0-\x1f\x7f]/.test(raw)) return { fault: 'net/url: invalid control character in URL' }
  if (raw === '' && isRequest) return { fault: 'empty url' }
  if (raw === '*') return { ...none, path: '*' }
  if (raw.startsWith(':')) return { fault: 'missing protocol scheme' }
  const [prefix = '', name = ''] = /^([a-z][a-z0-9+.-]*):/i.exec(raw) ?? []
  const scheme = name.toLowerCase()
  const mark = raw.indexOf('?', prefix.length)
  const rest = raw.slice(prefix.length, mark < 0 ? undefined : mark)
  const query = mark < 0 ? '' : raw.slice(mark + 1)
  const start = { ...none, scheme, query, hasQuestionMark: mark >= 0 && query === '' }
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...start, opaque: rest }
    if (isRequest) return { fault: 'invalid URI for request' }
    const [segment = ''] = rest.split('/', 1)
    if (segment.includes(':')) {
      return { fault: 'first path segment in URL cannot contain colon' }
    }
  }
  const mayHaveAuthority = scheme !== '' || (!isRequest && !rest.startsWith('///'))
  if (!mayHaveAuthority || !rest.startsWith('//')) {
    return withPath({ ...start, hasNoAuthority: scheme !== '' && rest.startsWith('/') }, rest)
  }
  const slash = rest.indexOf('/', 2)
  const end = slash < 0 ? rest.length : slash
  const authority = parseAuthority(scheme, rest.slice(2, end))
  return 'fault' in authority ? authority : withPath({ ...start, ...authority }, rest.slice(end))
}

function withPath(url: Url, rawPath: string): Url | Fault {
  const path = unescape(rawPath, 'path')
  if (typeof path !== 'string') return path
  return { ...url, path, rawPath: escape(path, 'path') === rawPath ? '' : rawPath }
}

/** The path with escapes: as it was written, if that is valid. */
export function escapedPath({ path, rawPath }: Url): string {
  if (rawPath !== '' && /^[\w.~!$&'()*+,;=:@[\]%/-]*$/.test(rawPath)) return rawPath
  return path === '*' ? path : escape(path, 'path')
}

/** The host without its port and brackets. */
export function hostname({ host }: Url): string {
  const name = host.slice(0, host.length - portOf(host).length)
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name
}

/** The digits of the port; none is empty. */
export function port({ host }: Url): string {
  return portOf(host).slice(1)
}

function portOf(host: string): string {
  const colon = host.lastIndexOf(':')
  return colon >= 0 && isOptionalPort(host.slice(colon)) ? host.slice(colon) : ''
}

/** The URL as Go writes it, by which two are equal. */
export function urlText(url: Url): string {
  const { scheme, opaque, query, hasQuestionMark, fragment, rawFragment } = url
  const start = scheme === '' ? '' : `${scheme}:`
  const middle = opaque === '' ? hierarchy(url, start) : start + opaque
  const search = hasQuestionMark || query !== '' ? `?${query}` : ''
  const isValid = rawFragment !== '' && /^[\w.~!$&'()*+,;=:@[\]%/?-]*$/.test(rawFragment)
  const hash = fragment === '' ? '' : `#${isValid ? rawFragment : escape(fragment, 'fragment')}`
  return middle + search + hash
}

function hierarchy(url: Url, start: string): string {
  const { scheme, user, host, hasNoAuthority } = url
  const path = escapedPath(url)
  let text = start
  const isAbsent = hasNoAuthority && host === '' && user === undefined
  if ((scheme !== '' || host !== '' || user !== undefined) && !isAbsent) {
    if (host !== '' || url.path !== '' || user !== undefined) text += '//'
    if (user !== undefined) text += `${userText(user)}@`
    text += escape(host, 'host')
  }
  if (path !== '' && !path.startsWith('/') && host !== '') text += '/'
  const [segment = ''] = path.split('/', 1)
  return text === '' && segment.includes(':') ? `./${path}` : text + path
}

function userText({ name, password }: NonNullable<Url['user']>): string {
  const secret = password === undefined ? '' : `:${escape(password, 'userinfo')}`
  return escape(name, 'userinfo') + secret
}
