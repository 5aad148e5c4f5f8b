import { type Static, Type } from 'typebox'
import {
  choice,
  count,
  duration,
  file,
  flag,
  list,
  listOrNone,
  map,
  oneOrMore,
  status,
  statusOr,
  text,
  textOrEmpty,
} from './parts.ts'

const provider = map(
  {
    id: text({ description: 'Its name in paths and logs: lower-case letters, digits and -.' }),
    displayName: Type.Optional(
      text({ description: 'What people read on the page to pick from. Default: the id.' }),
    ),
    issuer: text({
      description:
        'One of authentication.jwt[].issuer.url; the mapping of claims is taken from there.',
    }),
    clientID: text({ description: "OAuth client; must be one of that issuer's audiences." }),
    clientSecretFile: Type.Optional(
      file({
        description: 'The client secret. Absent: a public client. PKCE (S256) is used always.',
      }),
    ),
    clientKeyFile: Type.Optional(
      file({
        description:
          'A private key, PEM or JWK, in the place of a secret: the client proves itself by private_key_jwt.',
      }),
    ),
    clientAuthentication: Type.Optional(
      choice(['client_secret_basic', 'client_secret_post'], {
        description:
          'How the secret is sent. Absent: Basic, unless discovery says that only the body is taken.',
      }),
    ),
    scopes: list(text({ description: 'A scope.' }), {
      description: 'What is asked for; must have openid.',
      default: ['openid', 'email', 'profile'],
    }),
    claimsFrom: choice(['idToken', 'userinfo'], {
      description: 'Where claims come from; userinfo for providers with thin ID tokens.',
      default: 'idToken',
    }),
    authorizationEndpoint: textOrEmpty({
      description:
        'Where the browser goes when discovery names an address that it cannot reach; a path is relative to externalURL.',
      default: '',
    }),
    endSessionEndpoint: textOrEmpty({
      description:
        'As authorizationEndpoint, for signing out at the provider. Empty: what discovery says, or nowhere.',
      default: '',
    }),
  },
  { description: 'An identity provider that people sign in with.' },
)

const unauthenticated = map(
  {
    navigate: statusOr('signIn', {
      description: 'A browser that wants a page: signIn, 401 or 403.',
      default: 'signIn',
    }),
    api: status({
      description: 'Requests to apiPaths and on impersonate routes: 401 or 403.',
      default: 401,
    }),
    other: status({ description: 'All others: 401 or 403.', default: 401 }),
  },
  { description: 'The answer to a request without a credential, by kind.', default: {} },
)

export const signInSchema = map(
  {
    externalURL: Type.Optional(
      oneOrMore<string>(
        { type: 'string', minLength: 1 },
        {
          description:
            'What the browser sees, one or a list: https://host[:port] without a path; http only on loopback.',
        },
      ),
    ),
    relativeRedirectURI: flag({
      description: 'true: redirect_uri is a path, as Dex allows; externalURL may then be absent.',
      default: false,
    }),
    pathPrefix: text({
      description:
        'sign_in, start, callback, sign_out and userinfo live under it, on the hosts of externalURL.',
      default: '/oauth2',
    }),
    providers: list(provider, {
      description: 'One: straight to it. Several: a page to pick from.',
    }),
    logoutPaths: listOrNone(text({ description: 'A path.' }), {
      description: 'Paths that sign out besides PREFIX/sign_out.',
      default: [],
    }),
    allowedOrigins: listOrNone(text({ description: 'https://host[:port].' }), {
      description: "Origins besides the host's own from which a session may do unsafe things.",
      default: [],
    }),
    backChannelLogout: flag({
      description:
        'Providers may end sessions (OpenID Connect Back-Channel Logout 1.0), on the port pages; needs store: redis.',
      default: false,
    }),
    branding: map(
      {
        name: Type.Optional(
          text({ description: 'Whose pages these are: stands on each of them.' }),
        ),
        logoFile: Type.Optional(file({ description: 'SVG or PNG, 256 KiB at most.' })),
      },
      { description: 'What pages say about whose they are.', default: {} },
    ),
    unauthenticated,
    apiPaths: listOrNone(text({ description: 'A path pattern as in routes.' }), {
      description: 'Paths that programs call: never sent to sign in.',
      default: ['/api/*', '/apis/*'],
    }),
  },
  { description: 'Signing in with a browser, by OpenID Connect.' },
)

const cookie = map(
  {
    name: text({
      description: 'With __Host- or __Secure- browsers hold it to their rules.',
      default: '__Host-attache',
    }),
    domain: textOrEmpty({
      description: 'Empty: sent to the one host only. Not with __Host-.',
      default: '',
    }),
    sameSite: choice(['lax', 'strict', 'none'], {
      description: 'The SameSite attribute; none needs secure.',
      default: 'lax',
    }),
    secure: flag({
      description: 'false for plain http; needs a name without __Host- and __Secure-.',
      default: true,
    }),
    maxBytes: count(
      { min: 1024, max: 65_536 },
      {
        description: 'All pieces of a session together; one that does not fit is not made.',
        default: 12_000,
      },
    ),
    refresh: flag({ description: 'Keep the refresh token in the cookie too.', default: false }),
  },
  { description: 'The session cookie.', default: {} },
)

export const sessionSchema = map(
  {
    store: choice(['cookie', 'redis'], {
      description: 'cookie: sealed in the browser. redis: the browser holds a key only.',
      default: 'cookie',
    }),
    redis: Type.Optional(
      map(
        {
          urlFile: file({ description: 'redis://, rediss:// or redis+sentinel:// address.' }),
          cluster: flag({ description: 'A Redis Cluster.', default: false }),
          certificateAuthorityFile: Type.Optional(
            file({ description: "Roots of its certificate, PEM. Absent: the system's." }),
          ),
          certFile: Type.Optional(
            file({ description: 'A client certificate for a Redis that wants one, PEM.' }),
          ),
          keyFile: Type.Optional(file({ description: 'Its private key, PEM.' })),
        },
        { description: 'Where sessions are kept with store: redis.' },
      ),
    ),
    keysFile: Type.Optional(
      file({
        description: '32 random bytes or more each, base64, one a line; the first seals, all open.',
      }),
    ),
    cookie,
    absoluteLifetime: duration({
      description: 'A session ends then, whatever happens.',
      default: '12h',
    }),
    idleLifetime: duration({
      description:
        'A session that is not used for so long ends; as long as absoluteLifetime: none does.',
      default: '1h',
    }),
    refreshAfter: duration({
      description: 'How old an identity may become before the provider is asked again.',
      default: '1h',
    }),
  },
  { description: 'Sessions of people who signed in.' },
)

export type RawSignIn = Static<typeof signInSchema>
export type RawProvider = Static<typeof provider>
export type RawSession = Static<typeof sessionSchema>
