import { trimWhiteSpace } from '../white-space.ts'

/** What an Authorization header says of a login and a password. */
export type BasicCredential =
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly detail: string }
  | { readonly kind: 'credential'; readonly login: string; readonly password: string }

/** bcrypt takes so many bytes and overlooks the rest: two passwords that begin alike would be one. */
const maxPasswordBytes = 72

/** Longer logins nobody has. */
const maxLoginBytes = 256

/**
 * Reads `Authorization: Basic` ({@link https://www.rfc-editor.org/rfc/rfc7617#section-2 RFC 7617 §2}),
 * in UTF-8. Everything that begins with the scheme is Basic, so that nothing odd passes as no credential.
 */
export function readBasic(authorization: string | undefined): BasicCredential {
  const match = /^basic(?![\w!#$%&'*+.^`|~-])[ \t]*(.*)$/is.exec(
    trimWhiteSpace(authorization ?? ''),
  )
  if (match === null) return { kind: 'none' }
  const bytes = decodeBase64(match[1] ?? '')
  if (bytes === undefined) return malformed('not base64')
  const text = decodeUtf8(bytes)
  if (text === undefined) return malformed('not UTF-8')
  const colon = text.indexOf(':')
  if (colon < 0) return malformed('no colon')
  // RFC 7617 §2; among them is NUL, where bcrypt may stop.
  if (/[\u0000-\u001f\u007f]/.test(text)) return malformed('control characters')
  const login = text.slice(0, colon)
  const password = text.slice(colon + 1)
  if (Buffer.byteLength(login) > maxLoginBytes) return malformed('a login that is too long')
  if (Buffer.byteLength(password) > maxPasswordBytes) return malformed('a password over 72 bytes')
  return { kind: 'credential', login, password }
}

/** Padded base64 in its one form: nothing else gets past this, so one credential is one text. */
function decodeBase64(text: string): Buffer | undefined {
  if (text.length > 1024) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function malformed(detail: string): BasicCredential {
  return { kind: 'malformed', detail: `Basic credential: ${detail}` }
}
