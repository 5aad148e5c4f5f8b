import type { SignInConfig } from '../config/browser-types.ts'

/** The endpoints below `signIn.pathPrefix`, all of them inside the check. */
const names = ['sign_in', 'start', 'callback', 'sign_out', 'userinfo', 'style.css', 'logo'] as const

/** One of them, or one of the paths of `signIn.logoutPaths`. */
export type SignInEndpoint = (typeof names)[number] | 'logout'

type Paths = Pick<SignInConfig, 'pathPrefix' | 'logoutPaths'>

/** The path of an endpoint. */
export function endpointPath(
  { pathPrefix }: Pick<SignInConfig, 'pathPrefix'>,
  endpoint: Exclude<SignInEndpoint, 'logout'>,
): string {
  return `${pathPrefix}/${endpoint}`
}

/** Where providers end sessions, on the port for direct requests alone. */
export function backChannelLogoutPath({ pathPrefix }: Pick<SignInConfig, 'pathPrefix'>): string {
  return `${pathPrefix}/backchannel_logout`
}

/** Every path that is an endpoint of sign-in, the paths of sign-out included. */
export function endpointPaths(config: Paths): ReadonlyMap<string, SignInEndpoint> {
  const paths = new Map<string, SignInEndpoint>(config.logoutPaths.map((path) => [path, 'logout']))
  for (const name of names) paths.set(endpointPath(config, name), name)
  return paths
}
