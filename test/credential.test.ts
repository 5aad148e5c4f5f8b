import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { anonymous } from '../src/authn/anonymous.ts'
import type { Authenticated } from '../src/authn/authenticator.ts'
import { createCredentials } from '../src/credential.ts'
import { routeConfig } from './support/config.ts'
import { authenticated } from './support/user.ts'

const identityToken = {
  issuer: 'https://attache.example.com',
  signingKey: { keyID: 'k1', algorithm: 'ES256', pem: '' },
  keyIDs: ['k1'],
  jwks: '',
  audience: 'platform',
  lifetimeMs: 300_000,
  maxBytes: 8192,
}

const credentialFor = createCredentials({
  cluster: { credentialFor: () => 'token of the impersonator' },
  identityTokens: {
    config: identityToken,
    tokenFor: ({ user }: Authenticated, audience) => `${user.name} for ${audience}`,
  },
  passes: {
    seal: ({ user }, reviewed) => `${user.name} to ${reviewed.map(({ verb }) => verb).join(', ')}`,
  },
})

describe('createCredentials()', () => {
  it('leaves routes without identity tokens to the cluster', async () => {
    assert.equal(
      await credentialFor({ route: routeConfig(), reviewed: [] }, authenticated()),
      'token of the impersonator',
    )
  })

  it('takes the audience of the route, or else the one of all', async () => {
    const user = authenticated()
    const route = routeConfig({ authorization: 'identityToken' })
    assert.equal(await credentialFor({ route, reviewed: [] }, user), 'alice for platform')
    assert.equal(
      await credentialFor({ route: { ...route, audience: 'x' }, reviewed: [] }, user),
      'alice for x',
    )
  })

  it('signs for nobody who has shown nothing', async () => {
    for (const authorization of ['identityToken', 'gatewayPass'] as const) {
      const route = routeConfig({ authorization })
      assert.equal(await credentialFor({ route, reviewed: [] }, anonymous), undefined)
    }
  })

  it('seals a gateway pass for what was reviewed', async () => {
    const route = routeConfig({ authorization: 'gatewayPass' })
    const reviewed = [{ verb: 'get', resource: 'inferenceservices' }]
    assert.equal(await credentialFor({ route, reviewed }, authenticated()), 'alice to get')
  })

  for (const authorization of ['identityToken', 'gatewayPass'] as const) {
    it(`throws where a configuration without ${authorization} has a route with it`, () => {
      const none = createCredentials({
        cluster: { credentialFor: () => undefined },
        identityTokens: undefined,
        passes: undefined,
      })
      const route = routeConfig({ authorization })
      assert.throws(() => none({ route, reviewed: [] }, authenticated()), TypeError)
    })
  }
})
