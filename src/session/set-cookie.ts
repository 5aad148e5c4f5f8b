import type { SessionConfig } from '../config/browser-types.ts'
import type { HeaderLine } from '../headers/changes.ts'

/** A cookie of ours, as a browser sends it back. */
export interface CookiePair {
  readonly name: string
  readonly value: string
}

/** What a cookie of ours says about itself besides its name and value. */
export interface CookieAttributes {
  /** 0 removes the cookie. */
  readonly maxAgeSeconds: number
  readonly sameSite: SessionConfig['cookie']['sameSite']
  readonly secure: boolean
  /** Empty: only the host that set it gets it back. */
  readonly domain: string
}

/**
 * A cookie longer than this, attributes included, is one that a browser may drop
 * ({@link https://www.rfc-editor.org/rfc/rfc6265#section-6.1 RFC 6265 §6.1}).
 */
const maxCookieBytes = 4095

const sameSiteWords = { lax: 'Lax', strict: 'Strict', none: 'None' } as const

/** The `set-cookie` line of one cookie: always `HttpOnly` and `Path=/`, as `__Host-` demands. */
export function setCookie({ name, value }: CookiePair, attributes: CookieAttributes): HeaderLine {
  return ['set-cookie', `${name}=${value}${attributeText(attributes)}`]
}

/** Characters (ASCII, so bytes) of `value` that fit beside this name and these attributes. */
export function valueRoom(name: string, attributes: CookieAttributes): number {
  return maxCookieBytes - name.length - 1 - attributeText(attributes).length
}

function attributeText({ maxAgeSeconds, sameSite, secure, domain }: CookieAttributes): string {
  return [
    '',
    'Path=/',
    ...(domain === '' ? [] : [`Domain=${domain}`]),
    `Max-Age=${maxAgeSeconds}`,
    'HttpOnly',
    ...(secure ? ['Secure'] : []),
    `SameSite=${sameSiteWords[sameSite]}`,
  ].join('; ')
}
