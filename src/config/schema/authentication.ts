import { type Static, type TSchema, Type } from 'typebox'
import { text } from './parts.ts'

/** A field as Kubernetes has it: may be absent, and then is Go's zero value. */
function field<T extends TSchema>(schema: T) {
  return Type.Optional(schema)
}

const string = (description: string) => field(Type.String({ description }))
const strict = { additionalProperties: false }

const issuer = Type.Object(
  {
    url: string('The iss of its tokens, byte for byte; https, unless listed in insecureIssuers.'),
    discoveryURL: string('Fetched in place of URL/.well-known/openid-configuration.'),
    certificateAuthority: string('PEM; when set it is the only root for this issuer.'),
    audiences: field(
      Type.Array(Type.String(), { description: 'A token must be for one of them; at least one.' }),
    ),
    audienceMatchPolicy: field(
      Type.Enum(['MatchAny', ''], { description: 'MatchAny; required with several audiences.' }),
    ),
    egressSelectorType: string("About kube-apiserver's own network proxy; refused here."),
  },
  { ...strict, description: 'Who issues the tokens.' },
)

const claimOrExpression = {
  claim: string('Name of a claim; not a path.'),
  prefix: string('Put before the value; must be given with claim, may be empty.'),
  expression: string('CEL over claims.'),
}

const claimMappings = Type.Object(
  {
    username: field(Type.Object(claimOrExpression, { ...strict, description: 'The user name.' })),
    groups: field(Type.Object(claimOrExpression, { ...strict, description: 'The groups.' })),
    uid: field(
      Type.Object(
        { claim: claimOrExpression.claim, expression: claimOrExpression.expression },
        { ...strict, description: 'The uid.' },
      ),
    ),
    extra: field(
      Type.Array(
        Type.Object(
          {
            key: string('Domain-prefixed, lower-case.'),
            valueExpression: string('CEL over claims.'),
          },
          { ...strict, description: 'An extra.' },
        ),
        { description: 'Further attributes of the user.' },
      ),
    ),
  },
  { ...strict, description: 'How claims become a user.' },
)

const claimValidationRule = Type.Object(
  {
    claim: string('Must be present, a string, and equal to requiredValue.'),
    requiredValue: string('Absent: the empty string.'),
    expression: string('CEL over claims; must be true.'),
    message: string('For the log, with expression.'),
  },
  { ...strict, description: 'A rule about claims.' },
)

const jwt = Type.Object(
  {
    issuer: field(issuer),
    claimValidationRules: field(
      Type.Array(claimValidationRule, { description: 'What must hold of a token.' }),
    ),
    claimMappings: field(claimMappings),
    userValidationRules: field(
      Type.Array(
        Type.Object(
          { expression: string('CEL over user; must be true.'), message: string('For the log.') },
          { ...strict, description: 'A rule about the user.' },
        ),
        { description: 'What must hold of the user.' },
      ),
    ),
  },
  { ...strict, description: 'An issuer of JWTs.' },
)

/**
 * Kubernetes' AuthenticationConfiguration, all its fields and their types; what must be there is
 * judged by `authentication-rules.ts`, in Kubernetes' way.
 * @see {@link https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/}
 */
export const authenticationSchema = Type.Object(
  {
    apiVersion: field(
      Type.Enum(
        [
          'apiserver.config.k8s.io/v1',
          'apiserver.config.k8s.io/v1beta1',
          'apiserver.config.k8s.io/v1alpha1',
        ],
        { description: 'The three versions mean the same.' },
      ),
    ),
    kind: field(Type.Enum(['AuthenticationConfiguration'], { description: 'What it is.' })),
    jwt: field(Type.Array(jwt, { description: 'The trusted issuers, 64 at most.' })),
    anonymous: field(
      Type.Object(
        {
          enabled: field(
            Type.Boolean({
              description: 'Whether requests without a credential are system:anonymous.',
            }),
          ),
          conditions: field(
            Type.Array(
              Type.Object(
                { path: string('An exact path.') },
                { ...strict, description: 'A condition.' },
              ),
              { description: 'Paths for which it holds.' },
            ),
          ),
        },
        { ...strict, description: 'Requests without a credential.' },
      ),
    ),
  },
  { ...strict, description: "Kubernetes' AuthenticationConfiguration, unchanged." },
)

/** The other way to give it. */
export const authenticationFileSchema = Type.Object(
  { file: text({ description: 'A file that holds the AuthenticationConfiguration.' }) },
  { ...strict, description: 'Where the AuthenticationConfiguration is.' },
)

export type RawAuthentication = Static<typeof authenticationSchema>
export type RawJwt = Static<typeof jwt>
export type RawMapping = Static<typeof claimMappings>
