import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { DependencyError } from '../../../src/errors.ts'
import { startIssuer as startProvider } from '../../support/issuer.ts'
import { jwksOf } from '../jwt/signed-token.ts'
import { issuerConfig } from './issuer-fixtures.ts'
import { silence } from './local-issuer.ts'
import {
  at,
  closeAll,
  closeLater,
  key,
  local,
  nameIn,
  newKey,
  passTime,
  tokenOf,
  trust,
} from './trusted-issuers.ts'

afterEach(closeAll)

describe('createIssuers()', () => {
  it('verifies the first token after the start', async () => {
    const issuer = await local()
    const { issuers } = trust([at(issuer)])
    assert.deepEqual(issuers.missing(), [issuer.url])
    assert.equal(nameIn(await issuers.authenticateToken(tokenOf(issuer.url))), 'alice')
    assert.deepEqual(issuers.missing(), [])
    assert.deepEqual(issuer.asked, { discovery: 1, jwks: 1, other: 0 })
  })

  it('verifies the tokens of a real provider, by every algorithm that it signs with', async () => {
    const provider = await startProvider()
    closeLater(provider.close)
    const { issuers } = trust([{ url: provider.url, audiences: ['platform'] }], {
      timeoutMs: 5_000,
    })
    for (const algorithm of ['RS256', 'PS256', 'ES256'] as const) {
      const token = await provider.mint({ sub: 'bob', groups: ['dev', 'ops'] }, { algorithm })
      const outcome = await issuers.authenticateToken(token)
      assert.partialDeepStrictEqual(outcome, { user: { name: 'bob', groups: ['dev', 'ops'] } })
    }
    const expired = await provider.mint({ sub: 'bob' }, { validSeconds: -1 })
    assert.partialDeepStrictEqual(await issuers.authenticateToken(expired), {
      reason: 'credential-expired',
    })
    const metadata = await issuers.get(provider.url)?.metadata()
    assert.equal(metadata?.['authorization_endpoint'], `${provider.url}/auth`)
  })

  it('keeps two issuers apart', async () => {
    const [one, two] = [await local(), await local({ jwks: jwksOf(newKey) })]
    const { issuers } = trust([
      at(one),
      {
        url: two.url,
        claimMappings: {
          ...issuerConfig().claimMappings,
          username: { claim: 'sub', prefix: 'two:' },
        },
      },
    ])
    assert.equal(nameIn(await issuers.authenticateToken(tokenOf(one.url))), 'alice')
    assert.equal(nameIn(await issuers.authenticateToken(tokenOf(two.url, {}, newKey))), 'two:alice')
    assert.equal(nameIn(await issuers.authenticateToken(tokenOf(two.url))), 'rejected')
    assert.equal(nameIn(await issuers.authenticateToken(tokenOf(one.url, {}, newKey))), 'rejected')
  })

  it('contacts nobody that only a token names', async () => {
    const [issuer, stranger] = [await local(), await local()]
    const { issuers } = trust([at(issuer)])
    assert.equal((await issuers.authenticateToken(tokenOf(stranger.url))).kind, 'no-credential')
    assert.deepEqual(stranger.asked, { discovery: 0, jwks: 0, other: 0 })
  })

  it('hands out the same object for the same token', async () => {
    const issuer = await local()
    const { issuers } = trust([at(issuer)])
    const token = tokenOf(issuer.url)
    assert.equal(await issuers.authenticateToken(token), await issuers.authenticateToken(token))
  })

  it('answers undefined for an issuer that is not trusted', () => {
    assert.equal(trust([]).issuers.get('https://idp.example.com'), undefined)
  })

  it('reads discovery elsewhere, and still wants the issuer to be the same', async () => {
    const [issuer, elsewhere] = [await local(), await local()]
    const discoveryURL = `${elsewhere.url}/other?x=y`
    elsewhere.other = issuer.discovery
    const { issuers } = trust([{ url: issuer.url, discoveryURL }])
    assert.equal(nameIn(await issuers.authenticateToken(tokenOf(issuer.url))), 'alice')
    assert.deepEqual(issuer.asked, { discovery: 0, jwks: 1, other: 0 })

    const wrong = trust([
      { url: issuer.url, discoveryURL: `${elsewhere.url}/.well-known/openid-configuration` },
    ])
    await assert.rejects(wrong.issuers.authenticateToken(tokenOf(issuer.url)), DependencyError)
  })
})

describe('createIssuers() when keys change', () => {
  it('accepts a new key at once', async () => {
    const issuer = await local()
    const { issuers } = trust([at(issuer)])
    await issuers.authenticateToken(tokenOf(issuer.url))
    issuer.publish(jwksOf(key, newKey))
    assert.equal(nameIn(await issuers.authenticateToken(tokenOf(issuer.url, {}, newKey))), 'alice')
  })

  it('asks for keys once a minute in a flood of unknown ones', async () => {
    const issuer = await local()
    const { issuers, clock } = trust([at(issuer)])
    await issuers.authenticateToken(tokenOf(issuer.url))
    const attack = async (count: number) => {
      const tokens = Array.from({ length: count }, (_, index) =>
        tokenOf(issuer.url, {}, { ...key, kid: `x${index}` }),
      )
      return new Set((await Promise.all(tokens.map(issuers.authenticateToken))).map(nameIn))
    }
    assert.deepEqual(await attack(100), new Set(['rejected']))
    clock.nowMs += 59_000
    await attack(100)
    assert.equal(issuer.asked.jwks, 2)
    clock.nowMs += 1_000
    await attack(100)
    assert.equal(issuer.asked.jwks, 3)
    assert.equal(issuer.asked.discovery, 1)
  })

  it('refuses a cached token once its key is withdrawn, after the next refresh', async () => {
    const issuer = await local()
    const world = trust([at(issuer)])
    const token = tokenOf(issuer.url)
    assert.equal(nameIn(await world.issuers.authenticateToken(token)), 'alice')
    issuer.publish(jwksOf(newKey))
    assert.deepEqual(world.timers.delays(), [240_000])
    await passTime(world, issuer.url)
    assert.equal(nameIn(await world.issuers.authenticateToken(token)), 'rejected')
  })

  it('honours the keys while the issuer is away', async () => {
    const issuer = await local()
    const world = trust([at(issuer)])
    await world.issuers.authenticateToken(tokenOf(issuer.url))
    issuer.jwks = silence
    await passTime(world, issuer.url)
    const outcome = await world.issuers.authenticateToken(tokenOf(issuer.url, { jti: 'new' }))
    assert.equal(nameIn(outcome), 'alice')
  })

  it('refuses a cached token once it has expired', async () => {
    const issuer = await local()
    const { issuers, clock } = trust([at(issuer)])
    const token = tokenOf(issuer.url)
    await issuers.authenticateToken(token)
    clock.nowMs += 301_000
    assert.partialDeepStrictEqual(await issuers.authenticateToken(token), {
      reason: 'credential-expired',
    })
  })
})

describe('createIssuers() at a reload', () => {
  it('keeps the keys of an unchanged issuer that is away', async () => {
    const issuer = await local()
    const before = trust([at(issuer)])
    const token = tokenOf(issuer.url)
    const first = await before.issuers.authenticateToken(token)
    issuer.discovery = silence
    issuer.jwks = silence
    const { issuers } = trust([at(issuer)], { previous: before.issuers })
    await before.issuers.retire(issuers)
    assert.equal(issuers.get(issuer.url), before.issuers.get(issuer.url))
    const second = await issuers.authenticateToken(token)
    assert.equal(nameIn(second), 'alice')
    assert.notEqual(second, first, 'a reload empties the cache')
  })

  it('starts a changed issuer anew and closes the old one', async () => {
    const issuer = await local()
    const before = trust([at(issuer)])
    await before.issuers.authenticateToken(tokenOf(issuer.url))
    const { issuers } = trust([{ url: issuer.url, audiences: ['other'] }], {
      previous: before.issuers,
    })
    assert.notDeepEqual(before.timers.delays(), [], 'it serves until the new one is in force')
    await before.issuers.retire(issuers)
    assert.deepEqual(before.timers.delays(), [])
    assert.equal(nameIn(await issuers.authenticateToken(tokenOf(issuer.url))), 'rejected')
    assert.equal(
      nameIn(await issuers.authenticateToken(tokenOf(issuer.url, { aud: 'other' }))),
      'alice',
    )
  })

  it('trusts no issuer that was taken out', async () => {
    const issuer = await local()
    const before = trust([at(issuer)])
    const token = tokenOf(issuer.url)
    await before.issuers.authenticateToken(token)
    const { issuers } = trust([], { previous: before.issuers })
    assert.equal((await issuers.authenticateToken(token)).kind, 'no-credential')
  })
})
