/** Sections whose parts are not built yet: published so that names are settled, refused by `not-yet.ts`. */
import { Type } from 'typebox'
import { choice, count, duration, file, list, map, openMap, text } from './parts.ts'

export const kubernetesSchema = map(
  {
    server: Type.Optional(text({ description: 'Address of the API server.' })),
    certificateAuthorityFile: Type.Optional(file({ description: 'Roots for it, PEM.' })),
    tokenFile: Type.Optional(file({ description: 'Token for reviews; read again as it rotates.' })),
  },
  { description: 'How to reach the API server; every value has an in-cluster default.' },
)

export const serviceAccountsSchema = map(
  {
    validation: choice(['tokenReview', 'jwks', 'off'], {
      description: 'Who verifies them: the API server, or Attaché with its keys.',
      default: 'off',
    }),
    audiences: Type.Optional(
      list(text({ description: 'An audience.' }), {
        description: "Default: the API server's own.",
      }),
    ),
  },
  { description: 'Tokens of Kubernetes ServiceAccounts.' },
)

export const clientCertificatesSchema = map(
  {
    source: choice(['checkRequest', 'xfcc'], {
      description: 'Where the certificate is read.',
      default: 'checkRequest',
    }),
    clientCAFile: Type.Optional(file({ description: 'Roots that sign them, PEM.' })),
    crlFile: Type.Optional(file({ description: 'Revoked ones, PEM.' })),
  },
  { description: 'Client certificates: CN is the user, each O a group.' },
)

export const basicSchema = map(
  {
    htpasswdFile: Type.Optional(file({ description: 'Names and bcrypt hashes.' })),
    usersFile: Type.Optional(file({ description: 'Login to user name, uid, groups and extra.' })),
  },
  { description: 'Basic authentication.' },
)

export const frontProxySchema = openMap({
  description:
    "X-Remote-User … from a proxy in front, over mutual TLS, as Kubernetes' requestheader fields.",
})

export const personalAccessTokensSchema = openMap({
  description: 'Tokens that people make for their programs.',
})

export const identityTokenSchema = map(
  {
    issuer: Type.Optional(text({ description: 'Its iss.' })),
    keysFile: Type.Optional(file({ description: 'JWK set; the first signs, all are published.' })),
    audience: Type.Optional(text({ description: 'Its aud.' })),
    lifetime: duration({ description: 'From iat to exp.', default: '5m' }),
    maxBytes: count(
      { min: 512, max: 65_536 },
      { description: 'Beyond it the request is refused.', default: 8192 },
    ),
  },
  { description: "A JWT of Attaché's own: one issuer to trust, whatever the user signed in with." },
)

export const auditSchema = map(
  {
    format: choice(['json', 'authn-lines'], { description: 'How a line looks.', default: 'json' }),
  },
  { description: 'The audit log.' },
)

export const tracingSchema = openMap({
  description: 'OpenTelemetry, from the standard OTEL_* variables.',
})
