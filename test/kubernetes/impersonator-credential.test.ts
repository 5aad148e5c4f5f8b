import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { DependencyError } from '../../src/errors.ts'
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client.ts'
import {
  fileCredential,
  type ImpersonatorCredential,
  serviceAccountCredential,
} from '../../src/kubernetes/impersonator-credential.ts'
import { capturedLog } from '../authn/issuer/issuer-fixtures.ts'
import { ecKey, signToken } from '../authn/jwt/signed-token.ts'
import { folderWith } from '../config/folder.ts'
import { type FakeApiServer, holdAnswers, respond, startFakeApiServer } from './fake-api-server.ts'

const account = { namespace: 'attache', name: 'impersonator' }

/** As the API server answers, by a clock that is an hour ahead of ours. */
function issued(token: string, { seconds = 600, ...more }: IssuedOptions = {}): RequestListener {
  const madeMs = Date.UTC(2030, 0, 1)
  return respond(201, {
    kind: 'TokenRequest',
    metadata: { ...account, creationTimestamp: kubeTime(madeMs), ...more.metadata },
    spec: { expirationSeconds: seconds },
    status: { token, expirationTimestamp: kubeTime(madeMs + seconds * 1000), ...more.status },
  })
}

interface IssuedOptions {
  readonly seconds?: number
  readonly metadata?: object
  readonly status?: object
}

const kubeTime = (ms: number) => new Date(ms).toISOString().replace('.000', '')

describe('serviceAccountCredential()', () => {
  let api: FakeApiServer
  let client: KubernetesClient
  let nowMs = 0
  const now = () => nowMs
  const { log, lines } = capturedLog()

  before(async () => {
    api = await startFakeApiServer(respond(500, ''))
  })
  beforeEach(() => {
    nowMs = 1_000_000
    client = createKubernetesClient(api.config, { now, log, timeoutMs: 2_000 })
  })
  afterEach(async () => client.close())
  after(async () => api.close())

  const credential = () => serviceAccountCredential(account, { client, now, log })

  async function asked(work: () => Promise<unknown>): Promise<number> {
    const so = api.seen.length
    await work()
    return api.seen.length - so
  }

  it('asks for ten minutes, once, and answers at once from then on', async () => {
    api.answer = issued('token-1')
    const { token } = credential()
    const questions = await asked(async () => {
      const first = await Promise.all(Array.from({ length: 20 }, async () => token()))
      assert.deepEqual(new Set(first), new Set(['token-1']))
    })
    assert.equal(questions, 1)
    assert.equal(token(), 'token-1')
    const { method, path, body } = api.seen.at(-1) ?? {}
    assert.equal(method, 'POST')
    assert.equal(path, '/api/v1/namespaces/attache/serviceaccounts/impersonator/token')
    assert.deepEqual(JSON.parse(body ?? ''), {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 600 },
    })
  })

  it('asks for the audiences that it is told', async () => {
    api.answer = issued('token-1')
    await serviceAccountCredential(account, { client, now, log, audiences: ['a'] }).token()
    assert.match(api.seen.at(-1)?.body ?? '', /"audiences":\["a"\]/)
  })

  it('asks nothing before it is needed, and so may start before the API server', async () => {
    const questions = await asked(async () => {
      credential()
    })
    assert.equal(questions, 0)
    const { token } = credential()
    api.answer = respond(404, { reason: 'NotFound' })
    assert.match(await failure(token), /"attache\/impersonator": the API .* answered 404 NotFound$/)
    nowMs += 1_000
    api.answer = issued('late')
    assert.equal(await token(), 'late')
  })

  it('renews after eight minutes, and the old token serves meanwhile', async () => {
    api.answer = issued('token-1')
    const { token } = credential()
    await token()
    nowMs += 479_999
    assert.equal(await asked(async () => token()), 0)
    nowMs += 1
    const { arrived, free } = holdAnswers(api, issued('token-2'))
    assert.equal(token(), 'token-1')
    await arrived(1)
    assert.equal(token(), 'token-1')
    free()
    await until(() => token() === 'token-2')
    nowMs += 479_999
    assert.equal(await asked(async () => token()), 0)
  })

  it('keeps the old token until its end while it cannot be renewed, and says so', async () => {
    api.answer = issued('canary-token')
    const { token } = credential()
    await token()
    api.answer = respond(500, '')
    const so = api.seen.length
    const said = lines.length
    for (let second = 0; second < 120; second += 1) {
      nowMs = 1_480_000 + second * 1_000
      assert.equal(token(), 'canary-token')
      const attempts = Math.floor(second / 5) + 1
      await until(() => lines.length - said >= attempts)
    }
    assert.equal(lines.length - said, 24)
    assert.equal(api.seen.length - so, 24)
    assert.match(lines.at(-1) ?? '', /answered 500.*the token of the impersonator was not renewed/)
    nowMs = 1_600_000
    assert.match(await failure(token), /answered 500$/)
    nowMs += 1_000
    api.answer = issued('canary-token-2')
    assert.equal(await token(), 'canary-token-2')
    assert.doesNotMatch(lines.join(''), /canary/)
  })

  it('repeats a failure for a second, and asks no more often', async () => {
    api.answer = respond(429, { reason: 'TooManyRequests' })
    const { token } = credential()
    const questions = await asked(async () => {
      for (let call = 0; call < 50; call += 1) {
        assert.match(await failure(token), /answered 429 TooManyRequests$/)
      }
    })
    assert.equal(questions, 1)
    nowMs += 999
    assert.equal(await asked(async () => failure(token)), 0)
    nowMs += 1
    assert.equal(await asked(async () => failure(token)), 1)
  })

  it('counts from the question, however long the answer takes', async () => {
    api.answer = (request, response) => {
      nowMs += 500_000
      issued('slow')(request, response)
    }
    const { token } = credential()
    await token()
    nowMs += 99_999
    assert.equal(token(), 'slow')
    nowMs += 1
    api.answer = issued('next')
    assert.equal(await token(), 'next')
  })

  it('believes no longer life than it has asked for, and a shorter one', async () => {
    api.answer = issued('for a year'.replaceAll(' ', '-'), { seconds: 31_536_000 })
    const { token, close } = credential()
    await token()
    nowMs += 600_000
    api.answer = issued('short', { seconds: 60 })
    assert.equal(await token(), 'short')
    nowMs += 60_000
    api.answer = issued('third')
    assert.equal(await token(), 'third')
    close()
    api.answer = issued('fourth')
    assert.equal(await token(), 'fourth')
  })

  it('does not trust a clock that was set back', async () => {
    api.answer = issued('token-1')
    const { token } = credential()
    await token()
    nowMs -= 3_600_000
    api.answer = issued('token-2')
    assert.equal(await token(), 'token-2')
  })

  it('says which right is missing', async () => {
    api.answer = respond(403, { reason: 'Forbidden' })
    assert.match(
      await failure(credential().token),
      /needs the verb "create" on "serviceaccounts\/token" for "impersonator" in namespace "attache"$/,
    )
  })

  const lies: readonly (readonly [name: string, answer: RequestListener])[] = [
    ['a page', respond(201, '<html>')],
    ['another kind', respond(201, { kind: 'TokenReview', status: { token: 'x' } })],
    ['no status', respond(201, { kind: 'TokenRequest', metadata: account })],
    ['no token', issued('x', { status: { token: undefined } })],
    ['an empty token', issued('')],
    ['a token that is a list', issued('x', { status: { token: ['x'] } })],
    ['a token with a line break', issued('canary\r\nimpersonate-user: admin')],
    ['a token with a blank', issued('canary canary')],
    ['a token of a megabyte', issued('x'.repeat(1_000_000))],
    ['a token of another account', issued('x', { metadata: { name: 'admin' } })],
    ['a token of another namespace', issued('x', { metadata: { namespace: 'kube-system' } })],
    ['a token of nobody', issued('x', { metadata: { name: undefined } })],
    ['a token without an end', issued('x', { status: { expirationTimestamp: undefined } })],
    ['a token without a beginning', issued('x', { metadata: { creationTimestamp: undefined } })],
    ['an end that is no time', issued('x', { status: { expirationTimestamp: 'tomorrow' } })],
    ['an end that is a number', issued('x', { status: { expirationTimestamp: 4e12 } })],
    ['a token that has ended', issued('x', { seconds: 0 })],
    ['a token that ended before it began', issued('x', { seconds: -600 })],
    ['silence', () => {}],
    ['a broken connection', ({ socket }) => socket.destroy()],
  ]
  for (const [name, answer] of lies) {
    it(`has no token from ${name}`, async () => {
      api.answer = answer
      const message = await failure(credential().token)
      assert.match(message, /^Cannot get a token of the ServiceAccount "attache\/impersonator": /)
    })
  }
})

describe('fileCredential()', () => {
  const file = join(folderWith({}), 'token')
  let nowMs = 0
  const { log, lines } = capturedLog()

  beforeEach(() => {
    nowMs = 1_000_000
  })

  const credential = (): ImpersonatorCredential => fileCredential(file, { now: () => nowMs, log })
  it('reads it when it is needed, and again after a minute', async () => {
    await rm(file, { force: true })
    const { token, close } = credential()
    assert.match(await failure(token), /^Cannot act for users: the token .* not known: ENOENT/)
    await writeFile(file, 'token-1\n')
    assert.equal(await token(), 'token-1')
    await writeFile(file, 'token-2')
    nowMs += 59_999
    assert.equal(token(), 'token-1')
    nowMs += 1
    assert.equal(await token(), 'token-2')
    await writeFile(file, 'token-3')
    close()
    assert.equal(await token(), 'token-3')
  })

  for (const broken of ['', 'canary canary', 'canary\nx: y', 'canaryü']) {
    it(`keeps the one before when it holds ${JSON.stringify(broken)}`, async () => {
      await writeFile(file, 'token-1')
      const { token } = credential()
      await token()
      await writeFile(file, broken)
      nowMs += 60_000
      assert.equal(await token(), 'token-1')
      assert.match(lines.at(-1) ?? '', /the token of the impersonator was not read again/)
      assert.doesNotMatch(lines.join(''), /canary/)
      assert.match(await failure(credential().token), /the token of the impersonator is not known/)
    })
  }

  it('has none when that has expired, and heals with the next one within a second', async () => {
    await writeFile(file, expiringAt(1_010))
    const { token } = credential()
    assert.equal(await token(), token())
    nowMs += 69_999
    assert.equal(typeof (await token()), 'string')
    assert.equal(typeof token(), 'string')
    nowMs += 1
    assert.match(await failure(token), /has expired: see that it is replaced$/)
    assert.match(await failure(token), /has expired/)
    const successor = expiringAt(2_000)
    await writeFile(file, successor)
    nowMs += 999
    assert.match(await failure(token), /has expired/)
    nowMs += 1
    assert.equal(await token(), successor)
    assert.equal(token(), successor)
  })

  it('takes a token that says nothing of its end', async () => {
    for (const opaque of ['opaque', 'a.b.c', 'a.e30.c', 'a.W10.c', 'a.eyJleHAiOiJ4In0.c']) {
      await writeFile(file, opaque)
      assert.equal(await credential().token(), opaque)
    }
  })
})

/** Why there is no token, in words without any part of one. */
async function failure(token: ImpersonatorCredential['token']): Promise<string> {
  const error: unknown = await Promise.resolve(token()).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof DependencyError)
  assert.equal(error.dependency, 'kubernetes')
  const everything = JSON.stringify([error.message, error.stack, error.cause])
  assert.doesNotMatch(everything, /canary|own-token/)
  return error.message
}

/** Until what goes on in the background has an effect. */
async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; !holds(); attempt += 1) {
    assert.ok(attempt < 2_000, 'it does not come to that')
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
  }
}

function expiringAt(seconds: number): string {
  return signToken({ exp: seconds, sub: 'canary' }, { key: ecKey('k'), alg: 'ES256' })
}
