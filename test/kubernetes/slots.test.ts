import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSlots } from '../../src/kubernetes/slots.ts'

const patient = new AbortController().signal

/** A task that ends when the test says so. */
function task() {
  const { promise, resolve } = Promise.withResolvers<string>()
  let isStarted = false
  return {
    run: async () => {
      isStarted = true
      return promise
    },
    end: () => resolve('done'),
    hasStarted: () => isStarted,
  }
}

describe('createSlots()', () => {
  it('runs so many side by side, and the others in their order', async () => {
    const slots = createSlots({ running: 2, waiting: 2 })
    const tasks = [task(), task(), task(), task()]
    const results = tasks.map(async ({ run }) => slots.run(run, { signal: patient }))
    assert.deepEqual(started(tasks), [true, true, false, false])
    tasks[1]?.end()
    await results[1]
    await settled()
    assert.deepEqual(started(tasks), [true, true, true, false])
    for (const { end } of tasks) end()
    assert.deepEqual(await Promise.all(results), ['done', 'done', 'done', 'done'])
  })

  it('turns away who finds too many waiting', async () => {
    const slots = createSlots({ running: 1, waiting: 1 })
    const [first, second, third] = [task(), task(), task()]
    const results = [first, second].map(async ({ run }) => slots.run(run, { signal: patient }))
    assert.equal(slots.run(third.run, { signal: patient }), undefined)
    first.end()
    second.end()
    assert.deepEqual(await Promise.all(results), ['done', 'done'])
    assert.equal(third.hasStarted(), false)
  })

  it('lets sources take turns, however many tasks each has', async () => {
    const slots = createSlots({ running: 1, waiting: 10 })
    const first = task()
    const running = slots.run(first.run, { signal: patient, source: 'many' })
    const order: string[] = []
    const note = (name: string) =>
      slots.run(async () => order.push(name), { signal: patient, source: name })
    const others = ['many', 'many', 'many', 'one', 'two'].map(async (name) => note(name))
    first.end()
    await Promise.all([running, ...others])
    assert.deepEqual(order, ['many', 'one', 'two', 'many', 'many'])
  })

  it('turns away the newest of who has the most, when it is full', async () => {
    const slots = createSlots({ running: 1, waiting: 3 })
    const first = task()
    const running = slots.run(first.run, { signal: patient })
    const ask = (source: string) => slots.run(async () => source, { signal: patient, source })
    const outcomes = ['many', 'many', 'many', 'one', 'two'].map(async (source) =>
      Promise.resolve(ask(source)).catch((error: Error) => error.name),
    )
    assert.equal(ask('many'), undefined)
    assert.equal(ask('three'), undefined, 'one each is the surplus of nobody')
    first.end()
    await running
    assert.deepEqual(await Promise.all(outcomes), [
      'many',
      'TurnedAway',
      'TurnedAway',
      'one',
      'two',
    ])
  })

  it('gives the place on when a task fails', async () => {
    const slots = createSlots({ running: 1, waiting: 1 })
    const failing = slots.run(async () => Promise.reject(new Error('broken')), { signal: patient })
    const next = slots.run(async () => 'next', { signal: patient })
    await assert.rejects(failing ?? assert.fail(), /broken/)
    assert.equal(await next, 'next')
  })

  it('lets who gives up leave the queue, without a place of his own', async () => {
    const slots = createSlots({ running: 1, waiting: 1 })
    const [first, second] = [task(), task()]
    const running = slots.run(first.run, { signal: patient })
    const impatient = new AbortController()
    const waiting = slots.run(second.run, { signal: impatient.signal })
    impatient.abort(new Error('too late'))
    await assert.rejects(waiting ?? assert.fail(), /too late/)
    const third = slots.run(async () => 'third', { signal: patient })
    first.end()
    assert.deepEqual([await running, await third, second.hasStarted()], ['done', 'third', false])
  })

  it('does not queue who has given up already', async () => {
    const slots = createSlots({ running: 1, waiting: 1 })
    const first = task()
    const running = slots.run(first.run, { signal: patient })
    const late = slots.run(async () => 'late', { signal: AbortSignal.abort(new Error('too late')) })
    await assert.rejects(late ?? assert.fail(), /too late/)
    first.end()
    await running
  })
})

function started(tasks: readonly ReturnType<typeof task>[]): readonly boolean[] {
  return tasks.map(({ hasStarted }) => hasStarted())
}

async function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
