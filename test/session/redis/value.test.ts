import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import {
  encodeLastUse,
  encodeVersion,
  isSameSealed,
  nameLength,
  openValue,
  readHead,
  sealValue,
  secretBytes,
  sessionKeyOf,
} from '../../../src/session/redis/value.ts'
import { sessionRecord } from '../store-place.ts'

const nowMs = Date.UTC(2026, 0, 1)
const record = sessionRecord(nowMs)
const secret = Buffer.alloc(secretBytes, 1)
const session = sessionKeyOf(secret)
const head = { version: 7, lastUsedAtMs: nowMs }
const value = sealValue({ record, ...head }, { session, random: randomBytes })

describe('sealValue()', () => {
  it('makes what opens to the same record, and says version and last use', () => {
    assert.deepEqual(openValue(value, session), record)
    assert.deepEqual(readHead(value), head)
  })

  it('makes another one each time, of a few bytes more than the record', () => {
    const again = sealValue({ record, ...head }, { session, random: randomBytes })
    assert.equal(isSameSealed(value, again), false)
    assert.equal(value.length, again.length)
    assert.ok(value.length < JSON.stringify({ ...record, user: undefined }).length + 300)
  })

  it('writes version and last use where scripts find them', () => {
    assert.deepEqual(value.subarray(1, 5), encodeVersion(7))
    assert.deepEqual(value.subarray(5, 11), encodeLastUse(nowMs))
    for (const version of [0, 255, 256, 2 ** 32 - 1]) {
      assert.equal(encodeVersion(version).readUInt32BE(), version)
    }
  })

  it('leaves nothing of the record to be read', () => {
    for (const word of ['alice', 'refresh-token', 'sid-1', 'dex', record.id, 'groups']) {
      assert.equal(value.includes(word), false, word)
    }
  })
})

describe('openValue()', () => {
  it('opens nothing with another secret', () => {
    for (let bit = 0; bit < secretBytes * 8; bit += 1) {
      const other = Buffer.from(secret)
      other.writeUInt8((other[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3)
      assert.equal(openValue(value, sessionKeyOf(other)), undefined)
    }
  })

  it('opens nothing under the name of another session', () => {
    const { key } = session
    assert.equal(openValue(value, { key, name: 'x'.repeat(nameLength) }), undefined)
  })

  it('opens nothing in which one byte differs, but for the last use', () => {
    for (let at = 0; at < value.length; at += 1) {
      const other = Buffer.from(value)
      other.writeUInt8((other[at] ?? 0) ^ 1, at)
      const isLastUse = at >= 5 && at < 11
      assert.equal(openValue(other, session) !== undefined, isLastUse, `byte ${at}`)
      assert.equal(isSameSealed(value, other), isLastUse, `byte ${at}`)
    }
  })

  it('opens nothing that is cut or longer', () => {
    for (const length of [0, 1, 10, 11, 38, 39, value.length - 1]) {
      assert.equal(openValue(value.subarray(0, length), session), undefined)
    }
    assert.equal(openValue(Buffer.concat([value, Buffer.from([0])]), session), undefined)
    assert.equal(isSameSealed(value, Buffer.concat([value, Buffer.from([0])])), false)
  })
})

describe('sessionKeyOf()', () => {
  it('gives the same name for the same secret, which tells nothing about it', () => {
    assert.equal(sessionKeyOf(secret).name, session.name)
    assert.equal(session.name.length, nameLength)
    assert.match(session.name, /^[\w-]+$/)
    assert.notEqual(session.name, secret.toString('base64url', 0, 16))
  })
})
