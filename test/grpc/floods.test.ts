import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientHttp2Session } from 'node:http2'
import { connect } from 'node:net'
import { afterEach, describe, it } from 'node:test'
import type { Checker } from '../../src/check.ts'
import { allow } from '../support/check-servers.ts'
import { fakeChecker } from '../support/fake-checker.ts'
import { checkPath, exchange, framed, openSession } from './http2-client.ts'
import { closeAll, get, portOf, start } from './serving.ts'

const closing: (() => void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) close()
  await closeAll()
})

async function serve(check: Checker['check'] = async () => allow({})) {
  const seen = { checks: 0 }
  const counted: Checker['check'] = (input, options) => {
    seen.checks += 1
    return check(input, options)
  }
  const server = await start({ checker: () => fakeChecker({ check: counted }) })
  const session = () => {
    const opened = openSession(server)
    closing.push(() => opened.destroy())
    return opened
  }
  return { server, session, seen }
}

const message = framed(get)
const call = { ':method': 'POST', ':path': checkPath, 'content-type': 'application/grpc' }

async function isServed(session: ClientHttp2Session): Promise<void> {
  assert.equal((await exchange(session, [message])).grpcStatus, '0')
}

/** A frame by RFC 9113 §4.1, with the payload's length that it has. */
function frame(type: number, { flags = 0, stream = 0, payload = Buffer.alloc(0) } = {}): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const settings = frame(4)

/** A header block of fields that are neither indexed nor packed (RFC 7541 §6.2.2). */
function literals(fields: Readonly<Record<string, string>>): Buffer<ArrayBuffer> {
  const texts = Object.entries(fields).flat()
  const parts = texts.map((text) => Buffer.from([text.length, ...Buffer.from(text)]))
  return Buffer.concat(
    parts.flatMap((part, index) => (index % 2 === 0 ? [Buffer.alloc(1), part] : [part])),
  )
}

/** Writes the bytes again and again until the server closes; how often that was, `most` at most. */
async function writeUntilClosed(port: number, first: Buffer, bytes: Buffer, most: number) {
  const socket = connect({ port, host: '127.0.0.1' })
  closing.push(() => socket.destroy())
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.on('error', () => undefined)
  socket.resume()
  socket.write(Buffer.concat([preface, settings, first]))
  let written = 0
  while (written < most && !socket.destroyed) {
    written += 1
    const drained = new Promise<void>((resolve) => socket.once('drain', resolve))
    if (!socket.write(bytes)) await Promise.race([drained, closed])
  }
  return written
}

describe('startGrpcServer() under', () => {
  it('thousands of calls at once answers each', async () => {
    const { session, seen } = await serve(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return allow({})
    })
    const one = session()
    await once(one, 'remoteSettings')
    const calls = Array.from({ length: 3000 }, async () => exchange(one, [message]))
    const answers = await Promise.all(calls)
    assert.deepEqual(new Set(answers.map(({ grpcStatus }) => grpcStatus)), new Set(['0']))
    assert.equal(seen.checks, 3000)
  })

  // CVE-2023-44487.
  it('calls that are reset as soon as they begin asks nobody about them, and serves others', async () => {
    const { session, seen } = await serve()
    const one = session()
    await once(one, 'connect')
    for (let n = 0; n < 5000 && !one.destroyed; n++) {
      const stream = one.request(call)
      stream.on('error', () => undefined)
      stream.close(8)
    }
    await isServed(session())
    assert.equal(seen.checks, 1)
  })

  it('calls that are reset when they are whole serves others', async () => {
    const { session } = await serve()
    const one = session()
    await once(one, 'connect')
    for (let n = 0; n < 5000 && !one.destroyed; n++) {
      const stream = one.request(call)
      stream.on('error', () => undefined)
      stream.end(message, () => stream.close(8))
    }
    await isServed(session())
  })

  // Envoy's clients share its connection: those who cancel must not end the checks of the others.
  it('thousands of resets goes on with the other calls of the connection', async () => {
    const { session } = await serve(async () => new Promise(() => {}))
    const one = session()
    await once(one, 'remoteSettings')
    for (let n = 0; n < 3000; n++) {
      const stream = one.request(call)
      stream.on('error', () => undefined)
      stream.end(message)
      await new Promise((resolve) => setImmediate(resolve))
      stream.close(8)
    }
    const health = { ':path': '/grpc.health.v1.Health/Check' }
    const { grpcStatus } = await exchange(one, [framed(Buffer.alloc(0))], { headers: health })
    assert.equal(grpcStatus, '0')
  })

  it('a header block without an end closes the connection', async () => {
    const { server, session } = await serve()
    const begun = frame(1, { stream: 1, payload: Buffer.from([0x82]) })
    const more = frame(9, { stream: 1, payload: Buffer.alloc(16_000, 0x82) })
    assert.ok((await writeUntilClosed(portOf(server), begun, more, 5000)) < 5000)
    await isServed(session())
  })

  it('pings without an end answers, or closes the connection', async () => {
    const { server, session } = await serve()
    const ping = frame(6, { payload: Buffer.alloc(8) })
    await writeUntilClosed(
      portOf(server),
      ping,
      Buffer.concat(Array.from({ length: 100 }, () => ping)),
      1000,
    )
    await isServed(session())
  })

  it('metadata of 100 KB or of 500 lines refuses the call alone', async () => {
    const { session, seen } = await serve()
    const one = session()
    const long = { 'x-a': 'a'.repeat(100_000) }
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`x-${n}`, '1']))
    for (const headers of [long, many]) {
      assert.notEqual((await exchange(one, [message], { headers })).grpcStatus, '0')
    }
    await isServed(session())
    assert.equal(seen.checks, 1)
  })

  it('calls that never end serves others', async () => {
    const { session } = await serve()
    const one = session()
    await once(one, 'connect')
    for (let n = 0; n < 1000; n++) {
      const stream = one.request(call)
      stream.on('error', () => undefined)
      stream.write(message.subarray(0, 7))
    }
    await isServed(one)
  })

  it('a caller that goes away while it is asked about serves others', async () => {
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    const { session } = await serve(async () => {
      asked.resolve()
      await answer.promise
      return allow({})
    })
    const one = session()
    void exchange(one, [message])
    await asked.promise
    one.destroy()
    await once(one, 'close')
    answer.resolve()
    await isServed(session())
  })
})

const callFrame = { ':scheme': 'http', ':authority': 'a', ...call }
const forms = [
  { what: 'an unfinished message', fields: callFrame, data: Buffer.from(message.subarray(0, 3)) },
  {
    what: 'a whole message without the end of its stream',
    fields: callFrame,
    data: Buffer.from(message),
  },
  { what: 'nothing', fields: callFrame, data: Buffer.alloc(0) },
  {
    what: 'a method that is none',
    fields: { ...callFrame, ':path': '/x' },
    data: Buffer.from(message),
  },
  { what: 'no gRPC', fields: { ...callFrame, ':method': 'PUT' }, data: Buffer.from(message) },
  {
    what: 'another type',
    fields: { ...callFrame, 'content-type': 'text/html' },
    data: Buffer.from(message),
  },
]

describe('a reset in the same segment as', () => {
  // With NO_ERROR, which is what Envoy says, Node ends what it has read as if it were whole.
  for (const { what, fields, data } of forms) {
    it(`${what} is the end of that call alone`, async () => {
      const { server, session } = await serve()
      const thrown: unknown[] = []
      // The test runner would catch it, and nobody does in the service.
      const note = (error: unknown) => thrown.push(error)
      process.on('uncaughtExceptionMonitor', note)
      closing.push(() => process.off('uncaughtExceptionMonitor', note))
      const opening = frame(1, { flags: 4, stream: 1, payload: literals(fields) })
      const written = [opening, frame(0, { stream: 1, payload: data })]
      for (const code of [0, 8]) {
        const reset = frame(3, { stream: 1, payload: Buffer.of(0, 0, 0, code) })
        for (const bytes of [
          [...written, reset],
          [opening, reset],
        ]) {
          const socket = connect({ port: portOf(server), host: '127.0.0.1' })
          closing.push(() => socket.destroy())
          socket.write(Buffer.concat([preface, settings, ...bytes]))
          await once(socket, 'data')
        }
      }
      await isServed(session())
      assert.deepEqual(thrown, [])
    })
  }
})

describe('a keepalive ping', () => {
  it('is answered', async () => {
    const { session } = await serve()
    const one = session()
    await once(one, 'connect')
    const answered = Promise.withResolvers<Buffer>()
    one.ping(Buffer.from('attaché'), (_error, _ms, payload) => answered.resolve(payload))
    assert.deepEqual(await answered.promise, Buffer.from('attaché'))
  })
})

describe('close() of a gRPC server', () => {
  it('answers every call that was on its way, and takes no connection', async () => {
    const { server, session } = await serve(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return allow({})
    })
    const one = session()
    await isServed(one)
    const calls = Array.from({ length: 50 }, async () => exchange(one, [message]))
    // Now they are on their way; what a client still holds back it may send elsewhere.
    await new Promise((resolve) => setImmediate(resolve))
    const closed = server.close(10_000)
    const answers = await Promise.all(calls)
    assert.deepEqual(new Set(answers.map(({ grpcStatus }) => grpcStatus)), new Set(['0']))
    await closed
    const late = session()
    await new Promise<void>((resolve) => late.on('close', () => resolve()))
  })

  it('does not wait for connections that say nothing', async () => {
    const { server } = await serve()
    const silent = connect({ port: portOf(server), host: '127.0.0.1' })
    closing.push(() => silent.destroy())
    await once(silent, 'connect')
    const startedMs = performance.now()
    await server.close(200)
    assert.ok(performance.now() - startedMs < 5000)
  })
})
