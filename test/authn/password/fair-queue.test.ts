import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createFairQueue, type Place } from '../../../src/authn/password/fair-queue.ts'

interface Job extends Place {
  readonly name: string
}

function job(name: string, { source = name.slice(0, 1), deadlineMs = 1000 } = {}): Job {
  return { name, source: source === '!' ? undefined : source, deadlineMs }
}

function filled(names: readonly string[]) {
  const queue = createFairQueue<Job>(10)
  for (const name of names) assert.equal(queue.add(job(name)), true)
  return queue
}

function drain({ take }: { readonly take: () => Job | undefined }): readonly string[] {
  const names: string[] = []
  for (let next = take(); next !== undefined; next = take()) names.push(next.name)
  return names
}

describe('createFairQueue()', () => {
  const orders = [
    { added: [], taken: [] },
    { added: ['a1', 'a2', 'a3'], taken: ['a1', 'a2', 'a3'] },
    { added: ['a1', 'a2', 'a3', 'b1'], taken: ['a1', 'b1', 'a2', 'a3'] },
    { added: ['a1', 'a2', 'b1', 'c1', 'b2'], taken: ['a1', 'b1', 'c1', 'a2', 'b2'] },
    { added: ['a1', 'b1', '!1', '!2'], taken: ['!1', '!2', 'a1', 'b1'] },
  ]
  for (const { added, taken } of orders) {
    it(`gives ${taken.join(' ') || 'nothing'} after ${added.join(' ') || 'nothing'}`, () => {
      const queue = filled(added)
      assert.equal(queue.isEmpty(), added.length === 0)
      assert.deepEqual(drain(queue), taken)
      assert.equal(queue.isEmpty(), true)
    })
  }

  it('gives no second turn to who comes back at once', () => {
    const queue = filled(['a1', 'b1', 'c1'])
    assert.equal(queue.take()?.name, 'a1')
    queue.add(job('a2'))
    assert.deepEqual(drain(queue), ['b1', 'c1', 'a2'])
  })

  it('is full at some time, but not for what goes before all', () => {
    const queue = createFairQueue<Job>(2)
    assert.deepEqual(
      ['a1', '!1', 'b1', 'c1', '!2'].map((name) => queue.add(job(name))),
      [true, true, true, false, true],
    )
    assert.deepEqual(drain(queue), ['!1', '!2', 'a1', 'b1'])
  })

  it('takes out what is late, wherever it waits', () => {
    const queue = filled(['a1', 'b1', '!1'])
    for (const name of ['a2', 'c1', '!2']) queue.add(job(name, { deadlineMs: 2000 }))
    assert.deepEqual(queue.takeLate(999), [])
    const late = queue.takeLate(1000).map(({ name }) => name)
    assert.deepEqual(late.toSorted(), ['!1', 'a1', 'b1'])
    assert.deepEqual(drain(queue), ['!2', 'a2', 'c1'])
  })
})
