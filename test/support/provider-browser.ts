import { Agent, fetch } from 'undici'
import { firstAuthority, secondAuthority } from './authorities.ts'
import { applySetCookies, cookieHeader } from './cookie-jar.ts'

/** What a person's browser does at the provider; it keeps the cookies of its session there. */
export interface ProviderBrowser {
  /** From the authorization request to the redirect back; asks for the login once a session. */
  readonly signIn: (authorizationURL: URL, login: string) => Promise<URL>
  /** From the end-session request to the redirect back. */
  readonly signOut: (endSessionURL: URL) => Promise<URL>
}

/** Connections that trust the CAs of authorities.ts. */
export function createTrustingAgent(): Agent {
  return new Agent({ connect: { ca: [firstAuthority.ca, secondAuthority.ca] } })
}

/** What somebody puts into the form of a page at the provider. */
type Fill = (page: string, login: string) => Readonly<Record<string, string>>

/** A browser without cookies, at the provider with that origin. Default forms: `oidc-provider`'s. */
export function createProviderBrowser(url: string, fillIn: Fill = fillOwn): ProviderBrowser {
  const agent = createTrustingAgent()
  let jar = new Map<string, string>()

  const browse = async (address: URL, form?: Readonly<Record<string, string>>) => {
    const response = await fetch(address, {
      dispatcher: agent,
      redirect: 'manual',
      headers: { cookie: cookieHeader(jar) ?? '' },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    const lines = response.headers.getSetCookie().map((line) => ['set-cookie', line] as const)
    jar = applySetCookies(jar, lines)
    const location = response.headers.get('location')
    return {
      next: location === null ? undefined : new URL(location, address),
      text: await response.text(),
    }
  }
  /** Follows redirects, and fills in the forms that come along, until the browser leaves. */
  const follow = async (start: URL, fill: (page: string) => Readonly<Record<string, string>>) => {
    let at = start
    for (let step = 0; step < 15; step += 1) {
      let { next, text } = await browse(at)
      if (next === undefined) {
        const action = /<form[^>]*action="([^"]+)"/.exec(text)?.[1]
        if (action === undefined) throw new Error(`Cannot go on at the provider: ${text}`)
        ;({ next, text } = await browse(new URL(action.replaceAll('&amp;', '&'), at), fill(text)))
      }
      if (next === undefined) throw new Error(`Cannot go on at the provider: ${text}`)
      if (next.origin !== url) return next
      at = next
    }
    throw new Error('Cannot leave the provider: too many steps')
  }

  return {
    signIn: async (authorizationURL, login) =>
      follow(authorizationURL, (page) => fillIn(page, login)),
    signOut: async (endSessionURL) =>
      follow(endSessionURL, (page) => ({
        xsrf: /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '',
        logout: 'yes',
      })),
  }
}

function fillOwn(page: string, login: string): Readonly<Record<string, string>> {
  return page.includes('name="login"')
    ? { prompt: 'login', login, password: 'any' }
    : { prompt: 'consent' }
}
