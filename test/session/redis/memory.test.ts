import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { beforeEach, describe, it } from 'node:test'
import { createRedisMemory, type RedisMemory } from '../../../src/session/redis/memory.ts'
import { sealValue, secretBytes, sessionKeyOf } from '../../../src/session/redis/value.ts'
import { sessionRecord } from '../store-place.ts'

const nowMs = Date.UTC(2026, 0, 1)
const record = sessionRecord(nowMs)
const session = sessionKeyOf(Buffer.alloc(secretBytes, 1))
const { name } = session

function valueOf(version: number, lastUsedAtMs = nowMs, email = record.email): Buffer {
  const head = { version, lastUsedAtMs }
  return sealValue({ record: { ...record, email }, ...head }, { session, random: randomBytes })
}

const inTurn = { nowMs, isFresh: false }

describe('createRedisMemory()', () => {
  /** Answers that Redis owes, in the order in which they were asked for. */
  let owed: ((value: Buffer | null) => void)[]
  let memory: RedisMemory
  beforeEach(() => {
    owed = []
    memory = createRedisMemory((asked) => {
      assert.equal(asked, name)
      return new Promise((resolve) => owed.push(resolve))
    })
  })
  const answer = async (value: Buffer | null) => {
    owed.shift()?.(value)
    await new Promise(setImmediate)
  }

  it('remembers an answer for half a second from when it was asked for, and no longer', async () => {
    const loading = memory.load(session, inTurn)
    assert.equal(memory.recent(name, nowMs), undefined)
    await answer(valueOf(1))
    const stored = await loading
    assert.deepEqual(stored, { record, version: 1, lastUsedAtMs: nowMs })
    for (const laterMs of [0, 1, 499, 500]) {
      assert.equal(memory.recent(name, nowMs + laterMs), stored)
    }
    // Also when the clock was set back.
    for (const laterMs of [501, 3_600_000, -1]) {
      assert.equal(memory.recent(name, nowMs + laterMs), undefined)
    }
  })

  it('asks once for all who ask at the same time', async () => {
    const loads = Array.from({ length: 50 }, () => memory.load(session, inTurn))
    assert.equal(owed.length, 1)
    await answer(valueOf(1))
    const [first, ...others] = await Promise.all(loads)
    for (const other of others) assert.equal(other, first)
  })

  it('asks again for one who wants an answer from now', async () => {
    const early = memory.load(session, inTurn)
    const fresh = memory.load(session, { nowMs, isFresh: true })
    assert.equal(owed.length, 2)
    await answer(valueOf(1))
    await answer(valueOf(2))
    assert.deepEqual([(await early)?.version, (await fresh)?.version], [1, 2])
    assert.equal(memory.recent(name, nowMs)?.version, 2)
  })

  it('hands out the very record while what is sealed is the same', async () => {
    const value = valueOf(1)
    const first = memory.load(session, inTurn)
    await answer(value)
    const used = Buffer.from(value)
    used.writeUIntBE(nowMs + 5, 5, 6)
    const second = memory.load(session, inTurn)
    await answer(used)
    assert.equal((await second)?.record, (await first)?.record)
    assert.equal((await second)?.lastUsedAtMs, nowMs + 5)
    const third = memory.load(session, inTurn)
    await answer(Buffer.from(used))
    assert.equal(await third, await second)
    const fourth = memory.load(session, inTurn)
    await answer(valueOf(2, nowMs, 'new@example.com'))
    assert.equal((await fourth)?.record.email, 'new@example.com')
  })

  it('does not believe a known record under another version', async () => {
    const value = valueOf(1)
    const first = memory.load(session, inTurn)
    await answer(value)
    await first
    const forged = Buffer.from(value)
    forged.writeUInt32BE(2, 1)
    const second = memory.load(session, inTurn)
    await answer(forged)
    assert.equal(await second, undefined)
    assert.equal(memory.recent(name, nowMs), undefined)
  })

  it('forgets a session that is gone, or of which Redis holds something else', async () => {
    for (const gone of [null, Buffer.alloc(0), Buffer.alloc(500), Buffer.from('WRONG')]) {
      memory.remember(name, {
        value: valueOf(1),
        stored: { record, version: 1, lastUsedAtMs: nowMs },
        nowMs,
      })
      const loading = memory.load(session, inTurn)
      await answer(gone)
      assert.equal(await loading, undefined)
      assert.equal(memory.recent(name, nowMs), undefined)
    }
  })

  it('believes no answer that was asked for before the session was ended here', async () => {
    const loads = [memory.load(session, inTurn), memory.load(session, { nowMs, isFresh: true })]
    memory.forget(name)
    await answer(valueOf(1))
    await answer(valueOf(1))
    assert.equal(memory.recent(name, nowMs), undefined)
    await answer(null)
    await answer(null)
    assert.deepEqual(await Promise.all(loads), [undefined, undefined])
  })

  it('notes a use until Redis says another, and only of the record that it knows', () => {
    memory.remember(name, {
      value: valueOf(1),
      stored: { record, version: 1, lastUsedAtMs: nowMs },
      nowMs,
    })
    memory.use(name, { record: { ...record }, nowMs: nowMs + 1 })
    assert.equal(memory.recent(name, nowMs)?.lastUsedAtMs, nowMs)
    memory.use(name, { record, nowMs: nowMs + 1 })
    assert.equal(memory.recent(name, nowMs)?.lastUsedAtMs, nowMs + 1)
    assert.equal(memory.recent(name, nowMs)?.record, record)
  })

  it('does not go on with a question that failed', async () => {
    const failing = createRedisMemory(async () => Promise.reject(new Error('no answer')))
    await assert.rejects(failing.load(session, inTurn), /no answer/)
    await assert.rejects(failing.load(session, inTurn), /no answer/)
  })
})
