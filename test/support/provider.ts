import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JWK, Provider } from 'oidc-provider'
import { applySetCookies, cookieHeader } from './sign-in.ts'

/** A person known to the provider: the login is the `sub`. */
interface Person {
  readonly login: string
  readonly claims: Readonly<Record<string, unknown>>
}

export interface ProviderOptions {
  readonly clientID: string
  readonly clientSecret: string
  readonly externalURL: URL
  readonly people: readonly Person[]
  /** Private keys; the provider signs with the first. Default: one RSA key. */
  readonly keys?: readonly JWK[]
}

/** A real OpenID provider (npm `oidc-provider`) on loopback. */
export interface TestProvider {
  readonly url: string
  /** What a person's browser does there: from the authorization request to the redirect back. */
  readonly signIn: (authorizationURL: URL, login: string) => Promise<URL>
  /** The same for a sign-out: from the end-session request to the redirect back. */
  readonly signOut: (endSessionURL: URL) => Promise<URL>
  readonly close: () => Promise<void>
}

/** Starts a provider with one client. Each sign-in is that of a browser which has no session there yet. */
export async function startProvider(options: ProviderOptions): Promise<TestProvider> {
  const { clientID, clientSecret, externalURL, people, keys = [rsaKey()] } = options
  const server = createServer((request, response) => void handler(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const provider = new Provider(url, {
    clients: [
      {
        client_id: clientID,
        client_secret: clientSecret,
        redirect_uris: [new URL('/oauth2/callback', externalURL).href],
        post_logout_redirect_uris: [new URL('/oauth2/sign_out', externalURL).href],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['only for tests'] },
    jwks: { keys: [...keys] },
    pkce: { required: () => true },
    findAccount: (_, login) => {
      const person = people.find((known) => known.login === login)
      return person && { accountId: login, claims: () => ({ ...person.claims, sub: login }) }
    },
  })
  provider.on('server_error', (_, error) => console.error(error))
  const handler = provider.callback()

  let jar = new Map<string, string>()
  const browse = async (address: URL, form?: Readonly<Record<string, string>>) => {
    const response = await fetch(address, {
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
    url,
    signIn: (authorizationURL, login) => {
      jar = new Map()
      return follow(authorizationURL, (page) =>
        page.includes('name="login"')
          ? { prompt: 'login', login, password: 'any' }
          : { prompt: 'consent' },
      )
    },
    signOut: (endSessionURL) =>
      follow(endSessionURL, (page) => ({
        xsrf: /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '',
        logout: 'yes',
      })),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function rsaKey(): JWK {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    ...privateKey.export({ format: 'jwk' }),
    kty: 'RSA',
    use: 'sig',
    alg: 'RS256',
    kid: 'k1',
  }
}
