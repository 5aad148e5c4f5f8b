import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import type { ServiceAccounts } from '../../../src/authn/service-account/service-accounts.ts'
import {
  type FakeApiServer,
  respond,
  startFakeApiServer,
} from '../../kubernetes/fake-api-server.ts'
import { jwksOf } from '../jwt/signed-token.ts'
import {
  botName,
  botToken,
  issuer,
  judgeBy,
  key,
  nameIn,
  nextKey,
  own,
  publish,
} from './cluster-keys.ts'

describe('createServiceAccounts()', () => {
  let api: FakeApiServer
  const opened: ServiceAccounts[] = []

  before(async () => {
    api = await startFakeApiServer(respond(500, ''))
  })
  beforeEach(async () => {
    publish(api)
    await writeFile(api.tokenFile, botToken(own))
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async ({ close }) => close()))
  })
  after(async () => api.close())

  function judge(...[options]: Tail<Parameters<typeof judgeBy>>) {
    const judging = judgeBy(api, options)
    opened.push(judging.accounts)
    return judging
  }

  it('steps aside and asks nobody when it is off', async () => {
    const asked = api.seen.length
    const { ask, accounts } = judge({ validation: 'off' })
    assert.equal((await ask(botToken())).kind, 'no-credential')
    assert.deepEqual([accounts.missing(), [...accounts.issuers()]], [[], []])
    assert.equal(api.seen.length, asked)
  })

  describe('with jwks', () => {
    it('finds issuer, keys and audiences by itself', async () => {
      const { ask, accounts } = judge()
      assert.equal(nameIn(await ask(botToken())), botName)
      assert.deepEqual([...accounts.issuers()], [issuer])
      assert.equal(nameIn(await ask(botToken({ aud: ['elsewhere'] }))), 'rejected')
    })

    it('takes the keys from the API server, whatever host discovery names', async () => {
      const asked = api.seen.length
      await judge().ask(botToken())
      assert.deepEqual(
        api.seen.slice(asked).map(({ path }) => path),
        ['/.well-known/openid-configuration', '/openid/v1/jwks'],
      )
    })

    it('takes the audiences that are configured, and no others', async () => {
      const { ask } = judge({ audiences: ['pipelines'] })
      assert.equal(nameIn(await ask(botToken({ aud: ['pipelines'] }))), botName)
      assert.equal(nameIn(await ask(botToken())), 'rejected')
    })

    it('also takes the issuer of its own token, which the API server accepts', async () => {
      const yesterday = { iss: 'https://yesterday.example.com' }
      await writeFile(api.tokenFile, botToken({ ...own, ...yesterday }))
      const { ask } = judge()
      assert.equal(nameIn(await ask(botToken())), botName)
      assert.equal(nameIn(await ask(botToken(yesterday))), botName)
    })

    it('takes the audiences of the API server beside others, by the word that stands for them', async () => {
      const { ask } = judge({ audiences: ['default', 'pipelines'] })
      assert.equal(nameIn(await ask(botToken())), botName)
      assert.equal(nameIn(await ask(botToken({ aud: ['pipelines'] }))), botName)
      for (const aud of ['vault', 'istio-ca', 'default', '', []]) {
        assert.equal(nameIn(await ask(botToken({ aud }))), 'rejected')
      }
    })

    for (const [name, token] of [
      ['an opaque token', 'opaque'],
      ['the token of a Secret', botToken({ iss: 'kubernetes/serviceaccount', 'kubernetes.io': 1 })],
      ['a token without an audience', botToken({ aud: [] })],
      ['a token with an empty audience', botToken({ aud: '' })],
    ] as const) {
      it(`takes the issuer for the audience when its own is ${name}`, async () => {
        await writeFile(api.tokenFile, token)
        const { ask } = judge()
        assert.equal(nameIn(await ask(botToken({ aud: [issuer] }))), botName)
        assert.equal(nameIn(await ask(botToken({ aud: [''] }))), 'rejected')
        assert.equal(nameIn(await ask(botToken())), 'rejected')
      })
    }

    it('takes a token until a minute after it ends, and remembers it until it ends', async () => {
      const { ask, clock } = judge()
      const exp = Math.floor(clock.nowMs / 1000) + 60
      const token = botToken({ exp })
      const first = await ask(token)
      clock.nowMs = exp * 1000
      assert.equal(await ask(token), first)
      clock.nowMs = (exp + 60) * 1000
      const last = await ask(token)
      assert.equal(nameIn(last), botName)
      assert.notEqual(last, first)
      clock.nowMs += 1
      assert.equal(nameIn(await ask(token)), 'rejected')
    })

    for (const name of ['nbf', 'iat']) {
      it(`refuses what is more than a minute before its "${name}"`, async () => {
        const { ask, clock } = judge()
        const seconds = Math.floor(clock.nowMs / 1000) + 100
        const token = botToken({ [name]: seconds, exp: seconds + 600 })
        clock.nowMs = (seconds - 60) * 1000 - 1
        const outcome = await ask(token)
        assert.equal(outcome.kind === 'rejected' && outcome.reason, 'credential-invalid')
        clock.nowMs += 1
        assert.equal(nameIn(await ask(token)), botName)
      })
    }

    it('fetches a key that it has not seen, once a minute at most', async () => {
      const { ask, clock } = judge()
      await ask(botToken())
      const token = botToken({}, nextKey)
      assert.equal(nameIn(await ask(token)), 'rejected')
      publish(api, { jwks: jwksOf(key, nextKey) })
      assert.equal(nameIn(await ask(token)), 'rejected')
      clock.nowMs += 60_000
      assert.equal(nameIn(await ask(token)), botName)
    })

    it('forgets what a withdrawn key had signed', async () => {
      const { ask, clock, accounts } = judge()
      const token = botToken()
      assert.equal(nameIn(await ask(token)), botName)
      await writeFile(api.tokenFile, botToken(own, nextKey))
      publish(api, { jwks: jwksOf(nextKey) })
      clock.nowMs += 60_000
      await ask(botToken({}, nextKey))
      assert.equal(nameIn(await ask(token)), 'rejected')
      assert.deepEqual(accounts.missing(), [])
    })

    it('steps aside for what is no token of a cluster', async () => {
      const { ask } = judge()
      for (const token of [
        'opaque',
        'a.b.c',
        botToken({ iss: undefined, 'kubernetes.io': undefined }),
        botToken({ iss: 'x', 'kubernetes.io': undefined }),
      ]) {
        assert.equal(nameIn(await ask(token)), 'no-credential')
      }
      const legacy = botToken({ iss: 'kubernetes/serviceaccount', 'kubernetes.io': undefined })
      assert.equal(nameIn(await ask(legacy)), 'no-credential')
    })

    it('refuses what is too long before it looks', async () => {
      assert.equal(nameIn(await judge().ask('x'.repeat(65_537))), 'rejected')
    })

    const broken = [
      ['answers an error', { status: 500 }],
      ['forbids it', { status: 403 }],
      ['redirects', { status: 302 }],
      ['names no issuer', { discovery: {} }],
      ['names an empty issuer', { discovery: { issuer: '' } }],
      ['names a list of issuers', { discovery: { issuer: [issuer] } }],
      ['answers a page', { discovery: '<html>' }],
      ['answers 10 MB', { discovery: { issuer, padding: 'x'.repeat(10_000_000) } }],
      ['has keys that do not parse', { jwks: { keys: [{ kty: 'x' }] } }],
      [
        'has 10,000 keys',
        { jwks: { keys: Array.from({ length: 10_000 }, () => ({ kty: 'oct' })) } },
      ],
    ] as const
    for (const [name, published] of broken) {
      it(`gives no answer while the API server ${name}, and heals`, async () => {
        publish(api, published)
        const { ask, accounts, timers, lines } = judge()
        await assert.rejects(ask(botToken()), { name: 'DependencyError' })
        assert.deepEqual(accounts.missing(), [`keys of the cluster at "${api.url}"`])
        assert.doesNotMatch(lines.join(''), new RegExp(botToken(own).slice(0, 40)))
        // What is no JWT is nobody's in any case.
        assert.equal(nameIn(await ask('opaque')), 'no-credential')
        publish(api)
        timers.run()
        assert.equal(nameIn(await ask(botToken())), botName)
        assert.deepEqual(accounts.missing(), [])
      })
    }

    it('starts before the files of its pod are there', async () => {
      await rm(api.tokenFile)
      const { ask, timers } = judge()
      await assert.rejects(ask(botToken()), { name: 'DependencyError' })
      await writeFile(api.tokenFile, botToken(own))
      timers.run()
      assert.equal(nameIn(await ask(botToken())), botName)
    })

    it('keeps the keys of an API server over a reload, also while it is away', async () => {
      const first = judge()
      await first.ask(botToken())
      publish(api, { status: 500 })
      const next = judge({ previous: first.accounts, audiences: ['pipelines'] })
      await first.accounts.retire(next.accounts)
      assert.equal(nameIn(await next.ask(botToken({ aud: ['pipelines'] }))), botName)
      const off = judge({ validation: 'off', previous: next.accounts })
      await next.accounts.retire(off.accounts)
      assert.deepEqual(first.timers.delays(), [])
    })
  })
})

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never
