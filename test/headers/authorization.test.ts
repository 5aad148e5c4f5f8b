import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { editAuthorization } from '../../src/headers/authorization.ts'
import type { Draft } from '../../src/headers/draft.ts'
import { checkInput } from '../support/check-input.ts'
import { config, routeConfig } from '../support/config.ts'
import { authenticated } from '../support/user.ts'

/** What an upstream gets as `Authorization` on a route with identity tokens. */
function sent(authenticator: 'session' | 'anonymous', credential: string | undefined) {
  const draft: Draft = { set: new Map(), append: [], remove: new Set() }
  const refused = editAuthorization(draft, {
    input: checkInput({ headers: { authorization: 'Digest theirs' } }),
    route: routeConfig({ authorization: 'identityToken' }),
    user: authenticated({ authenticator }),
    credential,
    config: config(),
  })
  assert.equal(refused, undefined)
  return (
    draft.set.get('authorization') ?? (draft.remove.has('authorization') ? 'removed' : 'theirs')
  )
}

describe('editAuthorization() where a route has identity tokens', () => {
  it('sends that of a user', () => {
    assert.equal(sent('session', 'ours'), 'Bearer ours')
  })

  it('sends nothing for nobody', () => {
    assert.equal(sent('anonymous', undefined), 'removed')
  })

  it('sends no request on without one that is needed', () => {
    assert.throws(() => sent('session', undefined), TypeError)
  })
})
