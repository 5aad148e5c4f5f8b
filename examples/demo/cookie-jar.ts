/** Cookies as a browser keeps them (RFC 6265 §5), as far as servers on one machine need it. */
export interface CookieJar {
  /** Takes the `Set-Cookie` lines of an answer. */
  readonly store: (url: URL, lines: readonly string[]) => void
  /** The value of `Cookie` for a request; empty for none. */
  readonly header: (url: URL) => string
}

interface Cookie {
  readonly name: string
  readonly value: string
  readonly host: string
  readonly path: string
}

export function createCookieJar(): CookieJar {
  const cookies = new Map<string, Cookie>()
  const visible = (url: URL) =>
    [...cookies.values()].filter(
      ({ host, path }) =>
        host === url.hostname &&
        (url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`)),
    )
  return {
    store: (url, lines) => {
      for (const line of lines) {
        const { cookie, expired } = parse(line, url)
        const key = `${cookie.host} ${cookie.path} ${cookie.name}`
        if (expired) cookies.delete(key)
        else cookies.set(key, cookie)
      }
    },
    header: (url) =>
      visible(url)
        .map(({ name, value }) => `${name}=${value}`)
        .join('; '),
  }
}

function parse(line: string, url: URL): { readonly cookie: Cookie; readonly expired: boolean } {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const equals = pair.indexOf('=')
  const attribute = (name: string): string | undefined =>
    attributes.find((each) => each.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
  const maxAge = attribute('max-age')
  const expires = attribute('expires')
  return {
    cookie: {
      name: pair.slice(0, equals),
      value: pair.slice(equals + 1),
      host: url.hostname,
      path: attribute('path') ?? '/',
    },
    expired:
      maxAge === undefined
        ? expires !== undefined && Date.parse(expires) <= Date.now()
        : Number(maxAge) <= 0,
  }
}
