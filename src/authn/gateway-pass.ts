import type { GatewayPasses } from '../gateway-pass/gateway-passes.ts'
import { lowerCasePassScheme, schemeOf } from '../headers/scheme.ts'
import { authenticated } from './authenticated.ts'
import { type Authenticator, noCredential } from './authenticator.ts'
import { rejected } from './rejected.ts'
import { trimWhiteSpace } from './white-space.ts'

const passForm = /^[^ ]+ +([\w.-]+)$/

/**
 * Authenticates `Authorization: AttachePass …`, which Attaché itself has added at the gateway before this
 * one. Whatever has that scheme is a pass or refused. What the pass is good for is for
 * `authz/authorizer.ts` to look at.
 */
export function gatewayPass({ open }: Pick<GatewayPasses, 'open'>): Authenticator {
  return ({ headers }) => {
    const authorization = headers.get('authorization')
    if (authorization === undefined || schemeOf(authorization) !== lowerCasePassScheme) {
      return noCredential
    }
    const sealed = passForm.exec(trimWhiteSpace(authorization))?.[1]
    if (sealed === undefined) return rejected('credential-malformed', 'no form of a gateway pass')
    const opened = open(sealed)
    if (opened.kind === 'refused') return rejected(opened.reason, opened.detail)
    const { user, email, expiresAtMs, goodFor } = opened.pass
    return { ...authenticated(user, { by: 'gateway-pass', email, expiresAtMs }), goodFor }
  }
}
