/** The platform that end-to-end tests protect: its routes, its people, and what their upstreams get. */
import type { Seen } from '../support/upstream.ts'
import { nameOf } from '../support/wire.ts'

/** One host for each kind of identity; every host has `/public/*`. */
export const hosts = {
  kubernetes: 'kubernetes.example',
  kubeflow: 'kubeflow.example',
  forward: 'forward.example',
  other: 'other.example',
} as const

/** Where browsers sign in; `https`, as they see it. */
export const externalURL = new URL(`https://${hosts.other}`)

const impersonatorToken = 'the-impersonator-of-tests'

/** What Attaché sends the API server as its own credential. */
export const credential = `authorization: Bearer ${impersonatorToken}`

/** The sections of the configuration, and the files that they name. */
export function platform({ clientHeaders }: { readonly clientHeaders: 'refuse' | 'remove' }) {
  return {
    config: {
      routes: [
        { match: { paths: ['/public/*'] }, access: 'public' },
        { match: { hosts: [hosts.kubernetes] }, identity: 'impersonate' },
        { match: { hosts: [hosts.kubeflow] }, identity: 'kubeflow' },
        { match: { hosts: [hosts.forward] }, identity: 'forward' },
        { match: { hosts: [hosts.other] }, identity: 'headers' },
      ],
      impersonate: { credential: 'attach', tokenFile: 'impersonator-token', clientHeaders },
    },
    files: { 'impersonator-token': impersonatorToken },
  }
}

/** What the operator shows on pages: a PNG of one pixel, with bytes that are no text. */
export const logo = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==',
  'base64',
)

/** As {@link platform}, and people sign in at the provider. */
export function platformWithSignIn(secrets: { readonly client: string; readonly session: string }) {
  const { config, files } = platform({ clientHeaders: 'refuse' })
  return {
    config: (issuer: string) => ({
      ...config,
      signIn: {
        externalURL: externalURL.origin,
        logoutPaths: ['/logout'],
        branding: { name: 'Müller & Söhne', logoFile: 'logo.png' },
        providers: [
          {
            id: 'provider',
            issuer,
            clientID: 'platform',
            clientSecretFile: 'client-secret',
            scopes: ['openid', 'email', 'groups'],
          },
        ],
      },
      session: { keysFile: 'session-keys' },
    }),
    files: {
      ...files,
      'client-secret': secrets.client,
      'session-keys': secrets.session,
      'logo.png': logo,
    },
    issuer: {
      clientSecret: secrets.client,
      externalURL,
      people: [{ login: 'alice', claims: who.alice.claims }],
    },
  }
}

/** Somebody with groups, and the identity lines that upstreams must get, sorted. */
export const who = {
  alice: {
    claims: { email: 'alice@example.com', email_verified: true, groups: ['dev', 'a,b', 'Öl'] },
    impersonation: [
      credential,
      'impersonate-group: a,b',
      'impersonate-group: dev',
      `impersonate-group: ${Buffer.from('Öl').toString('latin1')}`,
      'impersonate-user: alice@example.com',
    ],
    headers: [
      'x-forwarded-email: alice@example.com',
      // The group with a comma fits no such list.
      `x-forwarded-groups: ${Buffer.from('dev,Öl').toString('latin1')}`,
      'x-forwarded-user: alice@example.com',
    ],
  },
} as const

const identityName = /^(impersonate|kubeflow|x-remote|x-attache|x-envoy-auth)-|^authorization$/
const forwardedName = /^x-forwarded-(user|groups|email)$/

/** The lines of a request that say who it is, in any spelling, sorted. */
export function identityOf({ lines }: Pick<Seen, 'lines'>): readonly string[] {
  return lines.filter(isIdentity).toSorted()
}

function isIdentity(line: string): boolean {
  const name = nameOf(line).replaceAll('_', '-')
  return identityName.test(name) || forwardedName.test(name)
}
