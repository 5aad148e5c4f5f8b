/** Credentials besides the tokens of `authentication`, and the API server that some are shown to. */
import { type Static, Type } from 'typebox'
import { choice, file, list, listOrNone, map, mapOf, text, textOrEmpty } from './parts.ts'

const podFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

export const kubernetesSchema = map(
  {
    server: text({
      description: 'Address of the API server.',
      default: 'https://kubernetes.default.svc',
    }),
    certificateAuthorityFile: text({
      description: 'Roots for it, PEM; read again as it changes.',
      default: `${podFolder}/ca.crt`,
    }),
    tokenFile: text({
      description: "Attaché's own token for reviews; read again as it rotates.",
      default: `${podFolder}/token`,
    }),
  },
  {
    description: 'How to reach the API server; every value has an in-cluster default.',
    default: {},
  },
)

export const serviceAccountsSchema = map(
  {
    validation: choice(['tokenReview', 'jwks', 'off'], {
      description: 'Who verifies them: the API server, or Attaché with its keys.',
      default: 'off',
    }),
    audiences: Type.Optional(
      list(text({ description: 'An audience; `default`: those of the API server.' }), {
        description: "A token must be for one of them. Default: the API server's own.",
      }),
    ),
  },
  { description: 'Tokens of Kubernetes ServiceAccounts.', default: {} },
)

const source = choice(['checkRequest', 'xfcc'], {
  description:
    'Where the certificate is read: source.certificate of a gRPC check, or the header x-forwarded-client-cert.',
  default: 'checkRequest',
})

export const clientCertificatesSchema = map(
  {
    source,
    clientCAFile: file({ description: 'Roots that sign them, PEM.' }),
    crlFile: Type.Optional(file({ description: 'Lists of those that are revoked, PEM.' })),
  },
  { description: 'Client certificates: CN is the user, each O a group.' },
)

const headerNames = (description: string, name: string) =>
  listOrNone(text({ description: 'A header name.' }), { description, default: [name] })

export const frontProxySchema = map(
  {
    source,
    clientCAFile: file({ description: "Roots that sign the proxy's own certificate, PEM." }),
    allowedNames: listOrNone(text({ description: 'A common name.' }), {
      description: 'Common names that the certificate may have. Empty for whatever the roots sign.',
      default: [],
    }),
    usernameHeaders: list(text({ description: 'A header name.' }), {
      description: 'Headers with the user name; the first that is there counts.',
      default: ['X-Remote-User'],
    }),
    uidHeaders: headerNames('Headers with the uid; the first that is there.', 'X-Remote-Uid'),
    groupHeaders: headerNames('Headers with a group in each line.', 'X-Remote-Group'),
    extraHeaderPrefixes: headerNames(
      'Starts of headers with an extra; the rest of the name is its key.',
      'X-Remote-Extra-',
    ),
  },
  {
    description:
      'Users named in headers by a proxy in front, over mutual TLS, as with --requestheader-… of kube-apiserver.',
  },
)

export const basicSchema = map(
  {
    htpasswdFile: file({
      description: 'LOGIN:HASH in each line; bcrypt, as htpasswd -B makes it.',
    }),
    usersFile: Type.Optional(
      file({ description: 'YAML: login to name, uid, groups and extra of the user.' }),
    ),
  },
  { description: 'Basic authentication.' },
)

/** What a `usersFile` holds. */
export const usersSchema = mapOf(
  map(
    {
      name: Type.Optional(text({ description: 'User name. Default: the login.' })),
      uid: textOrEmpty({ description: 'Unique ID.', default: '' }),
      groups: listOrNone(text({ description: 'A group.' }), {
        description: 'Groups.',
        default: [],
      }),
      extra: mapOf(list(text({ description: 'A value.' }), { description: 'Values.' }), {
        description: 'Further attributes: key to values.',
        default: {},
      }),
    },
    { description: 'A user.' },
  ),
  { description: 'Users by login.' },
)

export type RawKubernetes = Static<typeof kubernetesSchema>
export type RawServiceAccounts = Static<typeof serviceAccountsSchema>
export type RawClientCertificates = Static<typeof clientCertificatesSchema>
export type RawFrontProxy = Static<typeof frontProxySchema>
export type RawBasic = Static<typeof basicSchema>
export type RawUsers = Static<typeof usersSchema>
