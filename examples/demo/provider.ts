/**
 * The demo's identity provider: `oidc-provider`, certified and in process, with a login form of our
 * own and the people who may sign in. It keeps everything in memory.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { type Configuration, Provider } from 'oidc-provider'
import { confirmSignOutPage, loginPage, signedOutPage } from './provider-pages.ts'
import { createProviderStore } from './provider-store.ts'

/** Somebody who can sign in. */
export interface Person {
  readonly login: string
  readonly password: string
  readonly email: string
  readonly groups: readonly string[]
}

/** What {@link startProvider} needs to know. */
export interface ProviderOptions {
  /** On the loopback address. */
  readonly port: number
  readonly clientID: string
  readonly clientSecret: string
  readonly redirectURIs: readonly string[]
  readonly postLogoutRedirectURIs: readonly string[]
  readonly people: readonly Person[]
}

/** A running provider. */
export interface RunningProvider {
  readonly issuer: string
  /** An ID token for that person, signed with the provider's key. */
  readonly mint: (person: Person, options: { readonly validSeconds: number }) => Promise<string>
  readonly stop: () => Promise<void>
}

const keyID = 'demo'

/** Starts the provider on a port of the loopback address. */
export async function startProvider(options: ProviderOptions): Promise<RunningProvider> {
  const { port, clientID } = options
  const issuer = `http://127.0.0.1:${port}`
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: keyID, alg: 'RS256', use: 'sig' }
  const provider = new Provider(issuer, { ...configuration(options), jwks: { keys: [jwk] } })
  const answer = provider.callback()
  const server = createServer((request, response) => {
    const handled = request.url?.startsWith('/login/') === true
    const done = handled
      ? login({ provider, people: options.people }, request, response)
      : answer(request, response)
    done.catch(() =>
      response.writeHead(400, { 'content-type': 'text/plain' }).end('Start again.\n'),
    )
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    issuer,
    mint: async (person, { validSeconds }) =>
      new SignJWT(claimsOf(person))
        .setProtectedHeader({ alg: 'RS256', kid: keyID })
        .setIssuer(issuer)
        .setAudience(clientID)
        .setSubject(person.login)
        .setIssuedAt()
        .setExpirationTime(`${validSeconds}s`)
        .sign(privateKey),
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function claimsOf({ login: name, email, groups }: Person) {
  return { preferred_username: name, email, email_verified: true, groups: [...groups] }
}

function configuration(options: ProviderOptions): Configuration {
  const { clientID, clientSecret, redirectURIs, postLogoutRedirectURIs, people } = options
  return {
    adapter: createProviderStore(),
    clients: [
      {
        client_id: clientID,
        client_secret: clientSecret,
        redirect_uris: [...redirectURIs],
        post_logout_redirect_uris: [...postLogoutRedirectURIs],
      },
    ],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['preferred_username'],
      groups: ['groups'],
    },
    // Claims of the scopes go into the ID token, as Dex and Keycloak do, not to userinfo alone.
    conformIdTokenClaims: false,
    cookies: { keys: [clientSecret] },
    ttl: { Session: 3600, Grant: 3600, Interaction: 600, IdToken: 3600, AccessToken: 3600 },
    findAccount: (_context, subject) => {
      const person = people.find((each) => each.login === subject)
      if (person === undefined) return undefined
      return { accountId: subject, claims: () => ({ sub: subject, ...claimsOf(person) }) }
    },
    interactions: { url: (_context, { uid }) => `/login/${uid}` },
    // The demo's one client is the platform's own, so nobody is asked whether it may know them.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        clientId: clientID,
        ...(oidc.session?.accountId === undefined ? {} : { accountId: oidc.session.accountId }),
      })
      grant.addOIDCScope('openid email profile groups')
      await grant.save()
      return grant
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.body = confirmSignOutPage(form)
        },
        postLogoutSuccessSource: (context) => {
          context.body = signedOutPage()
        },
      },
    },
  }
}

interface Door {
  readonly provider: Provider
  readonly people: readonly Person[]
}

/** `GET` shows the form; `POST` with the right password goes on to the client. */
async function login(
  { provider, people }: Door,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') {
    await provider.interactionDetails(request, response)
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(loginPage({}))
    return
  }
  const form = new URLSearchParams(await bodyOf(request))
  const person = people.find(
    (each) => each.login === form.get('login') && each.password === form.get('password'),
  )
  if (person === undefined) {
    const page = loginPage({ failed: form.get('login') ?? '' })
    response.writeHead(401, { 'content-type': 'text/html; charset=utf-8' }).end(page)
    return
  }
  await provider.interactionFinished(request, response, { login: { accountId: person.login } })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
