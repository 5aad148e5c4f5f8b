import type { HeaderLine } from '../headers/changes.ts'
import type { Asset } from '../pages/asset.ts'
import type { Page } from '../pages/layout.ts'
import { queryOf } from './query.ts'
import type { SignInReply } from './sign-in.ts'

/** Nothing of sign-in may be kept by a cache: it is of one person, at one time. */
const noStore: HeaderLine = ['cache-control', 'no-store']

export interface ReplyOptions {
  readonly status?: number
  readonly setCookies?: readonly HeaderLine[]
  readonly event?: SignInReply['event']
}

/** A page; 200 unless said otherwise. */
export function pageReply({ headers, body }: Page, options: ReplyOptions = {}): SignInReply {
  const { status = 200, setCookies = [], event } = options
  return { status, headers: [...headers, noStore, ...setCookies], body, event }
}

/**
 * A file of the pages. Under the address that names its version it never changes; under another one, such
 * as that of a replica with another version, it may at any time.
 */
export function assetReply({ headers, body, version }: Asset, path: string): SignInReply {
  const isVersion = queryOf(path).get('v') === version
  const caching = isVersion ? 'public, max-age=31536000, immutable' : 'public, max-age=60'
  return { status: 200, headers: [...headers, ['cache-control', caching]], body, event: undefined }
}

/** 404 for a file that the configuration has none of. */
export function noAssetReply(): SignInReply {
  const headers: HeaderLine[] = [['content-type', 'text/plain; charset=utf-8'], noStore]
  return { status: 404, headers, body: 'There is nothing at this address.\n', event: undefined }
}

/** Sends the browser on with a GET; 302 unless said otherwise. */
export function redirectReply(location: string, options: ReplyOptions = {}): SignInReply {
  const { status = 302, setCookies = [], event } = options
  const headers: HeaderLine[] = [['location', location], noStore, ...setCookies]
  return { status, headers, body: '', event }
}

/** JSON for a program; 200 and `application/json` unless said otherwise. */
export function jsonReply(
  value: object,
  options: ReplyOptions & {
    readonly contentType?: string
    readonly more?: readonly HeaderLine[]
  } = {},
): SignInReply {
  const {
    status = 200,
    setCookies = [],
    contentType = 'application/json',
    more = [],
    event,
  } = options
  const headers: HeaderLine[] = [['content-type', contentType], noStore, ...more, ...setCookies]
  return { status, headers, body: `${JSON.stringify(value)}\n`, event }
}

/**
 * 403 for a browser that fetches ahead of time what changes something when it is opened: it asks again once
 * somebody wants it.
 */
export function notAheadReply(): SignInReply {
  const headers: HeaderLine[] = [['content-type', 'text/plain; charset=utf-8'], noStore]
  const body = 'This address is not opened ahead of time.\n'
  return { status: 403, headers, body, event: undefined }
}

/** 405 with what would do ({@link https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6 RFC 9110 §15.5.6}). */
export function methodReply(allowed: readonly string[]): SignInReply {
  const allow = allowed.join(', ')
  const headers: HeaderLine[] = [
    ['allow', allow],
    ['content-type', 'text/plain; charset=utf-8'],
    noStore,
  ]
  return { status: 405, headers, body: `This address takes ${allow} only.\n`, event: undefined }
}
