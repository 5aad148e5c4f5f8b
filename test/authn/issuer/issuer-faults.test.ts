import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { DependencyError } from '../../../src/errors.ts'
import { jwksOf } from '../jwt/signed-token.ts'
import { type LocalIssuer, respond, silence, startIssuer } from './local-issuer.ts'
import {
  at,
  closeAll,
  key,
  local,
  nameIn,
  newKey,
  passTime,
  tokenOf,
  trust,
} from './trusted-issuers.ts'

afterEach(closeAll)

describe('createIssuers() while an issuer misbehaves', () => {
  const big = Buffer.alloc(10_000_000, 0x20)
  const faults: Record<string, (issuer: LocalIssuer) => void> = {
    'never answers': (issuer) => (issuer.discovery = silence),
    'answers 500': (issuer) => (issuer.discovery = respond(500, 'x')),
    'answers with no JSON': (issuer) => (issuer.discovery = respond(200, '<html>')),
    'answers for somebody else': (issuer) =>
      (issuer.discovery = respond(
        200,
        '{"issuer":"https://x.example","jwks_uri":"https://x.example"}',
      )),
    'redirects elsewhere': (issuer) =>
      (issuer.discovery = respond(302, '', { location: 'http://169.254.169.254/' })),
    'never gives keys': (issuer) => (issuer.jwks = silence),
    'gives keys with 500': (issuer) => (issuer.jwks = respond(500, jwksOf(key))),
    'gives keys with 203': (issuer) => (issuer.jwks = respond(203, jwksOf(key))),
    'gives 10 MB of keys': (issuer) => (issuer.jwks = respond(200, big)),
    'gives keys that are no JSON': (issuer) => (issuer.jwks = respond(200, 'x')),
    'gives a spoilt set': (issuer) => (issuer.jwks = respond(200, '{"keys":[{"kty":"AKP"}]}')),
    'redirects the keys elsewhere': (issuer) =>
      (issuer.jwks = respond(302, '', { location: 'http://169.254.169.254/' })),
  }
  for (const [what, apply] of Object.entries(faults)) {
    it(`is unavailable for its tokens alone when it ${what}, and recovers`, async () => {
      const [issuer, healthy] = [await local(), await local()]
      const { discovery, jwks } = issuer
      apply(issuer)
      const world = trust([at(issuer), at(healthy)])
      const { issuers } = world
      await assert.rejects(issuers.authenticateToken(tokenOf(issuer.url)), DependencyError)
      assert.equal(nameIn(await issuers.authenticateToken(tokenOf(healthy.url))), 'alice')
      assert.deepEqual(issuers.missing(), [issuer.url])

      Object.assign(issuer, { discovery, jwks })
      await passTime(world, issuer.url)
      assert.equal(nameIn(await issuers.authenticateToken(tokenOf(issuer.url))), 'alice')
      assert.deepEqual(issuers.missing(), [])
    })
  }

  it('refuses every token when it publishes no keys', async () => {
    const issuer = await local({ jwks: '{"keys":[]}' })
    const { issuers } = trust([at(issuer)])
    assert.equal(nameIn(await issuers.authenticateToken(tokenOf(issuer.url))), 'rejected')
    assert.deepEqual(issuers.missing(), [])
  })

  it('starts before its issuer does', async () => {
    const first = await startIssuer()
    await first.close()
    const world = trust([{ url: first.url }])
    const { issuers } = world
    await assert.rejects(issuers.authenticateToken(tokenOf(first.url)), DependencyError)
    await assert.rejects(async () => issuers.get(first.url)?.metadata(), DependencyError)
    const { url } = await local({ port: Number(new URL(first.url).port) })
    await passTime(world, url)
    assert.equal(nameIn(await issuers.authenticateToken(tokenOf(url))), 'alice')
  })

  it('does not ask an issuer that is away for each token', async () => {
    const issuer = await local()
    issuer.discovery = respond(503, '')
    const { issuers } = trust([at(issuer)])
    for (let index = 0; index < 20; index += 1) {
      await assert.rejects(
        issuers.authenticateToken(tokenOf(issuer.url, { index })),
        DependencyError,
      )
    }
    assert.equal(issuer.asked.discovery, 1)
  })

  it('looks for the keys anew when they moved', async () => {
    const issuer = await local()
    const world = trust([at(issuer)])
    await world.issuers.authenticateToken(tokenOf(issuer.url))
    issuer.jwks = respond(404, '')
    issuer.other = respond(200, jwksOf(newKey))
    issuer.discovery = respond(
      200,
      JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/moved` }),
    )
    await passTime(world, issuer.url)
    await passTime(world, issuer.url)
    assert.equal(
      nameIn(await world.issuers.authenticateToken(tokenOf(issuer.url, {}, newKey))),
      'alice',
    )
  })

  it('does not fetch keys without TLS for an issuer that has it', async () => {
    const plain = await local()
    const { issuers, lines } = trust([{ url: plain.url, allowHttp: false }])
    await assert.rejects(issuers.authenticateToken(tokenOf(plain.url)), DependencyError)
    assert.equal(plain.asked.discovery, 0)
    assert.match(lines.join(''), /no https address/)
  })
})
