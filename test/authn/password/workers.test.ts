import assert from 'node:assert/strict'
import { after, describe, it, type TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import { hashSync } from 'bcryptjs'
import type { Place } from '../../../src/authn/password/fair-queue.ts'
import {
  type Comparison,
  createPasswordWorkers,
  type PasswordWorkersOptions,
} from '../../../src/authn/password/workers.ts'
import { DependencyError } from '../../../src/errors.ts'

const hash = hashSync('secret', 4)
const right = { password: 'secret', hash }
const wrong = { password: 'Secret', hash }

const opened: { close: () => void }[] = []
after(() => {
  for (const workers of opened) workers.close()
})
function create(options: Partial<PasswordWorkersOptions> = {}) {
  const workers = createPasswordWorkers({ now: () => 0, ...options })
  opened.push(workers)
  const compare = async (comparison: Comparison, place: Partial<Place> = {}) =>
    workers.compare(comparison, { source: '192.0.2.1', deadlineMs: 1, ...place })
  return { ...workers, compare }
}

/** Threads that run these scripts, one after the other, then the last one for ever. */
function scripted(...scripts: readonly string[]) {
  const started: string[] = []
  const start = () => {
    const script = scripts[Math.min(started.length, scripts.length - 1)] ?? ''
    started.push(script)
    return new Worker(`const { parentPort } = require('node:worker_threads'); ${script}`, {
      eval: true,
    })
  }
  return { start, started }
}
const answers = "parentPort.on('message', () => parentPort.postMessage(true))"
const hangs = "parentPort.on('message', () => {})"

/** Lets the time of the first comparison run out; no other time passes. */
async function passTime(timers: TestContext['mock']['timers'], ms: number): Promise<void> {
  await new Promise(setImmediate)
  timers.tick(ms)
}

describe('createPasswordWorkers()', () => {
  it('tells the right password from a wrong one', async () => {
    const { compare } = create()
    assert.deepEqual(await Promise.all([compare(right), compare(wrong)]), [true, false])
  })

  for (const prefix of ['$2a$', '$2b$', '$2y$']) {
    it(`knows ${prefix}`, async () => {
      const other = { ...right, hash: prefix + hash.slice(4) }
      assert.equal(await create().compare(other), true)
    })
  }

  for (const bad of ['', 'x', '$2x$04$', hash.slice(0, -1), `${hash}x`, '$1$abc$def', 'secret']) {
    it(`finds no password in ${JSON.stringify(bad)}`, async () => {
      const workers = create()
      const found = await workers.compare({ password: 'secret', hash: bad }).catch(() => false)
      assert.equal(found, false)
      assert.equal(await workers.compare(right), true)
    })
  }

  it('answers each its own while many wait', async () => {
    const { compare } = create({ size: 2, maxWaiting: 100 })
    const asked = Array.from({ length: 40 }, (_, at) => compare(at % 3 === 0 ? right : wrong))
    const found = await Promise.all(asked)
    assert.deepEqual(
      found,
      found.map((_, at) => at % 3 === 0),
    )
  })

  it('starts no thread that it does not need, and no more than it may', async () => {
    const { start, started } = scripted(answers)
    const { compare } = create({ size: 2, start })
    assert.equal(started.length, 0)
    await compare(right)
    await compare(right)
    assert.equal(started.length, 1)
    await Promise.all(Array.from({ length: 10 }, async () => compare(right)))
    assert.equal(started.length, 2)
  })

  it('refuses what would have to wait too long', async () => {
    const { start } = scripted(hangs)
    const { compare } = create({ size: 1, maxWaiting: 2, timeoutMs: 50, start })
    const asked = Array.from({ length: 4 }, async () => compare(right))
    await assert.rejects(asked[3] ?? Promise.resolve(), /too many passwords wait/)
    for (const one of asked) await assert.rejects(one, DependencyError)
  })

  const broken = [
    ['hangs', hangs, /no answer in time/],
    ['throws', "parentPort.on('message', () => { throw new Error('broken') })", /thread failed/],
    ['ends', "parentPort.on('message', () => process.exit(1))", /thread ended/],
    ['ends before it is asked', 'process.exit(0)', /thread ended/],
    ['does not start', 'this is no script', /thread failed/],
  ] as const
  for (const [what, script, message] of broken) {
    it(`has a new thread after one that ${what}`, async (t) => {
      t.mock.timers.enable({ apis: ['setTimeout'] })
      const { start, started } = scripted(script, answers)
      const { compare } = create({ size: 1, timeoutMs: 500, start })
      const refused = assert.rejects(compare(right), (error) => {
        assert.ok(error instanceof DependencyError)
        assert.match(error.message, message)
        return true
      })
      await passTime(t.mock.timers, script === hangs ? 500 : 499)
      await refused
      assert.equal(await compare(right), true)
      assert.equal(started.length, 2)
    })
  }

  it('answers what waits behind one that hangs', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { start } = scripted(hangs, answers)
    const { compare } = create({ size: 1, timeoutMs: 1000, start })
    const asked = Promise.allSettled([compare(right), compare(right)])
    await passTime(t.mock.timers, 1000)
    const [first, second] = await asked
    assert.equal(first.status, 'rejected')
    assert.equal(second.status, 'fulfilled')
  })

  it('answers while no thread can be started, and tries again', async () => {
    const { start } = scripted(answers)
    let isOut = true
    const outOfThreads = () => {
      if (isOut) throw new Error('ERR_WORKER_INIT_FAILED')
      return start()
    }
    const { compare } = create({ size: 1, start: outOfThreads })
    for (const asked of [compare(right), compare(right), compare(right)]) {
      await assert.rejects(asked, (error) => {
        assert.ok(error instanceof DependencyError)
        assert.match(error.message, /no thread can be started/)
        return true
      })
    }
    isOut = false
    assert.equal(await compare(right), true)
  })

  it('answers what waits when a thread ends and no other can be started', async () => {
    const { start, started } = scripted(hangs)
    const once = () => {
      if (started.length > 0) throw new Error('ERR_WORKER_INIT_FAILED')
      return start()
    }
    const { compare } = create({ size: 1, timeoutMs: 50, start: once })
    const asked = [compare(right), compare(right), compare(right)]
    const messages = (await Promise.allSettled(asked)).map((one) =>
      one.status === 'rejected' ? String(one.reason) : 'answered',
    )
    assert.match(messages[0] ?? '', /no answer in time/)
    assert.match(messages[1] ?? '', /no thread can be started/)
    assert.match(messages[2] ?? '', /no thread can be started/)
  })

  it('goes on with the threads that it has when there can be no more', async () => {
    const { start, started } = scripted(answers)
    const once = () => {
      if (started.length > 0) throw new Error('ERR_WORKER_INIT_FAILED')
      return start()
    }
    const { compare } = create({ size: 4, start: once })
    const found = await Promise.all(Array.from({ length: 10 }, async () => compare(right)))
    assert.ok(found.every((isSame) => isSame))
  })

  it('answers a source that asks once before all that another has asked', async () => {
    const { start } = scripted(answers)
    const { compare } = create({ size: 1, start })
    const order: string[] = []
    const ask = async (source: string | undefined) => {
      await compare(right, { source })
      order.push(source ?? 'before all')
    }
    await Promise.all(['a', 'a', 'a', 'b', 'b', 'c', undefined].map(ask))
    assert.deepEqual(order, ['a', 'before all', 'a', 'b', 'c', 'a', 'b'])
  })

  it('does not run what nobody waits for, and has its room again', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { start } = scripted(hangs, answers)
    const clock = { nowMs: 0 }
    const now = () => clock.nowMs
    const { compare } = create({ size: 1, maxWaiting: 2, timeoutMs: 1000, start, now })
    const late = [0, 1, 2].map(async () => compare(right, { deadlineMs: 8000 }))
    const refused = Promise.all([
      assert.rejects(late[0] ?? Promise.resolve(), /no answer in time/),
      assert.rejects(late[1] ?? Promise.resolve(), /nobody waits/),
      assert.rejects(late[2] ?? Promise.resolve(), /nobody waits/),
    ])
    clock.nowMs = 8000
    const asked = compare(right, { deadlineMs: 16_000 })
    await passTime(t.mock.timers, 1000)
    assert.equal(await asked, true)
    await refused
  })

  it('takes nothing but true for a yes', async () => {
    const { start } = scripted("parentPort.on('message', () => parentPort.postMessage({}))")
    assert.equal(await create({ start }).compare(right), false)
  })

  it('answers what was asked before it is closed, and nothing after', async () => {
    const workers = create({ size: 1 })
    const asked = [workers.compare(right), workers.compare(wrong)]
    workers.close()
    assert.deepEqual(await Promise.all(asked), [true, false])
    await assert.rejects(workers.compare(right), DependencyError)
  })
})
