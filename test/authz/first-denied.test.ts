import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AccessQuestion, AccessVerdict } from '../../src/authz/access.ts'
import { firstDenied } from '../../src/authz/first-denied.ts'
import { alice, getPod } from './access-cases.ts'

const questions = Array.from({ length: 20 }, (_, index) => ({
  user: alice,
  attributes: { ...getPod, name: String(index) },
}))

/** Reviews that end when the test says so. */
function manual() {
  const waiting = new Map<string, PromiseWithResolvers<AccessVerdict>>()
  return {
    asked: () => waiting.size,
    review: async ({ attributes }: AccessQuestion) => {
      const one = Promise.withResolvers<AccessVerdict>()
      waiting.set('name' in attributes ? (attributes.name ?? '') : '', one)
      return one.promise
    },
    allow: async (name: number) => {
      waiting.get(String(name))?.resolve({ kind: 'allowed' })
      await turn()
    },
    deny: async (name: number) => {
      waiting.get(String(name))?.resolve({ kind: 'denied', reason: `no ${name}` })
      await turn()
    },
    fail: async (name: number) => {
      waiting.get(String(name))?.reject(new Error(`away ${name}`))
      await turn()
    },
  }
}

async function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

describe('firstDenied()', () => {
  it('is undefined when each is allowed, and asks four at a time', async () => {
    let running = 0
    let most = 0
    const asked: string[] = []
    const denial = await firstDenied(questions, async ({ attributes }) => {
      running += 1
      most = Math.max(most, running)
      asked.push('name' in attributes ? (attributes.name ?? '') : '')
      await turn()
      running -= 1
      return { kind: 'allowed' }
    })
    assert.equal(denial, undefined)
    assert.equal(most, 4)
    assert.deepEqual(
      asked,
      questions.map(({ attributes }) => attributes.name),
    )
  })

  it('takes no question for no proof', async () => {
    await assert.rejects(
      firstDenied([], async () => ({ kind: 'allowed' })),
      RangeError,
    )
  })

  it('answers the first no in order, and asks nothing after it', async () => {
    const { review, deny, allow, asked } = manual()
    const answer = firstDenied(questions, review)
    await deny(3)
    await deny(1)
    await allow(0)
    assert.equal(asked(), 4)
    await allow(2)
    const { question, reason } = (await answer) ?? {}
    assert.deepEqual([question?.attributes.name, reason], ['1', 'no 1'])
  })

  it('is a no where one is refused and another has no answer', async () => {
    for (const first of ['deny', 'fail'] as const) {
      const { review, allow, ...tell } = manual()
      const answer = firstDenied(questions, review)
      await tell[first](0)
      await tell[first === 'deny' ? 'fail' : 'deny'](1)
      await allow(2)
      await allow(3)
      assert.match((await answer)?.reason ?? '', /^no \d$/)
    }
  })

  it('rejects when one has no answer, and asks nothing after it', async () => {
    const { review, allow, fail, asked } = manual()
    const answer = firstDenied(questions, review)
    const rejected = assert.rejects(answer, /^Error: away 2$/)
    await allow(0)
    await fail(2)
    const so = asked()
    await allow(1)
    await allow(3)
    await allow(4)
    await rejected
    assert.equal(asked(), so)
  })
})
