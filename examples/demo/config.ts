import { randomBytes } from 'node:crypto'

/** What the configuration says of the demo's other parts. */
export interface DemoConfigOptions {
  readonly externalURL: string
  readonly issuer: string
  readonly clientID: string
  readonly clientSecret: string
}

/** Attaché's own credential for the API server, which the demo's application stands for. */
export const ownToken = 'attaches-own-token-for-the-API-server'

/** The sections of the configuration, and the files that hold its secrets. */
export function demoConfig({ externalURL, issuer, clientID, clientSecret }: DemoConfigOptions) {
  return {
    config: {
      authentication: {
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'AuthenticationConfiguration',
        jwt: [
          {
            issuer: { url: issuer, audiences: [clientID] },
            claimMappings: {
              username: { claim: 'email', prefix: '' },
              groups: { claim: 'groups', prefix: '' },
            },
          },
        ],
      },
      // Plain http, as nothing of the demo leaves this machine; so the cookie is not `secure` either.
      insecureIssuers: [issuer],
      session: { keysFile: 'session-keys', cookie: { name: 'attache', secure: false } },
      signIn: {
        externalURL,
        providers: [
          {
            id: 'demo',
            displayName: 'Demo identity provider',
            issuer,
            clientID,
            clientSecretFile: 'client-secret',
            scopes: ['openid', 'email', 'groups'],
          },
        ],
        logoutPaths: ['/logout'],
      },
      impersonate: { tokenFile: 'own-token' },
      routes: [
        { match: { paths: ['/public/*'] }, access: 'public' },
        { match: { paths: ['/kubernetes/*'] }, identity: 'impersonate' },
        { identity: 'kubeflow' },
      ],
    },
    files: {
      'session-keys': `${randomBytes(32).toString('base64')}\n`,
      'client-secret': clientSecret,
      'own-token': ownToken,
    },
  }
}
