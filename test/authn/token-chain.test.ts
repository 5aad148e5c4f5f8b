import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome } from '../../src/authn/authenticator.ts'
import { rejected } from '../../src/authn/rejected.ts'
import { tokenChain } from '../../src/authn/token-chain.ts'
import type { TokenVerifier } from '../../src/authn/token-union.ts'
import { authenticated } from '../support/user.ts'
import { capturedLog } from './issuer/issuer-fixtures.ts'
import { rsaKey, signToken } from './jwt/signed-token.ts'

const none: Outcome = { kind: 'no-credential' }
const alice = authenticated()
const bot = authenticated({ authenticator: 'service-account' })
const bad = rejected('credential-invalid', 'bad')
const cluster = 'https://cluster.example.com'
const key = rsaKey('1')

interface Parts {
  readonly issuers: Outcome
  readonly accounts: Outcome
  /** Of `authentication.jwt`. */
  readonly configured?: readonly string[]
  readonly clusterIssuers?: () => ReadonlySet<string>
}

function chain({ issuers, accounts, configured = [], ...parts }: Parts) {
  const asked: string[] = []
  const answering =
    (name: string, outcome: Outcome): TokenVerifier =>
    async () => {
      asked.push(name)
      if (outcome.kind !== 'authenticated') return outcome
      const { expiresAtMs: freshUntilMs } = outcome
      return { kind: 'verified', authenticated: outcome, freshUntilMs, isKeyTrusted: () => true }
    }
  const { log, lines } = capturedLog()
  const known = new Set([cluster])
  const authenticate = tokenChain({
    issuers: {
      verifyToken: answering('issuers', issuers),
      get: (url) => (configured.includes(url) ? {} : undefined),
    },
    serviceAccounts: {
      verifyToken: answering('accounts', accounts),
      issuers: parts.clusterIssuers ?? (() => known),
    },
    ownIssuer: 'https://attache.example.com',
    now: Date.now,
    log,
  })
  return { authenticate, asked, lines }
}

describe('tokenChain()', () => {
  it("takes no token of Attaché's own, and asks nobody about it", async () => {
    const { authenticate, asked } = chain({ issuers: none, accounts: bot })
    const claims = Buffer.from('{"iss":"https://attache.example.com"}').toString('base64url')
    const outcome = await authenticate(`e30.${claims}.AAAA`)
    assert.partialDeepStrictEqual(outcome, { kind: 'rejected', reason: 'credential-untrusted' })
    assert.deepEqual(asked, ['issuers'])
  })

  it('asks the cluster about a token that no issuer claims', async () => {
    const { authenticate, asked } = chain({ issuers: none, accounts: bot })
    assert.equal(await authenticate('opaque'), bot)
    assert.deepEqual(asked, ['issuers', 'accounts'])
  })

  for (const [name, issuers] of [
    ['fails', bad],
    ['is good', alice],
  ] as const) {
    it(`never asks it about a token whose issuer is configured and which ${name}`, async () => {
      const { authenticate, asked } = chain({ issuers, accounts: bot })
      assert.equal(await authenticate('token'), issuers)
      assert.deepEqual(asked, ['issuers'])
    })
  }

  for (const [name, parts] of [
    ['an issuer', { issuers: alice, accounts: none }],
    ['the cluster', { issuers: none, accounts: bot }],
  ] as const) {
    it(`remembers what ${name} accepted`, async () => {
      const { authenticate, asked } = chain(parts)
      const first = await authenticate('token')
      const before = asked.length
      assert.equal(await authenticate('token'), first)
      assert.equal(asked.length, before)
    })
  }

  it('remembers no refusal', async () => {
    const { authenticate, asked } = chain({ issuers: none, accounts: bad })
    await authenticate('token')
    await authenticate('token')
    assert.deepEqual(asked, ['issuers', 'accounts', 'issuers', 'accounts'])
  })

  it('steps aside when both do', async () => {
    const { authenticate } = chain({ issuers: none, accounts: none })
    assert.equal(await authenticate('opaque'), none)
  })

  describe('when "authentication.jwt" names the issuer of the cluster', () => {
    const token = signToken({ iss: cluster }, { key })

    it('refuses its tokens, and says so once', async () => {
      const { authenticate, lines } = chain({
        issuers: alice,
        accounts: bot,
        configured: [cluster],
      })
      for (let round = 0; round < 3; round += 1) {
        const outcome = await authenticate(token)
        assert.equal(outcome.kind === 'rejected' && outcome.reason, 'credential-untrusted')
      }
      assert.equal(lines.length, 1)
      assert.match(lines[0] ?? '', /names the issuer of the cluster's ServiceAccounts/)
    })

    it('does so from the moment that it is known', async () => {
      let known: ReadonlySet<string> = new Set()
      const { authenticate } = chain({
        issuers: alice,
        accounts: bot,
        configured: [cluster],
        clusterIssuers: () => known,
      })
      assert.equal(await authenticate(token), alice)
      known = new Set([cluster])
      assert.equal((await authenticate(token)).kind, 'rejected')
    })

    it('takes the tokens of other issuers', async () => {
      const { authenticate } = chain({ issuers: alice, accounts: bot, configured: [cluster] })
      const other = signToken({ iss: 'https://issuer.example.com' }, { key })
      assert.equal(await authenticate(other), alice)
    })
  })
})
