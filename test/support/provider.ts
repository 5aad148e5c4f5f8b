/**
 * A real OpenID provider (npm `oidc-provider`) on loopback. provider-faults.ts makes it fail, and
 * provider-browser.ts is what a person's browser does there, without a browser.
 */
import { createPrivateKey, type JsonWebKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { CompactSign } from 'jose'
import { Provider } from 'oidc-provider'
import { createProviderBrowser, type ProviderBrowser } from './provider-browser.ts'
import {
  behaviourOf,
  type Claims,
  metadataOf,
  type ProviderOptions,
} from './provider-configuration.ts'
import { createProviderFaults, type ProviderFaults } from './provider-faults.ts'
import { signingJwk } from './signing-jwk.ts'

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
  const { keys = [signingJwk('k1')], people, clients = [], tls } = options
  const claimsOf = new Map(people.map(({ login, claims }) => [login, claims]))
  const listener: RequestListener = (request, response) => void handler(request, response)
  const server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener)
  // A test file whose set-up fails half-way ends all the same.
  server.unref()
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
    ...behaviourOf(options, port),
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
      const [key = signingJwk('k1')] = keys
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
