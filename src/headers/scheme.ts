import { trimWhiteSpace } from '../authn/white-space.ts'

/**
 * The scheme that gateway passes travel under. Not Bearer: a filter behind us that verifies bearer tokens
 * does not look at it, and `Authorization` is in every list of headers already.
 */
export const passScheme = 'AttachePass'

/** As {@link schemeOf} says it. */
export const lowerCasePassScheme = 'attachepass'

/**
 * The scheme of an `Authorization` value ({@link https://www.rfc-editor.org/rfc/rfc9110#section-11.1 RFC
 * 9110 §11.1}) in lower case, where the authenticators see it: they skip what Go takes for white space.
 */
export function schemeOf(authorization: string): string {
  return /^[^\s\u0085]*/.exec(trimWhiteSpace(authorization))?.[0].toLowerCase() ?? ''
}
