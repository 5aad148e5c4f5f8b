/** A browser without a window: keeps cookies, follows redirects, fills in forms. */
import { request } from 'undici'
import { createCookieJar } from './cookie-jar.ts'

/** Where a navigation ended. */
export interface Page {
  readonly url: URL
  readonly status: number
  readonly body: string
  /** Every address on the way, the last one included. */
  readonly visited: readonly URL[]
}

export interface Browser {
  /** Goes to an address, as typed into the address bar. */
  readonly open: (url: URL) => Promise<Page>
  /** Sends the form of the page with these fields filled in; hidden fields and the button go along. */
  readonly submit: (page: Page, fields: Readonly<Record<string, string>>) => Promise<Page>
  /** What a script of the page gets from `fetch(url)`: no redirect is followed. */
  readonly fetch: (url: URL) => Promise<Page>
  /** What goes to this address as `Cookie`; empty for nothing. */
  readonly cookies: (url: URL) => string
}

const longestChain = 20

/** A browser with an empty cookie jar. */
export function createBrowser(): Browser {
  const jar = createCookieJar()

  async function send(url: URL, { method, headers, body }: Outgoing) {
    const cookie = jar.header(url)
    const response = await request(url, {
      method,
      headers: { ...headers, ...(cookie === '' ? {} : { cookie }) },
      body: body ?? null,
    })
    const { 'set-cookie': setCookie = [], location } = response.headers
    jar.store(url, typeof setCookie === 'string' ? [setCookie] : setCookie)
    return {
      status: response.statusCode,
      body: await response.body.text(),
      location: typeof location === 'string' ? new URL(location, url) : undefined,
    }
  }

  async function navigate(start: URL, first: Outgoing): Promise<Page> {
    let url = start
    let outgoing = first
    const visited: URL[] = []
    for (;;) {
      visited.push(url)
      if (visited.length > longestChain)
        throw new Error(`Cannot open ${start.href}: it redirects on and on`)
      const { status, body, location } = await send(url, outgoing)
      if (status < 300 || status > 399 || location === undefined) {
        return { url, status, body, visited }
      }
      url = location
      // Browsers turn a redirected form into a GET (Fetch standard, HTTP-redirect fetch, step 11).
      outgoing = { method: 'GET', headers: navigation }
    }
  }

  return {
    open: (url) => navigate(url, { method: 'GET', headers: navigation }),
    submit: (page, fields) => {
      const form = formOf(page, fields)
      return navigate(form.action, {
        method: 'POST',
        headers: {
          ...navigation,
          'sec-fetch-site': 'same-origin',
          origin: page.url.origin,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: form.body,
      })
    },
    fetch: async (url) => {
      const headers = { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' }
      const { status, body } = await send(url, { method: 'GET', headers })
      return { url, status, body, visited: [url] }
    },
    cookies: jar.header,
  }
}

interface Outgoing {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const navigation = {
  accept: 'text/html,application/xhtml+xml',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
  'sec-fetch-user': '?1',
}

/** The one form of a page, as it would be sent by its button. */
function formOf({ body, url }: Page, fields: Readonly<Record<string, string>>) {
  const tag = /<form\b[^>]*>/i.exec(body)?.[0]
  if (tag === undefined) throw new Error(`Cannot fill in a form: ${url.href} has none`)
  const values = new URLSearchParams()
  for (const [input] of body.matchAll(/<(?:input|button)\b[^>]*>/gi)) {
    const name = attribute(input, 'name')
    if (name !== undefined) values.set(name, fields[name] ?? attribute(input, 'value') ?? '')
  }
  return { action: new URL(attribute(tag, 'action') ?? url, url), body: values.toString() }
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(tag)?.[1]?.replaceAll('&amp;', '&')
}
