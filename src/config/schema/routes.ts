import { type Static, Type } from 'typebox'
import { choice, count, file, flag, list, map, oneOrMore, text, textOrEmpty } from './parts.ts'

const alternative = map(
  {
    paths: Type.Optional(
      list(text({ description: 'A path pattern.' }), {
        description:
          'Any of these: /exact, /below/*, /{capture}/x. * ends a pattern and crosses /, {x} is one DNS label.',
      }),
    ),
    hosts: Type.Optional(
      list(text({ description: 'A host pattern.' }), {
        description: 'Any of these, without port: app.example.com, {name}.example.com.',
      }),
    ),
    methods: Type.Optional(
      list(text({ description: 'A method, in capitals.' }), { description: 'Any of these.' }),
    ),
  },
  { description: 'paths, hosts and methods must all match; one that is absent always does.' },
)

const subjectAccessReview = map(
  {
    group: Type.Optional(textOrEmpty({ description: 'API group; empty: the core group.' })),
    resource: text({ description: 'Resource, plural.' }),
    subresource: Type.Optional(text({ description: 'Subresource, such as log.' })),
    verb: text({ description: 'get, list, create …' }),
    namespace: Type.Optional(
      text({ description: 'Namespace, with captures: "{namespace}". Absent: all of them.' }),
    ),
    name: Type.Optional(
      text({ description: 'Name of the object, with captures: "{name}". Absent: all of them.' }),
    ),
  },
  { description: 'Asks the API server whether this user may.' },
)

const route = map(
  {
    match: oneOrMore<Static<typeof alternative>>(alternative, {
      description:
        'What the route is for: one object, or a list of alternatives. Empty: everything.',
      default: {},
    }),
    access: choice(['authenticated', 'public'], {
      description: 'public: nothing is checked, and no identity goes on.',
      default: 'authenticated',
    }),
    identity: Type.Optional(
      choice(['impersonate', 'kubeflow', 'headers', 'forward'], {
        description:
          'How the upstream learns who it is: Impersonate-*, kubeflow-userid and -groups, the names of headers, or forward: the own token of the caller.',
      }),
    ),
    authorization: Type.Optional(
      choice(['remove', 'token', 'identityToken', 'gatewayPass', 'keep'], {
        description:
          'What goes on as Authorization. Default: remove; with identity: forward it is token, the bearer token or the ID token of the session. gatewayPass: a minute’s pass for the next gateway that asks Attaché, for what subjectAccessReview has allowed and nothing else. keep: a scheme that no authenticator of ours takes.',
      }),
    ),
    audience: Type.Optional(
      text({
        description:
          'With authorization: identityToken: its aud, in the place of identityToken.audience.',
      }),
    ),
    preflight: Type.Optional(
      choice(['deny', 'pass'], {
        description:
          'A CORS preflight without a credential; pass strips identity and credentials. Default: deny.',
      }),
    ),
    provider: Type.Optional(
      text({
        description:
          'One of signIn.providers[].id: where a navigation without a session is sent. Default: the only one, or the page to pick from.',
      }),
    ),
    when: Type.Optional(
      text({ description: 'CEL over request, user and captures; false or an error is 403.' }),
    ),
    subjectAccessReview: Type.Optional(subjectAccessReview),
    allowImpersonation: flag({
      description:
        'kubectl --as, each name reviewed by SubjectAccessReview; with identity: impersonate only.',
      default: false,
    }),
    allowGatewayPass: flag({
      description:
        'Takes the passes of authorization: gatewayPass, for what subjectAccessReview is about. Only where a request has passed another gateway: no other may lead these hosts anywhere.',
      default: false,
    }),
    audit: Type.Optional(
      flag({ description: 'An audit line for each check. Default: on impersonate routes.' }),
    ),
  },
  { description: 'A rule.' },
)

export const routesSchema = Type.Array(route, {
  minItems: 1,
  description: 'The first that matches decides; a request that none matches is denied.',
})

export const impersonateSchema = map(
  {
    credential: choice(['attach', 'append', 'none'], {
      description:
        "attach: Authorization is Attaché's own token. append (gRPC only): the appender adds it. none: something else does.",
      default: 'attach',
    }),
    tokenFile: Type.Optional(
      file({ description: "Attaché's own token for the API server; read again as it rotates." }),
    ),
    serviceAccount: Type.Optional(
      text({
        description: 'namespace/name of the ServiceAccount whose token is used, by TokenRequest.',
      }),
    ),
    serviceAccounts: choice(['impersonate', 'forward'], {
      description:
        "What happens to a ServiceAccount's token: impersonated as its user, or sent on.",
      default: 'impersonate',
    }),
    originalUserExtra: choice(['domain', 'jetstack', 'off'], {
      description:
        'Extras that name the caller who acts as somebody else: originaluser.attache.io/…, those of kube-oidc-proxy, or none.',
      default: 'domain',
    }),
    systemIdentities: choice(['allow', 'refuse'], {
      description: 'system: users and groups that a JWT issuer asserts.',
      default: 'allow',
    }),
    clientHeaders: choice(['refuse', 'remove'], {
      description: "A client's own Impersonate-* on impersonate routes: 400, or taken out.",
      default: 'refuse',
    }),
    maxHeaderLines: count(
      { min: 10, max: 20_000 },
      {
        description: 'More Impersonate-* lines than this and the request is refused.',
        default: 600,
      },
    ),
    maxHeaderBytes: count(
      { min: 1024, max: 1_048_576 },
      {
        description: 'More bytes of Impersonate-* than this and the request is refused.',
        default: 49_152,
      },
    ),
    extra: Type.Record(Type.String(), Type.String(), {
      description:
        'Further extras, in the place of the user’s own: key to CEL over user, request, source and captures, a string or a list of strings.',
      default: {},
    }),
  },
  { description: 'How impersonate routes act as the user.', default: {} },
)

export const kubeflowSchema = map(
  {
    userHeader: text({ description: 'Header with the user name.', default: 'kubeflow-userid' }),
    groupsHeader: text({
      description: 'Header with the groups, separated by commas.',
      default: 'kubeflow-groups',
    }),
  },
  { description: 'Names for identity: kubeflow.', default: {} },
)

export const headersSchema = map(
  {
    user: text({ description: 'Header with the user name.', default: 'x-forwarded-user' }),
    groups: textOrEmpty({
      description: 'Header with the groups; empty: none.',
      default: 'x-forwarded-groups',
    }),
    email: textOrEmpty({
      description: 'Header with the verified email; empty: none.',
      default: 'x-forwarded-email',
    }),
    idToken: textOrEmpty({
      description: "Header with the session's ID token; empty: none.",
      default: '',
    }),
  },
  { description: 'Names for identity: headers.', default: {} },
)

export type RawRoute = Static<typeof route>
export type RawAlternative = Static<typeof alternative>
export type RawReview = Static<typeof subjectAccessReview>
export type RawImpersonate = Static<typeof impersonateSchema>
