import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { schedule } from '../../src/authn/schedule.ts'

describe('schedule()', () => {
  it('runs the task, and not one that was called off', async () => {
    const ran: string[] = []
    const callOff = schedule(0, () => ran.push('called off'))
    callOff()
    // The timer does not keep the process alive; this one does.
    const alive = setInterval(() => {}, 1_000)
    await new Promise<void>((resolve) => {
      schedule(0, () => ran.push('kept'))
      schedule(1, resolve)
    })
    clearInterval(alive)
    assert.deepEqual(ran, ['kept'])
  })
})
