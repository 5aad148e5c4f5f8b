import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { assertReplaceableTls, claimSocket } from '../../src/serving/listen.ts'
import { firstAuthority, secondAuthority } from '../support/authorities.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'attache-listen-'))
after(() => rmSync(folder, { recursive: true }))

describe('claimSocket()', () => {
  it('is content when there is nothing', async () => {
    await claimSocket(path.join(folder, 'nothing'))
  })

  it('refuses a file that is no socket, and leaves it', async () => {
    const file = path.join(folder, 'file')
    writeFileSync(file, '')
    await assert.rejects(claimSocket(file), /there is a file that is no socket$/)
    assert.equal(existsSync(file), true)
  })

  it('refuses a socket on which a server answers, and leaves it', async () => {
    const socket = path.join(folder, 'live')
    const server = createServer((connection) => connection.destroy()).listen(socket)
    await once(server, 'listening')
    await assert.rejects(claimSocket(socket), /another server is listening there$/)
    assert.equal(existsSync(socket), true)
    server.close()
  })
})

describe('assertReplaceableTls()', () => {
  const plain = { ...firstAuthority.server, clientCA: undefined }
  const mutual = { ...firstAuthority.server, clientCA: firstAuthority.ca }
  const next = { ...secondAuthority.server, clientCA: undefined }
  const mixed = { cert: plain.cert, key: next.key, clientCA: undefined }

  it('takes another certificate', () => {
    assertReplaceableTls(plain, next)
    assertReplaceableTls(mutual, { ...next, clientCA: secondAuthority.ca })
    assertReplaceableTls(undefined, undefined)
  })

  const refused = [
    { what: 'to switch TLS on', from: undefined, to: plain, message: /Cannot switch TLS/ },
    { what: 'to switch TLS off', from: plain, to: undefined, message: /Cannot switch TLS/ },
    { what: 'to switch mutual TLS on', from: plain, to: mutual, message: /Cannot switch mutual/ },
    { what: 'to switch mutual TLS off', from: mutual, to: plain, message: /Cannot switch mutual/ },
    { what: 'a key that does not fit', from: plain, to: mixed, message: /key values mismatch/ },
    { what: 'no PEM', from: plain, to: { ...plain, cert: 'x' }, message: /PEM/ },
  ]
  for (const { what, from, to, message } of refused) {
    it(`refuses ${what}`, () => assert.throws(() => assertReplaceableTls(from, to), message))
  }
})
