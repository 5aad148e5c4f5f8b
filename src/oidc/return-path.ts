/** Longer ones would not fit into the state cookie. */
const maxLength = 2048

/**
 * What makes a path another place: a second slash, which may be written as a backslash or escaped,
 * or anything that a URL parser drops before it looks for one.
 */
const deceptive = /^\/(?:[/\\]|%(?:2f|5c|[01][0-9a-f]|20|7f|c2%a0|e3%80%80|ef%bc%8f|ef%bc%bc))/i

/** Controls, backslashes, blanks of any script and what stands for a character that was none. */
const never = /[\p{Cc}\p{Cf}\p{Z}\\\uFFFD]/u

/**
 * The path, query and fragment of `wanted` if it is an absolute path of this origin and nothing
 * else, otherwise `/`. It is judged both as written and as a WHATWG URL parser, hence a browser, reads
 * it ({@link https://url.spec.whatwg.org/#concept-basic-url-parser URL Standard §4.4}).
 */
export function safeReturnPath(wanted: string | null | undefined, externalURL: URL): string {
  if (wanted === null || wanted === undefined || wanted.length > maxLength) return '/'
  if (!wanted.startsWith('/') || deceptive.test(wanted) || never.test(wanted)) return '/'
  if (!URL.canParse(wanted, externalURL.href)) return '/'
  const { origin, pathname, search, hash } = new URL(wanted, externalURL)
  // `/.//evil.example` has this origin, and the path `//evil.example`.
  if (origin !== externalURL.origin || deceptive.test(pathname)) return '/'
  const path = pathname + search + hash
  return path.length > maxLength ? '/' : path
}
