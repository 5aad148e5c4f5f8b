import type { Config, RouteConfig } from './types.ts'

/** Whether a session's ID token goes upstream on this route, as `Authorization` or in a header of its own. */
export function sendsIDToken(
  { access, identity, authorization }: Pick<RouteConfig, 'access' | 'identity' | 'authorization'>,
  headers: Pick<Config['headers'], 'idToken'>,
): boolean {
  if (access === 'public') return false
  return authorization === 'token' || (identity === 'headers' && headers.idToken !== undefined)
}
