import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { after, afterEach, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { DependencyError } from '../../src/errors.ts'
import {
  createKubernetesClient,
  type KubernetesClient,
  type KubernetesClientOptions,
} from '../../src/kubernetes/client.ts'
import { capturedLog } from '../authn/issuer/issuer-fixtures.ts'
import { firstAuthority, secondAuthority } from '../support/authorities.ts'
import { type FakeApiServer, ownToken, respond, startFakeApiServer } from './fake-api-server.ts'

const question = { purpose: 'review a token', permission: 'ClusterRole "reviewer"' }
const body = { secret: 'canary-in-the-body' }
const path = '/apis/example.com/v1/reviews'

/** What went wrong, in words; every failure is the dependency's. */
async function failure(exchange: Promise<string>): Promise<string> {
  const error: unknown = await exchange.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof DependencyError)
  assert.equal(error.dependency, 'kubernetes')
  const everything = JSON.stringify([error.message, error.stack, error.cause])
  assert.doesNotMatch(everything, /canary|own-token-of-attache/)
  return error.message
}

describe('createKubernetesClient()', () => {
  let api: FakeApiServer
  let elsewhere: FakeApiServer
  const clients: KubernetesClient[] = []
  let nowMs = 0
  const { log, lines } = capturedLog()

  before(async () => {
    api = await startFakeApiServer(respond(201, { ok: true }))
    elsewhere = await startFakeApiServer(respond(201, { ok: true }))
  })
  afterEach(async () => {
    api.answer = respond(201, { ok: true })
    await writeFile(api.tokenFile, ownToken)
    await writeFile(api.caFile, firstAuthority.ca)
    await Promise.all(clients.splice(0).map(async ({ close }) => close()))
  })
  after(async () => {
    await api.close()
    await elsewhere.close()
  })

  function client(options: Partial<KubernetesClientOptions> = {}, server = api.config.server) {
    const config = { ...api.config, server }
    const created = createKubernetesClient(config, {
      now: () => nowMs,
      log,
      timeoutMs: 20_000,
      ...options,
    })
    clients.push(created)
    return created
  }

  it('asks with its own token and answers with the text', async () => {
    api.answer = respond(201, '{"a": 1}')
    assert.equal(await client().post(path, { ...question, body }), '{"a": 1}')
    assert.deepEqual(api.seen.at(-1), {
      method: 'POST',
      path,
      authorization: `Bearer ${ownToken}`,
      body: JSON.stringify(body),
    })
    api.answer = respond(200, 'keys')
    assert.equal(await client().get('/openid/v1/jwks', question), 'keys')
    assert.equal(api.seen.at(-1)?.method, 'GET')
  })

  it('asks below the path of the server', async () => {
    await client({}, new URL(`${api.url}/k8s/clusters/one/`)).get('/version', question)
    assert.equal(api.seen.at(-1)?.path, '/k8s/clusters/one/version')
  })

  describe('its token', () => {
    it('is read again after a minute', async () => {
      const asking = client()
      await asking.get('/', question)
      await writeFile(api.tokenFile, 'second-token')
      await asking.get('/', question)
      assert.equal(api.seen.at(-1)?.authorization, `Bearer ${ownToken}`)
      nowMs += 60_000
      await asking.get('/', question)
      assert.equal(api.seen.at(-1)?.authorization, 'Bearer second-token')
    })

    it('is read again at once when the API server refuses it', async () => {
      const asking = client()
      await asking.get('/', question)
      await writeFile(api.tokenFile, 'second-token')
      api.answer = (request, response) => {
        const isNew = request.headers.authorization === 'Bearer second-token'
        response.writeHead(isNew ? 200 : 401).end('fine')
      }
      assert.equal(await asking.get('/', question), 'fine')
    })

    it('stays in use while the file is gone or broken, and the log says so', async () => {
      const asking = client()
      assert.equal(await asking.token(), ownToken)
      for (const broken of ['', 'canary canary', undefined]) {
        if (broken === undefined) await rm(api.tokenFile)
        else await writeFile(api.tokenFile, broken)
        nowMs += 60_000
        assert.equal(await asking.token(), ownToken)
        assert.match(lines.at(-1) ?? '', /own token was not read again/)
      }
      assert.doesNotMatch(lines.join(''), /canary/)
    })

    it('may come late', async () => {
      await rm(api.tokenFile)
      const asking = client()
      assert.match(await failure(asking.get('/', question)), /own token is not known: ENOENT/)
      await writeFile(api.tokenFile, 'late')
      await asking.get('/', question)
      assert.equal(api.seen.at(-1)?.authorization, 'Bearer late')
    })

    it('is no header of its own making', async () => {
      await writeFile(api.tokenFile, 'canary\r\nx-admin: yes')
      const asked = api.seen.length
      assert.match(
        await failure(client().get('/', question)),
        /cannot be used: it holds no bearer token$/,
      )
      assert.equal(api.seen.length, asked)
    })
  })

  describe('the CA', () => {
    it('is the only one that vouches for the API server', async () => {
      await writeFile(api.caFile, secondAuthority.ca)
      const asked = api.seen.length
      assert.match(await failure(client().get('/', question)), /gave no usable answer: .*certif/)
      assert.equal(api.seen.length, asked)
    })

    for (const [name, broken] of [
      ['no certificate', 'hello'],
      ['a broken one', firstAuthority.ca.replace('MII', 'MIJ')],
      ['nothing', ''],
    ] as const) {
      it(`stays while its file holds ${name}, and is none at the start`, async () => {
        const asking = client()
        await asking.get('/', question)
        await writeFile(api.caFile, broken)
        nowMs += 60_000
        await asking.get('/', question)
        assert.match(lines.at(-1) ?? '', /CA was not read again/)
        assert.match(await failure(client().get('/', question)), /the API server's CA is not known/)
      })
    }

    it('may come late, and change', async () => {
      await rm(api.caFile)
      const asking = client()
      assert.match(await failure(asking.get('/', question)), /CA is not known: ENOENT/)
      await writeFile(api.caFile, secondAuthority.ca)
      await failure(asking.get('/', question))
      await writeFile(api.caFile, firstAuthority.ca)
      nowMs += 60_000
      await asking.get('/', question)
    })

    it('is read again at once when it vouches for nobody, and once a second from then on', async () => {
      await writeFile(api.caFile, secondAuthority.ca)
      const asking = client()
      await failure(asking.get('/', question))
      await writeFile(api.caFile, firstAuthority.ca)
      nowMs += 999
      await failure(asking.get('/', question))
      nowMs += 1
      await asking.get('/', question)
    })
  })

  const refusals: readonly (readonly [name: string, answer: RequestListener, says: RegExp])[] = [
    ['a refusal of its token', respond(401, {}), /does not accept the token in ".*token"$/],
    [
      'a missing right',
      respond(403, { kind: 'Status', message: 'canary', reason: 'Forbidden' }),
      /answered 403 Forbidden; the ServiceAccount of Attaché needs ClusterRole "reviewer"$/,
    ],
    ['a rate limit', respond(429, { reason: 'TooManyRequests' }), /answered 429 TooManyRequests$/],
    ['an error', respond(500, 'canary'), /answered 500$/],
    ['no content', respond(204, ''), /answered 204$/],
    ['an answer of 10 MB', respond(200, 'canary'.repeat(1_700_000)), /gave no usable answer: /],
    [
      'a bomb',
      (_request, response) =>
        response
          .writeHead(200, { 'content-encoding': 'gzip' })
          .end(gzipSync(Buffer.alloc(50_000_000))),
      /its answer is compressed$/,
    ],
    [
      'something that is no HTTP',
      ({ socket }) => socket.end('canary canary canary\r\n\r\n'),
      /gave no usable answer: /,
    ],
    ['a connection that breaks', ({ socket }) => socket.destroy(), /gave no usable answer: /],
  ]
  for (const [name, answer, says] of refusals) {
    it(`fails on ${name}`, async () => {
      api.answer = answer
      assert.match(await failure(client().post(path, { ...question, body })), says)
    })
  }

  it('follows no redirect', async () => {
    api.answer = respond(307, '', { location: `${elsewhere.url}${path}` })
    assert.match(await failure(client().post(path, { ...question, body })), /answered 307$/)
    assert.equal(elsewhere.seen.length, 0)
  })

  it('fails when no answer comes in time, or only a part of it', async () => {
    const asking = client({ timeoutMs: 100 })
    api.answer = () => {}
    assert.match(await failure(asking.get('/', question)), /no answer within 100 ms$/)
    api.answer = (_request, response) => response.writeHead(200).write('{')
    assert.match(await failure(asking.get('/', question)), /no answer within 100 ms$/)
  })

  it('fails while nobody is there', async () => {
    const free = await startFakeApiServer(respond(200, 'back'))
    await free.close()
    const message = await failure(client({}, free.config.server).get('/', question))
    assert.match(message, /gave no usable answer: .*ECONNREFUSED/)
  })

  it('takes another connection when an idle one has just been closed', async () => {
    const asking = client({ concurrency: 1 })
    let asked = 0
    api.answer = (request, response) => {
      asked += 1
      if (asked === 2) request.socket.destroy()
      else response.end('fine')
    }
    await asking.get('/', question)
    assert.equal(await asking.get('/', question), 'fine')
  })

  it('bounds what is asked at the same time, and what waits for it', async () => {
    const asking = client({ concurrency: 2, maxWaiting: 1 })
    const held: (() => void)[] = []
    const arrived = Promise.withResolvers<void>()
    api.answer = (_request, response) => {
      held.push(() => response.end('fine'))
      if (held.length === 2) arrived.resolve()
    }
    const first = [asking.get('/1', question), asking.get('/2', question)]
    const waiting = asking.get('/3', question)
    assert.match(await failure(asking.get('/4', question)), /1 requests .* wait already$/)
    await arrived.promise
    api.answer = respond(200, 'third')
    for (const release of held) release()
    assert.deepEqual(await Promise.all(first), ['fine', 'fine'])
    assert.equal(await waiting, 'third')
  })

  it('tells what came of each request that it has sent, and of those that it has not', async () => {
    const told: string[] = []
    const asking = client({ timeoutMs: 2_000, onCall: (result) => told.push(result) })
    await asking.get('/', question)
    // Asked again, as the token's successor might have come meanwhile.
    api.answer = (_request, response) => {
      writeFileSync(api.tokenFile, 'another')
      response.writeHead(401).end()
    }
    await failure(asking.get('/', question))
    api.answer = respond(429, 'no')
    await failure(asking.get('/', question))
    api.answer = () => {}
    await failure(asking.get('/', question))
    api.answer = (request) => request.socket.destroy()
    await failure(asking.get('/', question))
    assert.deepEqual(told, ['201', '401', '401', '429', 'timeout', 'error', 'error'])
    const full = client({ concurrency: 1, maxWaiting: 0, onCall: (result) => told.push(result) })
    api.answer = respond(200, 'fine')
    const first = full.get('/', question)
    await failure(full.get('/', question))
    await first
    assert.deepEqual(told.slice(7), ['turned-away', '200'])
  })

  it('tells of each request what it was and when it began', async () => {
    const told: unknown[] = []
    const startMs = performance.now()
    const asking = client({
      onCall: (_, details) => {
        const { startedMs = 0, http } = details ?? {}
        const isSince = startedMs >= startMs && startedMs <= performance.now()
        told.push([isSince, http?.method, http?.url.host, http?.path])
      },
    })
    await asking.post('/apis/x', { ...question, body: {} })
    assert.deepEqual(told, [[true, 'POST', new URL(api.url).host, '/apis/x']])
  })

  it('gives up on a turn that does not come in time', async () => {
    const asking = client({ concurrency: 1, timeoutMs: 1_000 })
    api.answer = () => {}
    const messages = await Promise.all([
      failure(asking.get('/1', question)),
      failure(asking.get('/2', question)),
    ])
    for (const message of messages) assert.match(message, /no answer within 1000 ms$/)
    api.answer = respond(200, 'fine')
    assert.equal(await asking.get('/3', question), 'fine')
  })
})
