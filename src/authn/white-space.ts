// `\s` of JavaScript is another set: it has U+FEFF and lacks U+0085.
const whiteSpace = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

/**
 * Takes what Unicode calls white space off both ends, as Go's `strings.TrimSpace` does, so that a
 * credential ends where kube-apiserver sees it end.
 */
export function trimWhiteSpace(text: string): string {
  // A pattern for the trailing run would take quadratic time where a run of blanks is in the middle.
  let start = 0
  let end = text.length
  while (start < end && whiteSpace.test(text.charAt(start))) start += 1
  while (end > start && whiteSpace.test(text.charAt(end - 1))) end -= 1
  return text.slice(start, end)
}

/** Takes all white space out, as kube-apiserver's JWS parser does before it looks at a token. */
export function stripWhiteSpace(text: string): string {
  return whiteSpace.test(text) ? text.replace(new RegExp(whiteSpace, 'g'), '') : text
}
