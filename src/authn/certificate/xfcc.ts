/**
 * `x-forwarded-client-cert` as Envoy writes it. The certificate is the only part of it that is
 * believed: names in it are not quoted, and a client may have chosen them.
 * @see {@link https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert
 *   Envoy's description}
 */

/** What one element says, percent-encoded as it was sent. */
export interface ForwardedCertificate {
  /** SHA-256 of the certificate, lower-case hexadecimal; Envoy always says it. */
  readonly hash: string
  /** PEM. */
  readonly cert: string
  /** PEM of the chain, the certificate first; undefined when Envoy was not told to send it. */
  readonly chain: string | undefined
}

/** The one certificate of the header, or why there is not one. */
export type ReadXfcc =
  | { readonly kind: 'forwarded'; readonly certificate: ForwardedCertificate }
  | { readonly kind: 'refused'; readonly detail: string }

/**
 * Reads a header of exactly one element with exactly one Hash and one Cert. Two elements mean that a
 * client's own header was kept; two keys of one name, that somebody wrote himself into a name.
 */
export function readXfcc(header: string): ReadXfcc {
  const pairs = readPairs(header)
  if (pairs === undefined) return refused('x-forwarded-client-cert cannot be read')
  if (pairs === 'several') return refused('x-forwarded-client-cert has several elements')
  const [hash, cert, chain] = ['hash', 'cert', 'chain'].map((wanted) =>
    pairs.filter(([key]) => key === wanted).map(([, value]) => value),
  )
  if (hash?.length !== 1 || cert?.length !== 1 || chain === undefined || chain.length > 1) {
    return refused('x-forwarded-client-cert does not have one Hash and one Cert')
  }
  const certificate = { hash: hash[0] ?? '', cert: cert[0] ?? '', chain: chain[0] }
  return { kind: 'forwarded', certificate }
}

type Pair = readonly [key: string, value: string]

/** `key=value` or `key="value"`, with whatever ends it. A backslash keeps the next character as it is. */
const pair = /\s*([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;\s]*))\s*([;,]|$)/y

function readPairs(header: string): readonly Pair[] | 'several' | undefined {
  const pairs: Pair[] = []
  let at = 0
  for (;;) {
    pair.lastIndex = at
    const match = pair.exec(header)
    if (match === null) return undefined
    const [whole, key = '', quoted, plain = '', end] = match
    pairs.push([key.toLowerCase(), quoted === undefined ? plain : unescape(quoted)])
    at += whole.length
    if (end === '') return pairs
    if (end === ',') return 'several'
  }
}

function unescape(quoted: string): string {
  return quoted.replace(/\\(.)/g, '$1')
}

function refused(detail: string): ReadXfcc {
  return { kind: 'refused', detail }
}
