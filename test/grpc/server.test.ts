import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, describe, it } from 'node:test'
import { credentials } from '@grpc/grpc-js'
import { createCallerGate } from '../../src/caller.ts'
import type { Checker } from '../../src/check.ts'
import type { CheckInput } from '../../src/check-input.ts'
import type { Address } from '../../src/config/types.ts'
import type { GrpcServerOptions } from '../../src/grpc/server.ts'
import type { RunningCheckServer } from '../../src/listen.ts'
import { firstAuthority, secondAuthority, type TestAuthority } from '../support/authorities.ts'
import { allow, reply } from '../support/check-servers.ts'
import { fakeChecker } from '../support/fake-checker.ts'
import { type CheckClient, connectTo, startServer } from './client.ts'
import { encodeRequest, type ReferenceHeader } from './reference.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'attache-grpc-'))
after(() => rmSync(folder, { recursive: true }))

const closing: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function start(options: Partial<GrpcServerOptions> = {}): Promise<RunningCheckServer> {
  const server = await startServer(options)
  closing.push(() => server.close(0))
  return server
}

function connected(...[address, creds]: Parameters<typeof connectTo>): CheckClient {
  const client = connectTo(address, creds)
  closing.push(client.close)
  return client
}

async function serve(options: Partial<GrpcServerOptions> = {}): Promise<CheckClient> {
  return connected((await start(options)).address)
}

const get = encodeRequest({
  attributes: { request: { http: { method: 'GET', path: '/', host: 'h' } } },
})

function withHeaders(headers: readonly ReferenceHeader[]): Buffer {
  const http = { method: 'GET', path: '/', host: 'h', header_map: { headers } }
  return encodeRequest({ attributes: { request: { http } } })
}

describe('startGrpcServer()', () => {
  it('answers an allow', async () => {
    const decision = allow({ set: [['impersonate-user', 'jürgen']] })
    const client = await serve({ checker: () => fakeChecker({ check: async () => decision }) })
    const { status, ok_response } = await client.check(get)
    assert.deepEqual(status, {})
    assert.equal(ok_response?.headers?.[0]?.header.value, 'jürgen')
  })

  it('answers a reply', async () => {
    const decision = reply({ status: 401, headers: [['www-authenticate', 'Bearer']], body: 'no' })
    const client = await serve({ checker: () => fakeChecker({ check: async () => decision }) })
    const { status, denied_response } = await client.check(get)
    assert.equal(status?.code, 16)
    assert.equal(denied_response?.status.code, 401)
    assert.equal(denied_response?.body, 'no')
  })

  it('asks the checker that is in force', async () => {
    let current = fakeChecker()
    const client = await serve({ checker: () => current })
    assert.deepEqual((await client.check(get)).status, {})
    current = fakeChecker({ check: async () => reply({ status: 400 }) })
    assert.equal((await client.check(get)).status?.code, 3)
  })

  it('tells the checker what the deadline leaves, and nothing when there is none', async () => {
    const seen: (number | undefined)[] = []
    const check: Checker['check'] = async (_input, { timeoutMs }) => {
      seen.push(timeoutMs)
      return allow({})
    }
    const client = await serve({ checker: () => fakeChecker({ check }) })
    await client.check(get, { timeoutMs: 5000 })
    await client.check(get)
    const [limited = 0, unlimited] = seen
    assert.ok(limited > 0 && limited <= 5000, `${limited} ms`)
    assert.equal(unlimited, undefined)
  })

  const malformed = [
    { what: 'an empty message', request: Buffer.alloc(0) },
    { what: 'garbage', request: Buffer.from('GET / HTTP/1.1\r\n\r\n') },
    { what: 'a message that is cut short', request: get.subarray(0, -1) },
  ]
  for (const { what, request } of malformed) {
    it(`refuses ${what}, without an RPC error`, async () => {
      const { status, denied_response } = await (await serve()).check(request)
      assert.equal(status?.code, 7)
      assert.match(denied_response?.body ?? '', /^malformed-request: /)
    })
  }

  it('shows the checker a megabyte of headers and 10,000 lines', async () => {
    const seen: CheckInput[] = []
    const check: Checker['check'] = async (input) => {
      seen.push(input)
      return allow({})
    }
    const client = await serve({ checker: () => fakeChecker({ check }) })
    const big = withHeaders([{ key: 'cookie', raw_value: Buffer.alloc(1 << 20, 'c') }])
    const many = withHeaders(Array.from({ length: 10_000 }, (_, n) => ({ key: `x-${n}` })))
    await client.check(big)
    await client.check(many)
    assert.equal(seen[0]?.headers.get('cookie')?.length, 1 << 20)
    assert.equal(seen[1]?.headers.size, 10_000)
  })

  it('answers an RPC error only to what no request of Envoy can be', async () => {
    const client = await serve()
    await assert.rejects(client.check(Buffer.alloc(17 << 20)), /RESOURCE_EXHAUSTED/)
  })

  it('outlives a call that is cancelled', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const check: Checker['check'] = async () => {
      await promise
      return allow({})
    }
    const client = await serve({ checker: () => fakeChecker({ check }) })
    await client.cancelled(get)
    resolve()
    assert.deepEqual((await client.check(get)).status, {})
  })

  const broken: { what: string; parts: Partial<Checker>; body: RegExp }[] = [
    {
      what: 'the checker throws',
      parts: {
        check: () => {
          throw new TypeError('secret')
        },
      },
      body: /^unavailable: the checker failed with "TypeError"$/,
    },
    {
      what: 'the decision has a line break',
      parts: { check: async () => allow({ set: [['impersonate-user', 'a\r\nb: c']] }) },
      body: /^unavailable: the value of header "impersonate-user"/,
    },
    {
      what: 'the refusal has one too',
      parts: {
        check: async () => allow({ set: [['a', '\n']] }),
        refuse: () => reply({ headers: [['b', '\n']] }),
      },
      body: /"type":"unavailable"/,
    },
    {
      what: 'the decision is none',
      parts: { check: () => Promise.resolve(JSON.parse('null')) },
      body: /"type":"unavailable"/,
    },
  ]
  for (const { what, parts, body } of broken) {
    it(`denies when ${what}`, async () => {
      const client = await serve({ checker: () => fakeChecker(parts) })
      const { status, denied_response } = await client.check(get)
      assert.notEqual(status?.code ?? 0, 0)
      assert.match(denied_response?.body ?? '', body)
    })
  }
})

describe('startGrpcServer() with a caller secret', () => {
  const acceptsCaller = createCallerGate('s3cret')
  const calls: { what: string; metadata: [string, string][]; request: Buffer; allowed: boolean }[] =
    [
      { what: 'nothing', metadata: [], request: get, allowed: false },
      {
        what: 'the secret',
        metadata: [['x-attache-caller', 's3cret']],
        request: get,
        allowed: true,
      },
      {
        what: 'another',
        metadata: [['x-attache-caller', 'secret']],
        request: get,
        allowed: false,
      },
      {
        what: 'the secret twice',
        metadata: [
          ['x-attache-caller', 's3cret'],
          ['x-attache-caller', 's3cret'],
        ],
        request: get,
        allowed: false,
      },
      {
        what: 'the secret among the headers of the request, where a client can put it',
        metadata: [],
        request: withHeaders([{ key: 'x-attache-caller', raw_value: Buffer.from('s3cret') }]),
        allowed: false,
      },
      {
        what: 'no secret and garbage',
        metadata: [],
        request: Buffer.from('garbage'),
        allowed: false,
      },
    ]
  for (const { what, metadata, request, allowed } of calls) {
    it(`${allowed ? 'lets in' : 'denies'} a caller that presents ${what}`, async () => {
      const client = await serve({ acceptsCaller })
      const { status, denied_response } = await client.check(request, { metadata })
      assert.equal(status?.code ?? 0, allowed ? 0 : 7)
      assert.equal(denied_response?.body?.startsWith('caller: ') ?? false, !allowed)
    })
  }
})

describe('startGrpcServer() on a Unix socket', () => {
  it('lets owner and group connect', async () => {
    const listen: Address = { kind: 'unix', path: path.join(folder, 'a') }
    const { address } = await start({ listen })
    assert.deepEqual(address, listen)
    assert.equal(statSync(listen.path).mode & 0o777, 0o660)
    assert.deepEqual((await connected(address).check(get)).status, {})
  })

  it('takes the place of a dead process, and not of a live one', async () => {
    const listen: Address = { kind: 'unix', path: path.join(folder, 'b') }
    await leaveSocket(listen.path)
    await start({ listen })
    await assert.rejects(startServer({ listen }), /another server is listening/)
  })
})

/** Leaves the socket of a server that is no more. */
async function leaveSocket(socketPath: string): Promise<void> {
  const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
  await new Promise((resolve) => execFile(process.execPath, ['-e', script, socketPath], resolve))
  assert.equal(statSync(socketPath).isSocket(), true)
}

function trusting({ ca }: TestAuthority, client?: TestAuthority['client']) {
  return client === undefined
    ? credentials.createSsl(Buffer.from(ca))
    : credentials.createSsl(Buffer.from(ca), Buffer.from(client.key), Buffer.from(client.cert))
}

describe('startGrpcServer() with TLS', () => {
  const server = { ...firstAuthority.server, clientCA: undefined }

  it('answers over TLS and not in the clear', async () => {
    const { address } = await start({ tls: server })
    const secure = connected(address, trusting(firstAuthority))
    assert.deepEqual((await secure.check(get)).status, {})
    await assert.rejects(connected(address).check(get, { timeoutMs: 1000 }), /UNAVAILABLE|DEADLINE/)
  })

  it('asks for a certificate of the client CA when there is one', async () => {
    const { address } = await start({ tls: { ...server, clientCA: firstAuthority.ca } })
    const ours = connected(address, trusting(firstAuthority, firstAuthority.client))
    assert.deepEqual((await ours.check(get)).status, {})
    for (const client of [undefined, secondAuthority.client]) {
      const other = connected(address, trusting(firstAuthority, client))
      await assert.rejects(other.check(get, { timeoutMs: 1000 }), /UNAVAILABLE|DEADLINE/)
    }
  })

  it('uses a new certificate and a new client CA for new connections', async () => {
    const running = await start({ tls: { ...server, clientCA: firstAuthority.ca } })
    running.setTls({ ...secondAuthority.server, clientCA: secondAuthority.ca })
    const now = connected(running.address, trusting(secondAuthority, secondAuthority.client))
    assert.deepEqual((await now.check(get)).status, {})
    const before = connected(running.address, trusting(secondAuthority, firstAuthority.client))
    await assert.rejects(before.check(get, { timeoutMs: 1000 }), /UNAVAILABLE|DEADLINE/)
  })

  it('keeps the old certificate when the new one is unusable', async () => {
    const running = await start({ tls: server })
    assert.throws(() => running.setTls({ ...server, key: secondAuthority.server.key }), /mismatch/)
    assert.throws(() => running.setTls(undefined), /restart/)
    const client = connected(running.address, trusting(firstAuthority))
    assert.deepEqual((await client.check(get)).status, {})
  })
})

describe('close() of a gRPC server', () => {
  it('lets a running call end', async () => {
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    const check: Checker['check'] = async () => {
      asked.resolve()
      await answer.promise
      return allow({})
    }
    const server = await startServer({ checker: () => fakeChecker({ check }) })
    const running = connected(server.address).check(get)
    await asked.promise
    const closed = server.close(10_000)
    answer.resolve()
    assert.deepEqual((await running).status, {})
    await closed
  })

  it('cuts a call that does not end within the grace', async () => {
    const asked = Promise.withResolvers<void>()
    const check: Checker['check'] = async () => {
      asked.resolve()
      return new Promise(() => undefined)
    }
    const server = await startServer({ checker: () => fakeChecker({ check }) })
    const running = connected(server.address).check(get)
    const failed = assert.rejects(running)
    await asked.promise
    await server.close(1)
    await failed
  })
})
