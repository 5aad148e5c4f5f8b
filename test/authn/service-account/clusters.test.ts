/** What differs from cluster to cluster, and what Attaché makes of it. */
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import type { ServiceAccounts } from '../../../src/authn/service-account/service-accounts.ts'
import { DependencyError } from '../../../src/errors.ts'
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
  until,
} from './cluster-keys.ts'

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

function judge(options: Parameters<typeof judgeBy>[1] = {}) {
  const judging = judgeBy(api, options)
  opened.push(judging.accounts)
  return judging
}

describe('createServiceAccounts() with jwks', () => {
  it('says what to do about a token that the cluster has signed for another issuer', async () => {
    const { ask } = judge()
    const outcome = await ask(botToken({ iss: 'https://third.example.com' }))
    assert.deepEqual(outcome, {
      kind: 'rejected',
      reason: 'credential-untrusted',
      detail:
        'the cluster has signed for "https://third.example.com", which it does not call its issuer now: set "serviceAccounts.validation" to "tokenReview"',
    })
    const forged = botToken({ iss: 'https://third.example.com' }, nextKey)
    assert.equal(nameIn(await ask(forged)), 'no-credential')
  })

  it('says so where the API server does not publish the key of its own token', async () => {
    publish(api, { jwks: jwksOf(nextKey) })
    const { ask, accounts, lines, timers } = judge()
    const state =
      'the API server does not publish all keys of ServiceAccount tokens: set "serviceAccounts.validation" to "tokenReview"'
    const outcome = await ask(botToken())
    assert.equal(
      outcome.kind === 'rejected' && outcome.detail,
      `no key of the API server verifies the signature; ${state}`,
    )
    assert.equal(nameIn(await ask(botToken({}, nextKey))), botName)
    assert.deepEqual(accounts.missing(), [`keys of the cluster at "${api.url}": ${state}`])
    assert.equal(lines.filter((line) => line.includes('does not publish all keys')).length, 1)
    publish(api, { jwks: jwksOf(key, nextKey) })
    timers.run()
    await until(() => accounts.missing().length === 0)
    assert.equal(nameIn(await ask(botToken())), botName)
  })

  it('says so where the API server publishes nothing', async () => {
    api.answer = respond(404, '')
    const { ask } = judge()
    const error: unknown = await ask(botToken()).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof DependencyError && error.cause instanceof Error)
    assert.equal(
      error.cause.message,
      `Cannot find the issuer of ServiceAccount tokens: the API server "${api.url}" answered 404; it publishes neither issuer nor keys, so set "serviceAccounts.validation" to "tokenReview"`,
    )
  })
})

describe('createServiceAccounts() with tokenReview', () => {
  it('learns the issuer of the cluster from its own token, which may come late or change', async () => {
    await rm(api.tokenFile)
    const { accounts, timers, clock } = judge({ validation: 'tokenReview' })
    await until(() => timers.delays().length > 1)
    assert.deepEqual([...accounts.issuers()], [])
    for (const iss of [issuer, 'https://next.example.com']) {
      await writeFile(api.tokenFile, botToken({ ...own, iss }))
      clock.nowMs += 60_000
      timers.run()
      await until(() => accounts.issuers().has(iss))
      assert.deepEqual([...accounts.issuers()], [iss])
    }
  })

  it('names the reviews until the API server has made one of its own token', async () => {
    api.answer = respond(403, '')
    const { accounts, timers, lines } = judge({ validation: 'tokenReview' })
    const name = `reviews of tokens by the API server at "${api.url}"`
    assert.deepEqual(accounts.missing(), [name])
    await until(() => lines.length > 0)
    assert.match(lines.join(''), /needs ClusterRole \\"system:auth-delegator\\"/)
    assert.deepEqual(accounts.missing(), [name])
    const asked = api.seen.length
    api.answer = respond(201, {})
    timers.run()
    await until(() => accounts.missing().length === 0)
    const { path, body } = api.seen[asked] ?? { path: '', body: '{}' }
    assert.equal(path, '/apis/authentication.k8s.io/v1/tokenreviews')
    assert.deepEqual(Object.keys(specIn(body)), ['token'])
  })

  it('asks for the audiences that a token names, and else for those of the API server', async () => {
    api.answer = respond(201, { kind: 'TokenReview', status: {} })
    const { ask } = judge({ validation: 'tokenReview', audiences: ['default', 'pipelines'] })
    const asked = []
    for (const token of [botToken({ aud: 'pipelines' }), botToken(), 'opaque']) {
      const from = api.seen.length
      assert.equal(nameIn(await ask(token)), 'rejected')
      const bodies = api.seen.slice(from).map(({ body }) => specIn(body))
      asked.push(bodies.find((spec) => spec['token'] === token)?.['audiences'])
    }
    assert.deepEqual(asked, [['pipelines'], undefined, undefined])
  })
})

function specIn(body: string): Readonly<Record<string, unknown>> {
  const parse: (text: string) => { readonly spec: Readonly<Record<string, unknown>> } = JSON.parse
  return parse(body).spec
}
