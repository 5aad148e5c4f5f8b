import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FirstAnswer, firstAnswer } from '../src/first-answer.ts'
import { capturedLog, manualSchedule } from './authn/issuer/issuer-fixtures.ts'

/** Answers as the test says, for each attempt in turn. */
function asking(answers: readonly (Error | undefined)[]) {
  const timers = manualSchedule()
  const { log, lines } = capturedLog()
  const left = [...answers]
  let asked = 0
  const ask = async () => {
    asked += 1
    const error = left.shift()
    if (error !== undefined) throw error
  }
  const first: FirstAnswer = firstAnswer({ name: 'reviews', ask, schedule: timers.schedule, log })
  return { first, timers, lines, asked: () => asked }
}

const settle = async () => new Promise((resolve) => setImmediate(resolve))

describe('firstAnswer()', () => {
  it('misses nothing once there was an answer, and asks no more', async () => {
    const { first, timers, lines } = asking([undefined])
    assert.deepEqual(first.missing(), ['reviews'])
    await settle()
    assert.deepEqual(first.missing(), [])
    assert.deepEqual(timers.delays(), [])
    assert.deepEqual(lines, [])
  })

  it('asks again, within five seconds, and tells each reason once', async () => {
    const away = new Error('Cannot ask: it is away')
    const forbidden = new Error('Cannot ask: it is forbidden')
    const { first, timers, lines } = asking([away, away, away, forbidden, forbidden])
    const delays: number[] = []
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await settle()
      delays.push(...timers.delays())
      assert.deepEqual(first.missing(), ['reviews'])
      timers.run()
    }
    await settle()
    assert.deepEqual(first.missing(), [])
    assert.deepEqual(delays, [1_000, 2_000, 5_000, 5_000, 5_000])
    const told = lines.map((line) => (JSON.parse(line) as { readonly why: string }).why)
    assert.deepEqual(told, [away.message, forbidden.message])
  })

  it('asks no more after it was closed', async () => {
    const { first, timers, asked } = asking([new Error('a'), new Error('b')])
    await settle()
    first.close()
    assert.deepEqual(timers.delays(), [])
    assert.equal(asked(), 1)
    assert.deepEqual(first.missing(), ['reviews'])
  })

  it('tells nothing, and asks no more, when it is closed before the answer', async () => {
    const { first, timers, lines } = asking([new Error('a')])
    first.close()
    await settle()
    assert.deepEqual(timers.delays(), [])
    assert.deepEqual(lines, [])
  })
})
