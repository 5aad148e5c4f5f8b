import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AuthenticatorName } from '../../src/authn/authenticator.ts'
import type { RouteConfig } from '../../src/config/types.ts'
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

const sealed = 'eyJ..a.b.c'

interface Going {
  readonly authorization: RouteConfig['authorization']
  readonly by?: AuthenticatorName
  readonly credential?: string
  /** What the client sent. */
  readonly theirs?: string
  readonly isConfigured?: boolean
}

/** As above, on any route. */
function goingOn({
  authorization,
  by = 'session',
  credential,
  theirs,
  isConfigured = true,
}: Going) {
  const draft: Draft = { set: new Map(), append: [], remove: new Set() }
  const refused = editAuthorization(draft, {
    input: checkInput({ headers: { authorization: theirs ?? `AttachePass ${sealed}` } }),
    route: routeConfig({ authorization }),
    user: authenticated({ authenticator: by }),
    credential,
    config: config({ gatewayPass: isConfigured ? { keys: [] } : undefined }),
  })
  assert.deepEqual(draft.append, [])
  if (refused !== undefined) return refused
  return (
    draft.set.get('authorization') ?? (draft.remove.has('authorization') ? 'removed' : 'theirs')
  )
}

describe('editAuthorization() where a route has gateway passes', () => {
  const authorization = 'gatewayPass'

  it('sends that of a user, also in the place of another pass', () => {
    assert.equal(goingOn({ authorization, credential: 'new' }), 'AttachePass new')
    const by = 'gateway-pass'
    assert.equal(goingOn({ authorization, by, credential: 'new' }), 'AttachePass new')
  })

  it('sends nothing for nobody', () => {
    assert.equal(goingOn({ authorization, by: 'anonymous' }), 'removed')
  })

  it('sends no request on without one that is needed', () => {
    assert.throws(() => goingOn({ authorization }), TypeError)
  })
})

describe('editAuthorization() of a request with a gateway pass', () => {
  for (const [what, options, is] of [
    ['remove', { authorization: 'remove' }, 'removed'],
    ['keep', { authorization: 'keep' }, 'removed'],
    ['keep, small', { authorization: 'keep', theirs: `attachepass ${sealed}` }, 'removed'],
    ['keep, after a blank', { authorization: 'keep', theirs: `\u0085AttachePass x` }, 'removed'],
    ['keep, by a cookie', { authorization: 'keep', by: 'session' }, 'removed'],
    ['keep, another scheme', { authorization: 'keep', theirs: 'Digest a' }, 'theirs'],
    ['keep, passes unknown', { authorization: 'keep', isConfigured: false }, 'theirs'],
    ['token', { authorization: 'token' }, 'the user has no token to send on'],
    ['identityToken', { authorization: 'identityToken', credential: 'jwt' }, 'Bearer jwt'],
  ] as const) {
    it(`says ${JSON.stringify(is)} with ${what}`, () => {
      assert.equal(goingOn({ by: 'gateway-pass', ...options }), is)
    })
  }
})
