import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import { afterEach, describe, it } from 'node:test'
import { allow, reply } from '../support/check-servers.ts'
import { values } from '../support/wire.ts'
import type { Response } from './connection.ts'
import { closeAll, opened, portOf, request, serve, statusOf } from './serving.ts'

afterEach(closeAll)

describe('startHttpServer()', () => {
  it('answers an allow, and says nothing of its own', async () => {
    const { write, next } = await serve({
      decide: async () => allow({ set: [['impersonate-user', 'jürgen']], remove: ['x-a', 'x-b'] }),
    })
    write(request('GET /'))
    const response = await next()
    assert.equal(response?.status, 200)
    assert.deepEqual(values(response.lines, 'impersonate-user'), ['jürgen'])
    assert.deepEqual(
      response.lines.map((line) => line.split(':')[0]),
      [
        'content-length',
        'impersonate-user',
        'x-envoy-auth-headers-to-remove',
        'x-attache-decision',
      ],
    )
  })

  it('answers a page, a failure and a redirect so that Envoy takes them for denials', async () => {
    const decisions = [
      reply({ status: 200, headers: [['content-type', 'text/html; charset=utf-8']], body: 'é' }),
      reply({ status: 503, headers: [['retry-after', '5']] }),
      reply({ status: 302, headers: [['location', '/x']] }),
    ]
    const { write, next } = await serve({ decide: async () => decisions.shift() ?? allow({}) })
    const responses: (Response | undefined)[] = []
    for (const target of ['GET /a', 'GET /b', 'GET /c']) {
      write(request(target))
      responses.push(await next())
    }
    assert.deepEqual(responses.map(statusOf), [203, 403, 302])
    assert.equal(Buffer.from(responses[0]?.body ?? '', 'latin1').toString(), 'é')
    assert.deepEqual(values(responses[1]?.lines ?? [], 'retry-after'), ['5'])
  })

  it('checks every method that Node can read', async () => {
    const methods = METHODS.filter((method) => method !== 'CONNECT')
    const { write, next, seen } = await serve({ decide: async () => reply({ status: 401 }) })
    for (const method of methods) {
      write(request(`${method} /x`))
      assert.equal(statusOf(await next({ head: method === 'HEAD' })), 401, method)
    }
    assert.deepEqual(
      seen.map(({ method }) => method),
      methods,
    )
  })

  it('sends no body to HEAD', async () => {
    const { write, next } = await serve({ decide: async () => reply({ body: 'body' }) })
    write(request('HEAD /') + request('GET /'))
    assert.deepEqual(values((await next({ head: true }))?.lines ?? [], 'content-length'), ['4'])
    assert.equal((await next())?.body, 'body')
  })

  const targets = [
    '/',
    '//',
    '/%',
    '/%zz/%c0%af/%00',
    '/a/../b/./c',
    '/a%2fb%5cc',
    '/a;b=c?d=%zz#e',
    '/a"<>^`{|}\\',
    '/?',
    '*',
    `/${'x'.repeat(100_000)}`,
  ]
  for (const target of targets) {
    it(`checks the path ${target.slice(0, 40)} as it came`, async () => {
      const { write, next, seen } = await serve()
      write(request(`OPTIONS ${target}`))
      assert.equal(statusOf(await next()), 200)
      assert.equal(seen[0]?.path, target)
    })
  }

  for (const target of ['http://h/a', 'HTTP://other/a', 'https://h:1/']) {
    it(`refuses the absolute form ${target}`, async () => {
      const { write, next, seen } = await serve()
      write(request(`GET ${target}`))
      assert.match((await next())?.body ?? '', /^malformed-request: /)
      assert.equal(seen.length, 0)
    })
  }

  it('takes the prefix off, and refuses what is not under it', async () => {
    const { write, next, seen } = await serve({ pathPrefix: () => '/check' })
    write(request('GET /check/a?b'))
    assert.equal(statusOf(await next()), 200)
    assert.equal(seen[0]?.path, '/a?b')
    write(request('GET /a'))
    assert.equal(statusOf(await next()), 403)
  })

  const bodies = [
    {
      what: 'none, said to be JSON',
      lines: ['content-type: application/json', 'content-length: 0'],
      body: '',
    },
    {
      what: 'broken JSON',
      lines: ['content-type: application/json', 'content-length: 3'],
      body: '{"x',
    },
    { what: 'of no known type', lines: ['content-type: ;;;', 'content-length: 1'], body: 'x' },
    {
      what: 'in chunks',
      lines: ['transfer-encoding: chunked'],
      body: '1\r\nx\r\n0\r\na: b\r\n\r\n',
    },
    { what: 'of two megabytes', lines: [`content-length: ${2 << 20}`], body: 'x'.repeat(2 << 20) },
  ]
  for (const { what, lines, body } of bodies) {
    it(`ignores a body: ${what}`, async () => {
      const { write, next, seen } = await serve()
      for (const method of ['POST', 'QUERY']) {
        write(request(`${method} /`, ...lines) + body)
        assert.equal(statusOf(await next()), 200)
      }
      assert.equal(seen.length, 2)
      assert.equal(seen[0]?.headers.has('a'), false)
    })
  }

  it('answers what was sent at once in its order', async () => {
    const first = Promise.withResolvers<void>()
    const { write, next } = await serve({
      decide: async ({ path: target }) => {
        if (target === '/2') first.resolve()
        if (target === '/1') await first.promise
        return reply({ body: target })
      },
    })
    write(request('GET /1') + request('GET /2') + request('GET /3'))
    const bodiesSeen = [(await next())?.body, (await next())?.body, (await next())?.body]
    assert.deepEqual(bodiesSeen, ['/1', '/2', '/3'])
  })

  it('checks in spite of expectations and upgrades', async () => {
    const { write, next, seen } = await serve()
    write(request('GET /', 'connection: upgrade', 'upgrade: websocket', 'sec-websocket-key: x'))
    assert.equal(statusOf(await next()), 200)
    write(request('GET /', 'connection: upgrade, http2-settings', 'upgrade: h2c'))
    assert.equal(statusOf(await next()), 200)
    write(request('POST /', 'expect: something-else', 'content-length: 0'))
    assert.equal(statusOf(await next()), 200)
    write(request('POST /', 'expect: 100-continue', 'content-length: 1'))
    assert.equal(statusOf(await next()), 100)
    assert.equal(statusOf(await next()), 200)
    assert.equal(seen.length, 4)
  })

  it('shows the checker every line, where Node would drop those beyond 2,000', async () => {
    const lines = Array.from({ length: 10_000 }, (_, n) => `x-${n}: v`)
    const { write, next, seen } = await serve()
    write(request('GET /', ...lines, 'impersonate-group: system:masters'))
    assert.equal(statusOf(await next()), 200)
    assert.equal(seen[0]?.headers.size, 10_001)
    assert.equal(seen[0]?.headers.get('impersonate-group'), 'system:masters')
  })

  it('reads 200 KB of headers, and UTF-8 among them', async () => {
    const { write, next, seen } = await serve()
    const name = Buffer.from('jürgen').toString('latin1')
    write(request('GET /', `cookie: ${'c'.repeat(200_000)}`, `x-name: ${name}`, 'x-bad: J\u00fcr'))
    assert.equal(statusOf(await next()), 200)
    assert.equal(seen[0]?.headers.get('cookie')?.length, 200_000)
    assert.equal(seen[0]?.headers.get('x-name'), 'jürgen')
    assert.equal(seen[0]?.headers.get('x-bad'), 'J\ufffdr')
  })

  it('tells the checker what the deadline leaves', async () => {
    const timeouts: (number | undefined)[] = []
    const { write, next } = await serve({
      decide: async (_input, { timeoutMs }) => {
        timeouts.push(timeoutMs)
        return allow({})
      },
    })
    write(request('GET /', 'x-envoy-expected-rq-timeout-ms: 1500'))
    await next()
    assert.deepEqual(timeouts, [1500])
  })

  it('refuses to append to what the client itself sent', async () => {
    const { write, next } = await serve({
      decide: async () => allow({ append: [['impersonate-group', 'dev']] }),
    })
    write(request('GET /', 'Impersonate-Group: system:masters'))
    const response = await next()
    assert.equal(response?.status, 403)
    assert.match(response.body, /^client-impersonation: .*pre-filter/)
    assert.deepEqual(values(response.lines, 'impersonate-group'), [])
  })
})

describe('startHttpServer() with callers that go away', () => {
  const sent = [
    { what: 'nothing', bytes: '' },
    { what: 'half a request', bytes: 'GET / HTTP/1.1\r\nho' },
    { what: 'a request', bytes: request('GET /') },
    { what: 'half a body', bytes: `${request('POST /', 'content-length: 9')}x` },
    { what: 'CONNECT', bytes: request('CONNECT h:443') },
    { what: 'garbage', bytes: '\u0000\u0001' },
  ]
  for (const { what, bytes } of sent) {
    it(`outlives a reset after ${what}`, async () => {
      const { server, write, reset, next } = await serve()
      write(bytes)
      const other = opened(portOf(server))
      other.write(request('GET /'))
      assert.equal(statusOf(await other.next()), 200)
      reset()
      await next()
      other.write(request('GET /'))
      assert.equal(statusOf(await other.next()), 200)
    })
  }
})

describe('startHttpServer() with what is no check', () => {
  const rejected = [
    { what: 'garbage', bytes: '\u0000\u0001\u0002\r\n\r\n', status: 400 },
    { what: 'TLS', bytes: '\u0016\u0003\u0001\u0000\u0001', status: 400 },
    { what: 'HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', status: 400 },
    { what: 'an unknown method', bytes: request('FOO /'), status: 400 },
    { what: 'a method in lower case', bytes: request('get /'), status: 400 },
    { what: 'no host', bytes: 'GET / HTTP/1.1\r\n\r\n', status: 400 },
    { what: 'CONNECT', bytes: request('CONNECT h:443'), status: 400 },
    { what: 'a NUL in a value', bytes: request('GET /', 'a: b\u0000c'), status: 400 },
    { what: 'a lone CR in a value', bytes: request('GET /', 'a: b\rc'), status: 400 },
    { what: 'a line without a colon', bytes: request('GET /', 'abc'), status: 400 },
    { what: 'a name with a blank', bytes: request('GET /', 'a b: c'), status: 400 },
    {
      what: 'a blank before the colon',
      bytes: request('GET /', 'impersonate-user : c'),
      status: 400,
    },
    {
      what: 'two lengths',
      bytes: request('POST /', 'content-length: 1', 'content-length: 2'),
      status: 400,
    },
    {
      what: 'length and chunks',
      bytes: request('POST /', 'content-length: 1', 'transfer-encoding: chunked'),
      status: 400,
    },
    {
      what: '600 KB of headers',
      bytes: request('GET /', `a: ${'b'.repeat(600_000)}`),
      status: 431,
    },
    { what: '1 MB of headers', bytes: request('GET /', `a: ${'b'.repeat(1 << 20)}`), status: 431 },
    {
      what: '1 MB of header lines',
      bytes: request('GET /', ...Array.from({ length: 50_000 }, (_, n) => `x-header-${n}: ${n}`)),
      status: 431,
    },
    { what: 'a target of 1 MB', bytes: request(`GET /${'b'.repeat(1 << 20)}`), status: 431 },
  ]
  for (const { what, bytes, status } of rejected) {
    it(`answers ${status} to ${what}, and goes on`, async () => {
      const { server, write, next, seen } = await serve()
      write(bytes)
      assert.equal(statusOf(await next()), status)
      const other = opened(portOf(server))
      other.write(request('GET /'))
      assert.equal(statusOf(await other.next()), 200)
      assert.equal(seen.length, 1)
    })
  }
})
