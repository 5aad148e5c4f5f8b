/**
 * Decodes base64url without padding ({@link https://www.rfc-editor.org/rfc/rfc7515#section-2 RFC 7515
 * §2}) as kube-apiserver does, with Go's `base64.RawURLEncoding`: CR and LF are skipped, the unused bits
 * of the last character are not looked at, everything else outside the alphabet makes it undefined.
 */
export function decodeBase64Url(text: string): Buffer | undefined {
  const decoded = Buffer.from(text, 'base64url')
  // Buffer skips what it does not know; only a text that comes back the same was wholly understood.
  if (decoded.toString('base64url') === text) return decoded
  const bare = text.replace(/[\r\n]/g, '')
  if (bare.length % 4 === 1 || !/^[\w-]*$/.test(bare)) return undefined
  return Buffer.from(bare, 'base64url')
}

/** As {@link decodeBase64Url} for padded base64 (`x5c`; Go's `base64.StdEncoding`). */
export function decodeBase64(text: string): Buffer | undefined {
  const bare = text.replace(/[\r\n]/g, '')
  if (bare.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(bare)) return undefined
  return Buffer.from(bare, 'base64')
}
