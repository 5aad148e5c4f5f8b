import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import type { Checker } from '../../src/check.ts'
import { allow } from '../support/check-servers.ts'
import { fakeChecker } from '../support/fake-checker.ts'
import { exchange, framed, openSession } from './http2-client.ts'
import { decodeResponse } from './reference.ts'
import { closeAll, get, start } from './serving.ts'

const closing: (() => void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) close()
  await closeAll()
})

/** A session with a server, and how often a check was asked for. */
async function serve(check: Checker['check'] = async () => allow({})) {
  const seen = { timeouts: new Array<number | undefined>() }
  const counted: Checker['check'] = (input, options) => {
    seen.timeouts.push(options.timeoutMs)
    return check(input, options)
  }
  const server = await start({ checker: () => fakeChecker({ check: counted }) })
  const session = openSession(server)
  closing.push(() => session.destroy())
  return { server, session, seen }
}

const message = framed(get)

describe('a gRPC call', () => {
  it('is answered by one message and status 0', async () => {
    const { session } = await serve()
    const { status, grpcStatus, body, resetCode } = await exchange(session, [message])
    assert.deepEqual(
      { status, grpcStatus, resetCode },
      { status: 200, grpcStatus: '0', resetCode: 0 },
    )
    assert.equal(body.readUInt32BE(1), body.length - 5)
    assert.deepEqual(decodeResponse(body.subarray(5)).status, {})
  })

  it('may come byte by byte', async () => {
    const { session, seen } = await serve()
    const bytes = [...message].map((byte) => Buffer.from([byte]))
    assert.equal((await exchange(session, bytes)).grpcStatus, '0')
    assert.equal(seen.timeouts.length, 1)
  })

  for (const contentType of ['application/grpc+proto', 'application/grpc;charset=utf-8']) {
    it(`may be of type ${contentType}`, async () => {
      const { session } = await serve()
      const headers = { 'content-type': contentType }
      assert.equal((await exchange(session, [message], { headers })).grpcStatus, '0')
    })
  }

  const unreadable = [
    { what: 'is compressed', chunks: [framed(get, { flag: 1 })], grpcStatus: '12' },
    { what: 'is two messages', chunks: [message, message], grpcStatus: '13' },
    { what: 'is shorter than it says', chunks: [message.subarray(0, -1)], grpcStatus: '13' },
    { what: 'is longer than it says', chunks: [framed(get, { length: 1 })], grpcStatus: '13' },
    { what: 'has half a prefix', chunks: [Buffer.alloc(3)], grpcStatus: '13' },
    { what: 'has no message', chunks: [], grpcStatus: '13' },
    {
      what: 'says that it is 4 GB long',
      chunks: [framed(get, { length: 2 ** 32 - 1 })],
      grpcStatus: '13',
    },
  ]
  for (const { what, chunks, grpcStatus } of unreadable) {
    it(`ends with an error and no check when it ${what}`, async () => {
      const { session, seen } = await serve()
      const answer = await exchange(session, chunks)
      assert.deepEqual([answer.status, answer.grpcStatus], [200, grpcStatus])
      assert.equal(answer.body.length, 0)
      assert.equal(seen.timeouts.length, 0)
      assert.equal((await exchange(session, [message])).grpcStatus, '0')
    })
  }

  it('is cut off when its message is too long, before it lies in memory', async () => {
    const { session, seen } = await serve()
    const chunk = Buffer.alloc(1 << 20)
    const chunks = Array.from({ length: 40 }, () => chunk)
    const answer = await exchange(session, [framed(chunk), ...chunks])
    assert.equal(answer.grpcStatus, '8')
    assert.equal(seen.timeouts.length, 0)
    assert.equal((await exchange(session, [message])).grpcStatus, '0')
  })

  const strangers = [
    { what: 'GET', headers: { ':method': 'GET' }, chunks: [], status: 405 },
    { what: 'another type', headers: { 'content-type': 'application/json' }, status: 415 },
    { what: 'gRPC-Web', headers: { 'content-type': 'application/grpc-web' }, status: 415 },
    { what: 'no type', headers: { 'content-type': undefined }, status: 415 },
  ]
  for (const { what, headers, chunks = [message], status } of strangers) {
    it(`is none when it is ${what}`, async () => {
      const { session, seen } = await serve()
      const answer = await exchange(session, chunks, { headers })
      assert.deepEqual([answer.status, answer.grpcStatus], [status, undefined])
      assert.equal(seen.timeouts.length, 0)
    })
  }

  for (const path of [
    '/',
    '/envoy.service.auth.v3.Authorization/check',
    '/a.B/Check',
    '/__proto__',
  ]) {
    it(`is not implemented at ${path}`, async () => {
      const { session, seen } = await serve()
      const answer = await exchange(session, [message], { headers: { ':path': path } })
      assert.deepEqual([answer.status, answer.grpcStatus], [200, '12'])
      assert.equal(seen.timeouts.length, 0)
    })
  }

  const deadlines: { text: string; atMostMs: number | undefined }[] = [
    { text: '2H', atMostMs: 7_200_000 },
    { text: '3M', atMostMs: 180_000 },
    { text: '4S', atMostMs: 4000 },
    { text: '90000m', atMostMs: 90_000 },
    { text: '99999999u', atMostMs: 99_999.999 },
    { text: '99999999n', atMostMs: 99.999_999 },
    { text: '0S', atMostMs: 0 },
    ...['', '1', 'S', '-1S', '1.5S', '123456789S', '1s', '1S1S', '1S, 2S', '\u0661S'].map(
      (text) => ({ text, atMostMs: undefined }),
    ),
  ]
  for (const { text, atMostMs } of deadlines) {
    it(`has ${atMostMs === undefined ? 'no deadline' : `${atMostMs} ms`} by "${text}"`, async () => {
      const { session, seen } = await serve()
      const headers = { 'grpc-timeout': Buffer.from(text).toString('latin1') }
      assert.equal((await exchange(session, [message], { headers })).grpcStatus, '0')
      const [leftMs] = seen.timeouts
      assert.equal(leftMs === undefined, atMostMs === undefined)
      assert.ok((leftMs ?? 0) <= (atMostMs ?? 0), `${leftMs} ms are left`)
      assert.ok((leftMs ?? 0) >= (atMostMs ?? 0) - 10_000 && (leftMs ?? 0) >= 0, `${leftMs} ms`)
    })
  }

  it('may end with trailers of its own', async () => {
    const { session } = await serve()
    const stream = session.request(
      { ':method': 'POST', ':path': '/', 'content-type': 'application/grpc' },
      { waitForTrailers: true },
    )
    const closed = Promise.withResolvers<void>()
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-attache-caller': 'a' }))
    stream.on('close', closed.resolve)
    stream.resume().end(message)
    await closed.promise
    assert.equal((await exchange(session, [message])).grpcStatus, '0')
  })
})
