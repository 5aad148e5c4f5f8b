import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, describe, it } from 'node:test'
import { connect as connectTls } from 'node:tls'
import type { Checker } from '../../src/check.ts'
import type { Address } from '../../src/config/types.ts'
import type { HeaderLine } from '../../src/headers/changes.ts'
import type { RunningCheckServer } from '../../src/serving/listen.ts'
import { firstAuthority, secondAuthority, type TestAuthority } from '../support/authorities.ts'
import { allow } from '../support/check-servers.ts'
import { closeAll, opened, portOf, request, serve, start, statusOf } from './serving.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'attache-http-'))
after(() => rmSync(folder, { recursive: true }))
afterEach(closeAll)

describe('startHttpServer() on a Unix socket', () => {
  it('lets owner and group connect', async () => {
    const listen: Address = { kind: 'unix', path: path.join(folder, 'a') }
    const { address } = await start({ listen })
    assert.deepEqual(address, listen)
    assert.equal(statSync(listen.path).mode & 0o777, 0o660)
    const { write, next } = opened(0, connect(listen.path))
    write(request('GET /'))
    assert.equal(statusOf(await next()), 200)
  })

  it('refuses to take a port that is taken', async () => {
    const { address } = await start()
    await assert.rejects(
      start({ listen: address }),
      /Cannot listen on "127\.0\.0\.1:\d+": .*EADDRINUSE/,
    )
  })
})

/** The status of a request over TLS; 0 when the server refused the connection. */
async function statusOver(
  server: RunningCheckServer,
  { ca }: TestAuthority,
  client: Partial<TestAuthority['client']> = {},
): Promise<number> {
  const options = { host: '127.0.0.1', port: portOf(server), ca, servername: 'localhost' }
  const { write, next } = opened(0, connectTls({ ...options, ...client }))
  write(request('GET /'))
  return statusOf(await next())
}

describe('startHttpServer() with TLS', () => {
  const tls = { ...firstAuthority.server, clientCA: undefined }

  it('answers over TLS', async () => {
    assert.equal(await statusOver(await start({ tls }), firstAuthority), 200)
  })

  it('closes on who speaks in the clear', async () => {
    const { write, next } = opened(portOf(await start({ tls })))
    write(request('GET /'))
    assert.equal(await next(), undefined)
  })

  it('asks for a certificate of the client CA when there is one', async () => {
    const server = await start({ tls: { ...tls, clientCA: firstAuthority.ca } })
    assert.equal(await statusOver(server, firstAuthority, firstAuthority.client), 200)
    assert.equal(await statusOver(server, firstAuthority), 0)
    assert.equal(await statusOver(server, firstAuthority, secondAuthority.client), 0)
  })

  it('uses a new certificate and a new client CA for new connections', async () => {
    const server = await start({ tls: { ...tls, clientCA: firstAuthority.ca } })
    server.setTls({ ...secondAuthority.server, clientCA: secondAuthority.ca })
    assert.equal(await statusOver(server, secondAuthority, secondAuthority.client), 200)
    assert.equal(await statusOver(server, secondAuthority, firstAuthority.client), 0)
    assert.equal(await statusOver(server, firstAuthority, secondAuthority.client), 0)
  })

  it('keeps the old certificate when the new one is unusable', async () => {
    const server = await start({ tls })
    assert.throws(() => server.setTls({ ...tls, key: secondAuthority.server.key }), /mismatch/)
    assert.throws(() => server.setTls(undefined), /restart/)
    assert.equal(await statusOver(server, firstAuthority), 200)
  })
})

/** Waits until nobody listens on the port any more. */
async function untilClosed(port: number): Promise<void> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' })
    const isOpen = await new Promise((resolve) => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen === false) return
  }
}

describe('close() of an HTTP server', () => {
  it('answers what is under way and what comes behind it, never with 503', async () => {
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    const append: HeaderLine[] = [
      ['c', '1'],
      ['c', '2'],
    ]
    const { server, write, next } = await serve({
      decide: async () => {
        asked.resolve()
        await answer.promise
        return allow({ set: [['a', 'b']], append }, [['set-cookie', 'd=e']])
      },
    })
    write(request('GET /'))
    await asked.promise
    const closed = server.close(10_000)
    await untilClosed(portOf(server))
    write(request('GET /behind'))
    answer.resolve()
    const lines = ['content-length: 0', 'a: b', 'c: 1', 'c: 2', 'set-cookie: d=e']
    const decision = 'x-attache-decision: test'
    assert.deepEqual((await next())?.lines, [...lines, decision])
    assert.deepEqual(await next(), {
      status: 200,
      lines: [...lines, decision, 'Connection: close'],
      body: '',
    })
    assert.equal(await next(), undefined)
    await closed
  })

  for (const secure of [false, true]) {
    it(`does not wait for connections ${secure ? 'over TLS ' : ''}without a request`, async () => {
      const tls = secure ? { ...firstAuthority.server, clientCA: undefined } : undefined
      const server = await start({ tls })
      const where = { host: '127.0.0.1', port: portOf(server) }
      const socket = secure
        ? connectTls({ ...where, ca: firstAuthority.ca, servername: 'localhost' })
        : connect(where)
      await once(socket, secure ? 'secureConnect' : 'connect')
      const { next } = opened(0, socket)
      // The server has it now, too.
      const { write, next: answer } = opened(
        0,
        secure
          ? connectTls({ ...where, ca: firstAuthority.ca, servername: 'localhost' })
          : connect(where),
      )
      write(request('GET /'))
      await answer()
      await server.close(60_000)
      assert.equal(await next(), undefined)
    })
  }

  it('cuts what does not end within the grace', async () => {
    const asked = Promise.withResolvers<void>()
    const decide: Checker['check'] = async () => {
      asked.resolve()
      return new Promise(() => undefined)
    }
    const { server, write, next } = await serve({ decide })
    write(request('GET /'))
    await asked.promise
    await server.close(1)
    assert.equal(await next(), undefined)
  })
})
