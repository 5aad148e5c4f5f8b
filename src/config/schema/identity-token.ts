import { type Static } from 'typebox'
import { count, duration, file, map, text } from './parts.ts'

export const identityTokenSchema = map(
  {
    issuer: text({
      description:
        'Its iss, an address that may be http for a Service; never accepted as a credential.',
    }),
    keysFile: file({
      description:
        'Private keys in PEM, or a JWK Set, each key with a kid; the first signs, all are published.',
    }),
    audience: text({ description: 'Its aud, where a route names no other.' }),
    lifetime: duration({ description: 'From iat to exp: 1m to 1h.', default: '5m' }),
    maxBytes: count(
      { min: 512, max: 65_536 },
      { description: 'Beyond it the request is refused.', default: 8192 },
    ),
  },
  { description: "A JWT of Attaché's own: one issuer to trust, whatever the user signed in with." },
)

export type RawIdentityToken = Static<typeof identityTokenSchema>
