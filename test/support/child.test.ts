import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startChild } from './child.ts'

// A process that has ended and waits for its parent to notice (state Z) runs no more.
function isRunning(pid: number): boolean {
  try {
    // proc_pid_stat(5): the state follows the name, which stands in parentheses.
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

describe('startChild()', () => {
  it('says how the process ended and what it printed', async () => {
    const child = startChild('/bin/sh', ['-c', 'echo out; echo err >&2; exit 3'])
    assert.deepEqual(await child.ended, { code: 3 })
    assert.equal(child.stdout(), 'out\n')
    assert.equal(child.stderr(), 'err\n')
  })

  it('stops a process', async () => {
    const child = startChild('/bin/sleep', ['60'])
    assert.equal(child.exit(), undefined)
    assert.deepEqual(await child.stop(), { code: null })
    assert.equal(isRunning(child.pid), false)
  })

  it('refuses a program that is not there', () => {
    assert.throws(() => startChild('/no/such/program', []), /Cannot start "\/no\/such\/program"/)
  })

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`leaves no process behind when ${signal} ends the tests`, async () => {
      const module = new URL('child.ts', import.meta.url).href
      const script = `
        const { startChild } = await import(${JSON.stringify(module)})
        console.log(startChild('/bin/sleep', ['60']).pid)
        setInterval(() => {}, 1000)`
      const tests = startChild(process.execPath, ['--input-type=module', '--eval', script])
      const pid = await new Promise<number>((resolve) => {
        tests.onLine((line) => resolve(Number(line)))
      })
      assert.equal(isRunning(pid), true)
      await tests.stop(signal)
      const giveUpAt = Date.now() + 5000
      while (isRunning(pid) && Date.now() < giveUpAt) await delay(10)
      assert.equal(isRunning(pid), false)
    })
  }
})
