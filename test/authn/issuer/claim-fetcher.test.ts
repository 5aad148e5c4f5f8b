import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { DependencyError } from '../../../src/errors.ts'
import { jwksOf } from '../jwt/signed-token.ts'
import { issuerConfig } from './issuer-fixtures.ts'
import { type LocalIssuer, respond, silence } from './local-issuer.ts'
import { at, closeAll, key, local, nameIn, newKey, tokenOf, trust } from './trusted-issuers.ts'

afterEach(closeAll)

/** A token whose groups stand at `endpoint`. */
function distributed(issuer: LocalIssuer, endpoint: string, source: object = {}): string {
  return tokenOf(issuer.url, {
    _claim_names: { groups: 's' },
    _claim_sources: { s: { endpoint, ...source } },
  })
}

/** An issuer, and another that signs what its `/groups` answers. */
async function start() {
  const issuer = await local()
  const source = await local({ jwks: jwksOf(newKey) })
  const endpoint = `${source.url}/groups`
  const answer = (claims: object, by = newKey) => {
    source.other = respond(200, tokenOf(source.url, claims, by))
  }
  answer({ groups: ['far', 'away'] })
  return { issuer, source, endpoint, answer, world: trust([at(issuer)]) }
}

describe('groups that stand elsewhere', () => {
  it('are fetched, with the access token when there is one', async () => {
    const { issuer, source, endpoint, world } = await start()
    const seen: (string | undefined)[] = []
    const { other } = source
    source.other = (request, response) => {
      seen.push(request.headers.authorization)
      other(request, response)
    }
    for (const more of [{}, { access_token: 'opaque' }]) {
      const token = distributed(issuer, endpoint, more)
      const outcome = await world.issuers.authenticateToken(token)
      assert.deepEqual(outcome.kind === 'authenticated' && outcome.user.groups, ['far', 'away'])
    }
    assert.deepEqual(seen, [undefined, 'Bearer opaque'])
  })

  it('are remembered for ten seconds and no longer', async () => {
    const { issuer, source, endpoint, world, answer } = await start()
    const token = distributed(issuer, endpoint)
    const groups = async () => {
      const outcome = await world.issuers.authenticateToken(token)
      return outcome.kind === 'authenticated' ? outcome.user.groups : outcome.kind
    }
    assert.deepEqual(await groups(), ['far', 'away'])
    answer({ groups: [] })
    world.clock.nowMs += 9_999
    assert.deepEqual(await groups(), ['far', 'away'])
    world.clock.nowMs += 1
    assert.deepEqual(await groups(), [])
    assert.equal(source.asked.jwks, 1)
  })

  const refused = {
    'is signed by a key that its issuer does not publish': { by: key, claims: { groups: ['x'] } },
    'is for another audience': { claims: { groups: ['x'], aud: 'other' } },
    'has expired': { claims: { groups: ['x'], exp: 1 } },
    'lacks the claim': { claims: { roles: ['x'] } },
    'holds no strings': { claims: { groups: [1] } },
    'names an issuer that is no address': { claims: { groups: ['x'], iss: 'nobody' } },
  }
  for (const [when, { claims, ...by }] of Object.entries(refused)) {
    it(`refuse the token when the answer ${when}`, async () => {
      const { issuer, endpoint, answer, world } = await start()
      answer(claims, 'by' in by ? by.by : newKey)
      const outcome = await world.issuers.authenticateToken(distributed(issuer, endpoint))
      assert.equal(nameIn(outcome), 'rejected')
    })
  }

  it('refuse the token when the answer is no JWT', async () => {
    const { issuer, source, endpoint, world } = await start()
    for (const body of ['', 'no', '{"groups":["x"]}', 'a.b.c', '<html>']) {
      source.other = respond(200, body)
      const outcome = await world.issuers.authenticateToken(distributed(issuer, endpoint))
      assert.equal(nameIn(outcome), 'rejected', body)
    }
  })

  const unavailable = {
    'answers 500': respond(500, ''),
    'answers 10 MB': respond(200, Buffer.alloc(10_000_000, 0x61)),
    'never answers': silence,
    'redirects to the metadata of a cloud': respond(302, '', {
      location: 'http://169.254.169.254/latest',
    }),
  }
  for (const [when, other] of Object.entries(unavailable)) {
    it(`make the token undecidable when their source ${when}`, async () => {
      const { issuer, source, endpoint, world } = await start()
      source.other = other
      await assert.rejects(
        world.issuers.authenticateToken(distributed(issuer, endpoint)),
        (error) => {
          assert.ok(error instanceof DependencyError)
          assert.ok(!error.message.includes(endpoint), 'says the address')
          return true
        },
      )
    })
  }

  it('are not fetched for a token that nobody has signed', async () => {
    const { issuer, source, endpoint, world } = await start()
    const token = distributed(issuer, endpoint).replace(/\.[^.]*$/, '.AAAA')
    assert.equal(nameIn(await world.issuers.authenticateToken(token)), 'rejected')
    assert.equal(source.asked.other, 0)
  })

  it('are not fetched where the claim is there, or no groups are wanted', async () => {
    const { issuer, source, endpoint } = await start()
    const token = distributed(issuer, endpoint)
    const { claimMappings } = issuerConfig()
    const plain = trust([{ ...at(issuer), claimMappings: { ...claimMappings, groups: undefined } }])
    assert.equal(nameIn(await plain.issuers.authenticateToken(token)), 'alice')
    assert.equal(source.asked.other, 0)
  })

  it('keep a bounded number of connections busy', async () => {
    const { issuer, source, endpoint, world } = await start()
    source.other = silence
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        world.issuers.authenticateToken(distributed(issuer, endpoint, { nonce: index })),
      ),
    )
    assert.ok(outcomes.every(({ status }) => status === 'rejected'))
    assert.equal(source.asked.other, 32)
  })

  it('do not close issuers that other tokens are using', async () => {
    const { issuer, source, world } = await start()
    const others = await Promise.all(Array.from({ length: 24 }, async () => local()))
    // All of them are in use until those that find no place are refused.
    const allRefused = Promise.withResolvers<undefined>()
    for (const other of others) {
      other.publish(jwksOf(newKey))
      const { discovery } = other
      other.discovery = (request, response) =>
        void allRefused.promise.then(() => discovery(request, response))
    }
    let turnedAway = 0
    const refuse = () => {
      turnedAway += 1
      if (turnedAway === 8) allRefused.resolve(undefined)
      return 'unavailable'
    }
    source.other = (request, response) => {
      const index = Number(/\d+$/.exec(request.url ?? '')?.[0])
      response.end(tokenOf(others[index]?.url ?? '', { groups: ['x'] }, newKey))
    }
    const names = await Promise.all(
      others.map(async (_, index) => {
        const token = distributed(issuer, `${source.url}/groups/${index}`)
        return world.issuers.authenticateToken(token).then(nameIn, refuse)
      }),
    )
    assert.equal(names.filter((name) => name === 'alice').length, 16)
    assert.equal(turnedAway, 8)
  })

  it('know a bounded number of issuers', async () => {
    const { issuer, endpoint, answer, world } = await start()
    const others = await Promise.all(
      Array.from({ length: 18 }, () => local({ jwks: jwksOf(newKey) })),
    )
    for (const [index, other] of [...others, ...others.slice(0, 1)].entries()) {
      answer({ groups: ['x'], iss: other.url })
      const token = distributed(issuer, endpoint, { nonce: index })
      assert.equal(nameIn(await world.issuers.authenticateToken(token)), 'alice')
    }
    // The first was forgotten, and its keys are fetched anew; the last was not.
    assert.equal(others[0]?.asked.jwks, 2)
    assert.equal(others[17]?.asked.jwks, 1)
  })
})
