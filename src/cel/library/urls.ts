import { isUtf8 } from 'node:buffer'
import type { Library, Overload } from '../library.ts'
import { celMap } from '../run/map.ts'
import { chargeWork } from '../run/work.ts'
import { boolType, stringType } from '../type.ts'
import { type CelError, type CelMap, type CelOpaque, celError, nativeStrings } from '../value.ts'
import { characters } from './cost.ts'
import { declare, global, listOf, mapOf, method } from './define.ts'
import { parseQuery } from './net/query.ts'
import {
  escapedPath,
  hostname,
  parseRequestUri,
  parseUrl,
  port,
  type Url,
  urlText,
} from './net/url.ts'
import { opaqueKind } from './opaque.ts'
import { readingWork } from './reading-work.ts'

const url = opaqueKind<Url>('kubernetes.URL', {
  equal: (a, b, meter) => {
    chargeWork(meter, urlWork(a) + urlWork(b))
    return urlText(a) === urlText(b)
  },
})

/**
 * Kubernetes' URL library: URLs as Go's net/url reads them.
 * {@link https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-url-library Kubernetes, URL library}
 */
export const urls: Library = {
  functions: [
    declare(
      'url',
      global({
        id: 'string_to_url',
        parameters: [stringType],
        result: url.type,
        call: ([text]) => readUrl(text),
        work: readingWork,
        cost: ([text]) => characters(text),
      }),
    ),
    declare(
      'isURL',
      global({
        id: 'is_url_string',
        parameters: [stringType],
        result: boolType,
        call: ([text]) => !('fault' in parseRequestUri(text)),
        work: readingWork,
      }),
    ),
    declare(
      'getScheme',
      getter('url_get_scheme', ({ scheme }) => scheme),
    ),
    declare(
      'getHost',
      getter('url_get_host', ({ host }) => host),
    ),
    declare('getHostname', getter('url_get_hostname', hostname)),
    declare('getPort', getter('url_get_port', port)),
    declare('getEscapedPath', getter('url_get_escaped_path', escapedPath)),
    declare(
      'getQuery',
      method({
        id: 'url_get_query',
        parameters: [url.type],
        result: mapOf(stringType, listOf(stringType)),
        call: ([{ data }], { meter }) => {
          chargeWork(meter, data.query.length * perQueryCharacter)
          return readQuery(data)
        },
      }),
    ),
  ],
}

/** What a URL takes to be written, a character of it, and one of its query to be read. */
const perUrl = 8000
const perWrittenCharacter = 30
const perQueryCharacter = 200

function urlWork({ host, path, rawPath, query, opaque, fragment }: Url): number {
  const parts = [host, path, rawPath, query, opaque, fragment]
  return parts.reduce((work, { length }) => work + length * perWrittenCharacter, perUrl)
}

function getter(id: string, get: (url: Url) => string): Overload {
  return method({
    id,
    parameters: [url.type],
    result: stringType,
    call: ([{ data }], { meter }) => {
      chargeWork(meter, urlWork(data))
      return decode(get(data)) ?? notText()
    },
  })
}

function readUrl(raw: string): CelOpaque | CelError {
  const read = parseUrl(raw)
  return 'fault' in read
    ? celError(`URL parse error during conversion from string: ${read.fault}`)
    : url.make(read)
}

function readQuery({ query }: Url): CelMap | CelError {
  const entries: (readonly [string, ReturnType<typeof nativeStrings>])[] = []
  for (const [name, values] of parseQuery(query)) {
    const key = decode(name)
    const texts = values.map(decode).filter((value) => value !== undefined)
    if (key === undefined || texts.length < values.length) return notText()
    entries.push([key, nativeStrings(texts)])
  }
  return celMap(entries) ?? notText()
}

/** Bytes, each held in one UTF-16 unit, as text; undefined if they are no UTF-8. */
function decode(bytes: string): string | undefined {
  const all = Buffer.from(bytes, 'latin1')
  return isUtf8(all) ? all.toString() : undefined
}

/** Go's strings can hold any bytes; here two different ones must never become the same text. */
function notText(): CelError {
  return celError('Cannot read the URL: an escape in it is not UTF-8')
}
