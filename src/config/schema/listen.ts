import { type Static, Type } from 'typebox'
import { count, duration, file, flag, map, text, textOrEmpty } from './parts.ts'

const tls = map(
  {
    certFile: file({ description: 'Certificate chain, PEM, leaf first.' }),
    keyFile: file({ description: 'Private key of the certificate, PEM, without a passphrase.' }),
    clientCAFile: Type.Optional(
      file({
        description:
          'Roots that sign client certificates, PEM. Given: a caller without one is turned away.',
      }),
    ),
  },
  { description: 'TLS for the ports grpc and http.' },
)

export const listenSchema = map(
  {
    grpc: Type.Optional(
      text({
        description:
          'Where Envoy asks over gRPC (envoy.service.auth.v3.Authorization): host:port or unix:/path.',
      }),
    ),
    http: Type.Optional(
      text({
        description:
          'Where Envoy asks over HTTP; HTTP checks and nothing else: host:port or unix:/path.',
      }),
    ),
    pages: Type.Optional(
      text({
        description:
          'Sign-in pages for direct requests, back-channel logout and /.well-known/jwks.json; never a check.',
      }),
    ),
    admin: Type.Optional(
      text({ description: '/livez, /readyz and /metrics, nothing else: host:port or unix:/path.' }),
    ),
    tls: Type.Optional(tls),
    callerSecretFile: Type.Optional(
      file({
        description:
          'A secret that Envoy adds to every check as x-attache-caller: printable ASCII without blanks, 16 characters or more.',
      }),
    ),
    trustNetwork: flag({
      description:
        "The operator's own word that a NetworkPolicy or the mesh lets only the gateway ask.",
      default: false,
    }),
    checkPathPrefix: textOrEmpty({
      description:
        "What Envoy's path_prefix puts before the path of an HTTP check; empty, or begins with / and does not end with it.",
      default: '',
    }),
    trustedHops: count(
      { min: 0, max: 100 },
      {
        description:
          'How many entries of X-Forwarded-For, from the right, count for audit and rate limits.',
        default: 0,
      },
    ),
  },
  { description: 'Where Attaché listens, and who may ask.' },
)

export const readinessSchema = map(
  {
    wait: duration({
      description: "How long /readyz waits at most for every issuer's keys after the start.",
      default: '30s',
    }),
  },
  { description: 'When /readyz answers 200.', default: {} },
)

export const shutdownSchema = map(
  {
    graceSeconds: count(
      { min: 0, max: 3600 },
      {
        description: 'Seconds that checks under way may take once the service is told to stop.',
        default: 10,
      },
    ),
  },
  { description: 'How the service stops.', default: {} },
)

export type RawListen = Static<typeof listenSchema>
