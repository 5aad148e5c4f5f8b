import type { JWK } from 'jose'
import type { KeycloakAdmin } from './keycloak-admin.ts'
import { createProviderBrowser, type ProviderBrowser } from './provider-browser.ts'

/** A realm: an issuer with its own people, clients and keys. */
export interface KeycloakRealm {
  readonly issuer: string
  /** A browser without a session there, which knows the passwords. */
  readonly newBrowser: () => ProviderBrowser
  /** Ends every session of a person, as "Sign out all active sessions" of the console does. */
  readonly logOut: (login: string) => Promise<void>
  /** Ends the session with that `sid`, as the menu of one session in the console does. */
  readonly endSession: (sid: string) => Promise<void>
  /** The `sid`s of a person's sessions. */
  readonly sessions: (login: string) => Promise<readonly string[]>
  readonly setGroups: (login: string, groups: readonly string[]) => Promise<void>
  /** Whether the person may sign in and have tokens. */
  readonly setEnabled: (login: string, isEnabled: boolean) => Promise<void>
  /** Makes every token invalid that was issued until now. */
  readonly revokeAll: () => Promise<void>
  /** Signs with a new key from now on; the old one stays published. */
  readonly addKey: () => Promise<void>
  /** A call under `/admin/realms/{realm}`. */
  readonly call: KeycloakAdmin['call']
}

export interface RealmOptions {
  readonly name: string
  readonly people: readonly RealmPerson[]
  readonly clients: readonly RealmClient[]
  /** Whether a refresh token can be used just once. Default: no. */
  readonly oneTimeRefreshTokens?: boolean
  /** In seconds. Default: Keycloak's, which are 5 minutes, 30 minutes and 10 hours. */
  readonly lifetimeSeconds?: {
    /** Of access and ID tokens. */
    readonly token?: number
    readonly sessionIdle?: number
    readonly session?: number
  }
}

/** Somebody who may sign in with {@link realmPassword}. */
export interface RealmPerson {
  /** At least three letters. */
  readonly login: string
  readonly groups?: readonly string[]
}

export interface RealmClient {
  readonly clientID: string
  /** Of a confidential client. */
  readonly clientSecret?: string
  /** Public keys of `private_key_jwt`. Without a secret too, the client is a public one. */
  readonly clientKeys?: readonly JWK[]
  /** Where Attaché is: every address there may be redirected to. */
  readonly externalURL: URL | readonly URL[]
  readonly backchannelLogoutURL?: string
  /** Whether logout tokens name the session. Default: yes, as in Keycloak. */
  readonly backchannelLogoutSessionRequired?: boolean
  /** Takes the place of the back channel. */
  readonly frontchannelLogoutURL?: string
}

/** Of everybody. */
export const realmPassword = 'a password of tests'

/** Makes a realm in a Keycloak. Its scope `groups` puts names of groups into all tokens. */
export async function createRealm(
  admin: KeycloakAdmin,
  options: RealmOptions,
): Promise<KeycloakRealm> {
  const { name, people, clients, lifetimeSeconds = {} } = options
  await admin.call('POST', '', {
    realm: name,
    enabled: true,
    sslRequired: 'none',
    // The default one is made to be slow.
    passwordPolicy: 'hashAlgorithm(pbkdf2-sha256) and hashIterations(1)',
    revokeRefreshToken: options.oneTimeRefreshTokens ?? false,
    refreshTokenMaxReuse: 0,
    accessTokenLifespan: lifetimeSeconds.token,
    ssoSessionIdleTimeout: lifetimeSeconds.sessionIdle,
    ssoSessionMaxLifespan: lifetimeSeconds.session,
    users: people.map(userOf),
  })
  const call: KeycloakAdmin['call'] = async (method, path, body) =>
    admin.call(method, `/${name}${path}`, body)
  const { id: scope } = await call('POST', '/client-scopes', groupsScope)
  await call('PUT', `/default-default-client-scopes/${scope}`)
  for (const client of clients) await call('POST', '/clients', clientOf(client))

  const idOf = async (login: string) => {
    const { body } = await call('GET', `/users?username=${encodeURIComponent(login)}&exact=true`)
    const [found] = body as readonly Named[]
    if (found === undefined) throw new RangeError(`Cannot find "${login}": not in the realm`)
    return found.id
  }
  const realm: KeycloakRealm = {
    issuer: `${admin.url}/realms/${name}`,
    newBrowser: () =>
      createProviderBrowser(admin.url, (_, login) => ({
        username: login,
        password: realmPassword,
      })),
    logOut: async (login) => void (await call('POST', `/users/${await idOf(login)}/logout`)),
    endSession: async (sid) => void (await call('DELETE', `/sessions/${sid}`)),
    sessions: async (login) => {
      const { body } = await call('GET', `/users/${await idOf(login)}/sessions`)
      return (body as readonly Named[]).map(({ id }) => id)
    },
    setGroups: async (login, groups) => setGroups(call, await idOf(login), groups),
    setEnabled: async (login, enabled) =>
      void (await call('PUT', `/users/${await idOf(login)}`, { enabled })),
    revokeAll: async () => {
      // To the second, and a token of this one shall not pass.
      await admin.call('PUT', `/${name}`, { notBefore: Math.floor(Date.now() / 1000) + 1 })
    },
    addKey: async () => {
      await call('POST', '/components', {
        name: 'next',
        providerId: 'rsa-generated',
        providerType: 'org.keycloak.keys.KeyProvider',
        config: { priority: ['200'] },
      })
    },
    call,
  }
  for (const { login, groups = [] } of people) await realm.setGroups(login, groups)
  return realm
}

interface Named {
  readonly id: string
  readonly name: string
}

function userOf({ login }: RealmPerson) {
  return {
    username: login,
    enabled: true,
    email: `${login}@example.com`,
    emailVerified: true,
    firstName: login,
    lastName: 'Tester',
    credentials: [{ type: 'password', value: realmPassword }],
  }
}

const groupsScope = {
  name: 'groups',
  protocol: 'openid-connect',
  protocolMappers: [
    {
      name: 'groups',
      protocol: 'openid-connect',
      protocolMapper: 'oidc-group-membership-mapper',
      config: {
        'full.path': 'false',
        'claim.name': 'groups',
        'id.token.claim': 'true',
        'access.token.claim': 'true',
        'userinfo.token.claim': 'true',
      },
    },
  ],
}

function clientOf(client: RealmClient) {
  const { clientID, clientSecret, clientKeys, backchannelLogoutURL, frontchannelLogoutURL } = client
  const urls = [client.externalURL].flat().map((url) => new URL('/*', url).href)
  return {
    clientId: clientID,
    publicClient: clientSecret === undefined && clientKeys === undefined,
    clientAuthenticatorType: clientKeys === undefined ? 'client-secret' : 'client-jwt',
    secret: clientSecret,
    redirectUris: urls,
    frontchannelLogout: frontchannelLogoutURL !== undefined,
    attributes: {
      'pkce.code.challenge.method': 'S256',
      'post.logout.redirect.uris': urls.join('##'),
      'frontchannel.logout.url': frontchannelLogoutURL,
      'backchannel.logout.url': backchannelLogoutURL,
      'backchannel.logout.session.required': String(
        client.backchannelLogoutSessionRequired ?? true,
      ),
      ...(clientKeys !== undefined && {
        'use.jwks.string': 'true',
        'jwks.string': JSON.stringify({ keys: clientKeys }),
      }),
    },
  }
}

async function setGroups(
  call: KeycloakAdmin['call'],
  user: string,
  wanted: readonly string[],
): Promise<void> {
  const all = (await call('GET', '/groups')).body as readonly Named[]
  for (const { id } of (await call('GET', `/users/${user}/groups`)).body as readonly Named[]) {
    await call('DELETE', `/users/${user}/groups/${id}`)
  }
  for (const name of wanted) {
    const known = all.find((group) => group.name === name)
    const id = known?.id ?? (await call('POST', '/groups', { name })).id
    await call('PUT', `/users/${user}/groups/${id}`)
  }
}
