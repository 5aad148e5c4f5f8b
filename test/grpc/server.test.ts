import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import type { Checker } from '../../src/check.ts'
import type { CheckInput } from '../../src/check-input.ts'
import { createCallerGate } from '../../src/serving/caller.ts'
import { allow, reply } from '../support/check-servers.ts'
import { fakeChecker } from '../support/fake-checker.ts'
import { encodeRequest, type ReferenceHeader } from './reference.ts'
import { closeAll, get, serve } from './serving.ts'

afterEach(closeAll)

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
