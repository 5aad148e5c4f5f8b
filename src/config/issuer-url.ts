/**
 * What is wrong with an issuer's URL, by the rules of kube-apiserver: https, no user, query or
 * fragment (a bare `?` or `#` at the end passes). A little stricter where Go and WHATWG read a URL
 * differently (blanks, `\`, no host): such an issuer could never be asked.
 */
export function issuerUrlFault(
  text: string,
  { allowHttp }: { readonly allowHttp: boolean },
): string | undefined {
  if (/[\u0000-\u0020\u007f\\]/.test(text)) return 'must be a URL without blanks and "\\"'
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return 'must not have a "%" without two hexadecimal digits'
  const [beforeFragment = '', fragment = ''] = splitOnce(text, '#')
  const [, query = ''] = splitOnce(beforeFragment, '?')
  if (fragment !== '') return 'must not have a fragment'
  if (query !== '') return 'must not have a query'
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]/.test(text) || !URL.canParse(text)) {
    return 'must be a URL such as https://issuer.example.com'
  }
  const { protocol } = new URL(text)
  if (/^[^/]*\/\/[^/?#]*@/.test(text)) return 'must not name a user'
  if (protocol === 'https:' || (protocol === 'http:' && allowHttp)) return undefined
  if (protocol !== 'http:') return 'must be an https URL'
  return 'must be an https URL; list the issuer in insecureIssuers if it must be plain http'
}

function splitOnce(text: string, separator: string): readonly string[] {
  const index = text.indexOf(separator)
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + 1)]
}
