import type { GatewayPasses } from '../gateway-pass/gateway-passes.ts'
import { lowerCasePassScheme, schemeOf } from '../headers/scheme.ts'
import { authenticated } from './authenticated.ts'
import { type Authenticator, noCredential } from './authenticator.ts'
import { rejected } from './rejected.ts'
import { cacheTokens } from './token-cache.ts'
import type { TokenVerifier } from './token-union.ts'
import { trimWhiteSpace } from './white-space.ts'

export interface GatewayPassOptions {
  readonly passes: Pick<GatewayPasses, 'open'>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

const passForm = /^[^ ]+ +([\w.-]+)$/

/** A gateway sends the same pass for half a minute; there is no use in remembering more of them. */
const remembered = { maxEntries: 10_000, maxBytes: 16 * 1024 * 1024 }

/**
 * Authenticates `Authorization: AttachePass …`, which Attaché itself has added at the gateway before this
 * one. Whatever has that scheme is a pass or refused. What the pass is good for is for
 * `authz/authorizer.ts` to look at.
 */
export function gatewayPass({ passes, now }: GatewayPassOptions): Authenticator {
  const authenticate = cacheTokens(verifierOf(passes), { now, ...remembered })
  return ({ headers }) => {
    const authorization = headers.get('authorization')
    if (authorization === undefined || schemeOf(authorization) !== lowerCasePassScheme) {
      return noCredential
    }
    const sealed = passForm.exec(trimWhiteSpace(authorization))?.[1]
    if (sealed === undefined) return rejected('credential-malformed', 'no form of a gateway pass')
    return authenticate(sealed)
  }
}

function verifierOf({ open }: Pick<GatewayPasses, 'open'>): TokenVerifier {
  return (sealed) => {
    const opened = open(sealed)
    if (opened.kind === 'refused') return rejected(opened.reason, opened.detail)
    const { user, email, expiresAtMs, goodFor } = opened.pass
    return {
      kind: 'verified',
      authenticated: {
        ...authenticated(user, { by: 'gateway-pass', email, expiresAtMs }),
        goodFor,
      },
      freshUntilMs: expiresAtMs,
      // Other keys are another configuration, and that remembers nothing.
      isKeyTrusted: () => true,
    }
  }
}
