/**
 * A real OpenID provider (npm `oidc-provider`) on loopback. provider-faults.ts makes it fail, and
 * provider-browser.ts is what a person's browser does there, without a browser.
 */
import { createPrivateKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { CompactSign } from 'jose'
import {
  type ClientAuthMethod,
  type ClientMetadata,
  type Configuration,
  type JWK,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider'
import { fetch } from 'undici'
import {
  createProviderBrowser,
  createTrustingAgent,
  type ProviderBrowser,
} from './provider-browser.ts'
import { createProviderFaults, type ProviderFaults } from './provider-faults.ts'

type Claims = Readonly<Record<string, unknown>>

/** A person known to the provider: the login is the `sub`. */
interface Person {
  readonly login: string
  readonly claims: Claims
}

/** A client of the provider. */
export interface ProviderClient {
  readonly clientID: string
  /** Of `client_secret_basic` and `client_secret_post`. */
  readonly clientSecret?: string
  /** Default: `client_secret_basic`, or `none` without a secret. */
  readonly clientAuthentication?: ClientAuthMethod
  /** Public keys of `private_key_jwt`. */
  readonly clientKeys?: readonly JWK[]
  /** Where Attaché is: `/oauth2/callback` and `/oauth2/sign_out` there may be redirected to. */
  readonly externalURL: URL | readonly URL[]
  readonly backchannelLogoutURI?: string
  /** Whether logout tokens name the session. Default: only the person. */
  readonly backchannelLogoutSessionRequired?: boolean
}

export interface ProviderOptions extends ProviderClient {
  readonly people: readonly Person[]
  /** Further clients. */
  readonly clients?: readonly ProviderClient[]
  /** Private keys; the provider signs with the first. Default: one RSA key. */
  readonly keys?: readonly JWK[]
  /**
   * Whether every sign-in gets a refresh token, and whether that can be used just once: a second
   * use then ends the grant, as RFC 9700 wants it. Default: none.
   */
  readonly refreshTokens?: 'none' | 'reusable' | 'one-time'
  /** Lives of what it issues, in seconds. Default: an hour, and a day of refresh tokens. */
  readonly ttlSeconds?: { readonly idToken?: number; readonly refreshToken?: number }
  /** PEM texts. Default: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Default: one that is free. */
  readonly port?: number
}

/** A provider that runs. */
export interface TestProvider extends ProviderFaults {
  readonly url: string
  /** A browser without a session there. */
  readonly newBrowser: () => ProviderBrowser
  /** A sign-in in a new browser, from the authorization request to the redirect back. */
  readonly signIn: (authorizationURL: URL, login: string) => Promise<URL>
  /** A sign-out in the browser of the last sign-in, from the end-session request to the redirect back. */
  readonly signOut: (endSessionURL: URL) => Promise<URL>
  /** What is true of a person from now on; undefined: the provider knows nobody of that name any more. */
  readonly setClaims: (login: string, claims: Claims | undefined) => void
  /** Makes all refresh tokens of that person's sign-ins invalid, as an administrator would. */
  readonly revoke: (login: string) => Promise<void>
  /**
   * Back-channel logout of one client, as an administrator would start it. Rejects unless the client
   * answers 200 or 204.
   */
  readonly logOut: (
    clientID: string,
    session: { readonly login: string; readonly sid?: string },
  ) => Promise<void>
  /** A JWT of exactly these claims, with the first key: what the provider itself would not issue. */
  readonly sign: (claims: Claims, header?: Claims) => Promise<string>
  /** Takes the provider away; what it knows stays. */
  readonly halt: () => Promise<void>
  /** Brings it back at the same address. */
  readonly resume: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Starts a provider. */
export async function startProvider(options: ProviderOptions): Promise<TestProvider> {
  const { keys = [rsaKey()], people, clients = [], tls } = options
  const claimsOf = new Map(people.map(({ login, claims }) => [login, claims]))
  const listener: RequestListener = (request, response) => void handler(request, response)
  const server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener)
  const listen = async (wanted: number) => {
    server.listen(wanted, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const halt = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  const port = await listen(options.port ?? 0)
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  const faults = createProviderFaults()
  const provider = new Provider(url, {
    ...behaviour(options, port),
    clients: [options, ...clients].map((client) => metadataOf(client, options)),
    jwks: { keys: [...keys] },
    findAccount: (_, login) => {
      const claims = claimsOf.get(login)
      return claims && { accountId: login, claims: () => ({ ...claims, sub: login }) }
    },
  })
  provider.use(faults.middleware)
  provider.on('server_error', (_, error) => console.error(error))
  const grants = new Map<string, string[]>()
  provider.on('grant.success', ({ oidc: { entities } }) => {
    const { Account: account, Grant: grant } = entities
    if (account === undefined || grant === undefined) return
    const known = grants.get(account.accountId) ?? []
    grants.set(account.accountId, [...known, grant.jti])
  })
  const handler = provider.callback()

  const newBrowser = () => createProviderBrowser(url)
  let last = newBrowser()
  return {
    ...faults,
    url,
    newBrowser,
    signIn: async (authorizationURL, login) => {
      last = newBrowser()
      return last.signIn(authorizationURL, login)
    },
    signOut: async (endSessionURL) => last.signOut(endSessionURL),
    setClaims: (login, claims) => {
      if (claims === undefined) claimsOf.delete(login)
      else claimsOf.set(login, claims)
    },
    revoke: async (login) => {
      for (const grant of grants.get(login) ?? [])
        await provider.RefreshToken.revokeByGrantId(grant)
    },
    logOut: async (clientID, { login, sid }) => {
      const client = (await provider.Client.find(clientID)) as LogoutClient | undefined
      if (client === undefined) throw new RangeError(`Cannot log out of "${clientID}": no client`)
      await client.backchannelLogout(login, sid)
    },
    sign: async (claims, header = {}) => {
      const [key = rsaKey()] = keys
      const { alg = 'RS256', kid } = key
      const protectedHeader = { alg, ...(kid !== undefined && { kid }), ...header }
      return new CompactSign(Buffer.from(JSON.stringify(claims)))
        .setProtectedHeader(protectedHeader)
        .sign(createPrivateKey({ key: { ...key } as JsonWebKey, format: 'jwk' }))
    },
    halt,
    resume: async () => {
      await listen(port)
    },
    close: async () => {
      faults.mend()
      if (server.listening) await halt()
    },
  }
}

/** The types of the package do not have it. */
interface LogoutClient {
  readonly backchannelLogout: (sub: string, sid: string | undefined) => Promise<void>
}

const day = 86_400

/** What is the same for all clients. */
function behaviour(options: ProviderOptions, port: number): Configuration {
  const { refreshTokens = 'none', ttlSeconds = {} } = options
  return {
    claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
    conformIdTokenClaims: false,
    // A browser keeps one jar for all ports of a host, where several providers meet.
    cookies: {
      keys: ['only for tests'],
      names: {
        session: `session-${port}`,
        interaction: `interaction-${port}`,
        resume: `resume-${port}`,
      },
    },
    features: { backchannelLogout: { enabled: true } },
    fetch: fetchFromClients,
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    loadExistingGrant: grantAll,
    pkce: { required: () => true },
    rotateRefreshToken: refreshTokens === 'one-time',
    ttl: {
      AccessToken: 3600,
      Grant: 14 * day,
      IdToken: ttlSeconds.idToken ?? 3600,
      Interaction: 3600,
      RefreshToken: ttlSeconds.refreshToken ?? day,
      Session: 14 * day,
    },
  }
}

/** Nobody is asked for consent, as with a company's own clients; each sign-in has a grant of its own. */
async function grantAll({ oidc }: KoaContextWithOIDC) {
  const { clientId } = oidc.client ?? {}
  const { accountId } = oidc.session ?? {}
  if (clientId === undefined || accountId === undefined) return undefined
  const grant = new oidc.provider.Grant({ clientId, accountId })
  grant.addOIDCScope([...oidc.requestParamOIDCScopes])
  await grant.save()
  return grant
}

/** The one of `oidc-provider` does not go to loopback addresses, nor trust the CAs of tests. */
const fetchFromClients: NonNullable<Configuration['fetch']> = async (input, init) => {
  const request = new Request(input, init)
  const { method, headers, signal } = request
  return fetch(request.url, {
    method,
    headers: Object.fromEntries(headers),
    body: await request.text(),
    redirect: 'manual',
    signal,
    dispatcher: createTrustingAgent(),
  })
}

function metadataOf(client: ProviderClient, { refreshTokens = 'none' }: ProviderOptions) {
  const { clientID, clientSecret, externalURL, clientKeys, backchannelLogoutURI } = client
  const { clientAuthentication = clientSecret === undefined ? 'none' : 'client_secret_basic' } =
    client
  const at = (path: string) => [externalURL].flat().map((url) => new URL(path, url).href)
  const metadata: ClientMetadata = {
    client_id: clientID,
    token_endpoint_auth_method: clientAuthentication,
    redirect_uris: at('/oauth2/callback'),
    post_logout_redirect_uris: at('/oauth2/sign_out'),
    grant_types: ['authorization_code', ...(refreshTokens === 'none' ? [] : ['refresh_token'])],
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
    ...(clientKeys !== undefined && { jwks: { keys: [...clientKeys] } }),
    ...(backchannelLogoutURI !== undefined && {
      backchannel_logout_uri: backchannelLogoutURI,
      backchannel_logout_session_required: client.backchannelLogoutSessionRequired ?? false,
    }),
  }
  return metadata
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
