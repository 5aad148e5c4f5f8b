/** Sections whose parts are not built yet: published so that names are settled, refused by `not-yet.ts`. */
import { Type } from 'typebox'
import { count, duration, file, map, openMap, text } from './parts.ts'

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

export const tracingSchema = openMap({
  description: 'OpenTelemetry, from the standard OTEL_* variables.',
})
