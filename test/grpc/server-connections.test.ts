import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, describe, it } from 'node:test'
import { credentials } from '@grpc/grpc-js'
import type { Checker } from '../../src/check.ts'
import type { Address } from '../../src/config/types.ts'
import { firstAuthority, secondAuthority, type TestAuthority } from '../support/authorities.ts'
import { allow } from '../support/check-servers.ts'
import { fakeChecker } from '../support/fake-checker.ts'
import { startServer } from './client.ts'
import { closeAll, connected, get, start } from './serving.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'attache-grpc-'))
after(() => rmSync(folder, { recursive: true }))
afterEach(closeAll)

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
    await assert.rejects(connected(address).check(get, { timeoutMs: 10_000 }), /UNAVAILABLE/)
  })

  it('asks for a certificate of the client CA when there is one', async () => {
    const { address } = await start({ tls: { ...server, clientCA: firstAuthority.ca } })
    const ours = connected(address, trusting(firstAuthority, firstAuthority.client))
    assert.deepEqual((await ours.check(get)).status, {})
    for (const client of [undefined, secondAuthority.client]) {
      const other = connected(address, trusting(firstAuthority, client))
      await assert.rejects(other.check(get, { timeoutMs: 10_000 }), /UNAVAILABLE/)
    }
  })

  it('uses a new certificate and a new client CA for new connections', async () => {
    const running = await start({ tls: { ...server, clientCA: firstAuthority.ca } })
    running.setTls({ ...secondAuthority.server, clientCA: secondAuthority.ca })
    const now = connected(running.address, trusting(secondAuthority, secondAuthority.client))
    assert.deepEqual((await now.check(get)).status, {})
    const before = connected(running.address, trusting(secondAuthority, firstAuthority.client))
    await assert.rejects(before.check(get, { timeoutMs: 10_000 }), /UNAVAILABLE/)
  })

  it('keeps the old certificate when the new one is unusable', async () => {
    const running = await start({ tls: server })
    assert.throws(() => running.setTls({ ...server, key: secondAuthority.server.key }), /mismatch/)
    assert.throws(() => running.setTls(undefined), /restart/)
    const client = connected(running.address, trusting(firstAuthority))
    assert.deepEqual((await client.check(get)).status, {})
  })
})

/** Writes the bytes to the port, and resets the connection once the server has said something or closed. */
async function writeAndReset(port: number, bytes: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => undefined)
  socket.write(bytes, 'latin1')
  await Promise.race([once(socket, 'data'), once(socket, 'end')])
  socket.resetAndDestroy()
}

describe('startGrpcServer() with what is no call', () => {
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
  const settings = '\0\0\0\u0004\0\0\0\0\0'
  const sent = [
    { what: 'HTTP/1.1', bytes: 'GET / HTTP/1.1\r\nhost: h\r\n\r\n' },
    { what: 'a preface', bytes: preface + settings },
    { what: 'a frame that is too long', bytes: `${preface}\u00ff\u00ff\u00ff\0\0\0\0\0\0` },
    {
      what: 'headers that cannot be read',
      bytes: `${preface}${settings}\0\0\u0001\u0001\u0005\0\0\0\u0001\u00ff`,
    },
  ]
  for (const { what, bytes } of sent) {
    it(`outlives ${what} and a reset`, async () => {
      const { address } = await start()
      assert.equal(address.kind, 'tcp')
      const client = connected(address)
      await client.check(get)
      await writeAndReset(address.port, bytes)
      assert.deepEqual((await client.check(get)).status, {})
    })
  }
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
