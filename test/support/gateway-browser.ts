import type { ConnectionOptions } from 'node:tls'
import { applySetCookies, cookieHeader } from './cookie-jar.ts'
import type { ProviderBrowser } from './provider-browser.ts'
import { http1Request, type RawResponse } from './raw-client.ts'
import { nameOf, values } from './wire.ts'

/** A browser in front of an Envoy: keeps the cookies of one host, follows nothing by itself. */
export interface GatewayBrowser {
  readonly jar: () => ReadonlyMap<string, string>
  /** Types an address, or follows a link from outside. */
  readonly navigate: (path: string, options?: BrowserRequest) => Promise<RawResponse>
  /** What a script or a form of a page on the same host sends. */
  readonly fetch: (path: string, options?: BrowserRequest) => Promise<RawResponse>
}

export interface BrowserRequest {
  /** Default GET. */
  readonly method?: string
  /** Beside, or in the place of, what the browser sends by itself. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A browser without cookies at `https://{host}`, whose connections end at that port; plain ones by default. */
export function createGatewayBrowser(
  port: number,
  host: string,
  tls?: ConnectionOptions,
): GatewayBrowser {
  let jar: ReadonlyMap<string, string> = new Map()

  const send = async (
    path: string,
    { method = 'GET', headers = {}, body }: BrowserRequest,
  ): Promise<RawResponse> => {
    const cookie = cookieHeader(jar)
    const all = { ...(cookie === undefined ? {} : { cookie }), ...headers }
    const content = body === undefined ? {} : { body }
    const request = { method, path, host, headers: Object.entries(all), tls, ...content }
    const response = await http1Request(port, request)
    const set = response.lines.filter((line) => nameOf(line) === 'set-cookie')
    jar = applySetCookies(
      jar,
      set.map((line) => ['set-cookie', line.slice('set-cookie:'.length).trim()]),
    )
    return response
  }

  return {
    jar: () => jar,
    navigate: async (path, { headers = {}, ...rest } = {}) =>
      send(path, {
        ...rest,
        headers: {
          accept: 'text/html,application/xhtml+xml',
          'sec-fetch-mode': 'navigate',
          'sec-fetch-dest': 'document',
          'sec-fetch-site': 'none',
          ...headers,
        },
      }),
    fetch: async (path, { headers = {}, ...rest } = {}) =>
      send(path, {
        ...rest,
        headers: {
          accept: '*/*',
          'sec-fetch-mode': 'cors',
          'sec-fetch-dest': 'empty',
          'sec-fetch-site': 'same-origin',
          ...headers,
        },
      }),
  }
}

/** How somebody signs in. */
export interface SignIn {
  /** Where {@link path} leads. */
  readonly provider: Pick<ProviderBrowser, 'signIn'>
  /** Default `alice`. */
  readonly login?: string
  /** Default `/app`. */
  readonly path?: string
}

/** Opens an address that leads to the provider, signs in there and comes back, which is answered with the result. */
export async function signInFrom(
  browser: GatewayBrowser,
  { provider, login = 'alice', path = '/app' }: SignIn,
): Promise<RawResponse> {
  const back = await provider.signIn(locationOf(await browser.navigate(path)), login)
  const headers = { 'sec-fetch-site': 'cross-site' }
  return browser.navigate(back.pathname + back.search, { headers })
}

/** Where a response sends the browser. */
export function locationOf({ lines, status }: RawResponse): URL {
  const location = values(lines, 'location')
  if (location.length !== 1) throw new Error(`Cannot follow: status ${status}, no location`)
  return new URL(location[0] ?? '')
}
