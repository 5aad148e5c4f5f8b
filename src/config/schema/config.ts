import { type Static, type TSchema, Type } from 'typebox'
import { isRecord } from '../../json/record.ts'
import { notYet, splitPath } from '../not-yet.ts'
import { auditSchema } from './audit.ts'
import { authenticationFileSchema, authenticationSchema } from './authentication.ts'
import {
  basicSchema,
  clientCertificatesSchema,
  frontProxySchema,
  kubernetesSchema,
  serviceAccountsSchema,
} from './credentials.ts'
import { identityTokenSchema } from './identity-token.ts'
import { personalAccessTokensSchema } from './later.ts'
import { listenSchema, readinessSchema, shutdownSchema } from './listen.ts'
import { listOrNone, map, text } from './parts.ts'
import { headersSchema, impersonateSchema, kubeflowSchema, routesSchema } from './routes.ts'
import { sessionSchema, signInSchema } from './sign-in.ts'
import { tracingSchema } from './tracing.ts'

function createSchema<A extends TSchema>(authentication: A) {
  return map(
    {
      listen: listenSchema,
      authentication: Type.Optional(authentication),
      insecureIssuers: listOrNone(text({ description: "An issuer's URL." }), {
        description: 'Issuers that may be plain http, each by its URL; nothing else is relaxed.',
        default: [],
      }),
      kubernetes: kubernetesSchema,
      serviceAccounts: serviceAccountsSchema,
      clientCertificates: Type.Optional(clientCertificatesSchema),
      frontProxy: Type.Optional(frontProxySchema),
      basic: Type.Optional(basicSchema),
      personalAccessTokens: Type.Optional(personalAccessTokensSchema),
      signIn: Type.Optional(signInSchema),
      session: Type.Optional(sessionSchema),
      routes: routesSchema,
      impersonate: impersonateSchema,
      kubeflow: kubeflowSchema,
      headers: headersSchema,
      identityToken: Type.Optional(identityTokenSchema),
      audit: auditSchema,
      readiness: readinessSchema,
      shutdown: shutdownSchema,
      tracing: Type.Optional(tracingSchema),
    },
    { description: 'Configuration of Attaché.' },
  )
}

/** What ajv checks; `authentication` is checked by its own rules, and may stand in a file of its own. */
export const configSchema = createSchema(Type.Unknown())

export type RawConfig = Static<typeof configSchema>

/** What editors complete with, `attache.schema.json`: what is not available yet says so. */
export function publishedSchema(): object {
  const authentication = Type.Union([authenticationFileSchema, authenticationSchema], {
    description: "Kubernetes' AuthenticationConfiguration, inline or { file: FILE }.",
  })
  // Through text, as parts that several keys share must not be marked twice.
  const schema: unknown = JSON.parse(JSON.stringify(createSchema(authentication)))
  if (!isRecord(schema)) throw new TypeError('Cannot publish the schema: it is no object')
  for (const { path, only } of notYet) {
    if (only === undefined) markUnavailable(schema, splitPath(path))
  }
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'Attaché', ...schema }
}

/** Walks down to the key and puts "Not available yet" before its description. */
function markUnavailable(schema: unknown, [step, ...rest]: readonly string[]): void {
  if (!isRecord(schema)) return
  if (step === undefined) {
    const description = `Not available yet. ${String(schema['description'])}`
    Object.assign(schema, { description })
    return
  }
  const branches: unknown[] = Array.isArray(schema['anyOf']) ? schema['anyOf'] : [schema]
  for (const branch of branches.filter(isRecord)) {
    const { items, properties } = branch
    markUnavailable(
      step === '[]' ? items : isRecord(properties) ? properties[step] : undefined,
      rest,
    )
  }
}
