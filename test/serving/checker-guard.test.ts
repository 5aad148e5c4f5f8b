import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Checker } from '../../src/check.ts'
import { guardChecker, lastResort } from '../../src/serving/checker-guard.ts'
import { checkInput } from '../support/check-input.ts'
import { allow, reply } from '../support/check-servers.ts'
import { fakeChecker } from '../support/fake-checker.ts'

const noTimeout = { timeoutMs: undefined }

function checker(parts: Partial<Checker>): () => Checker {
  return () => fakeChecker(parts)
}

function fail(): never {
  throw new RangeError('the token is eyJ…')
}

describe('guardChecker()', () => {
  it('answers what the checker answers', async () => {
    const decision = allow({ set: [['a', 'b']] })
    const guarded = guardChecker(checker({ check: async () => decision }))
    assert.equal(await guarded.check(checkInput(), noTimeout), decision)
  })

  it('asks the checker that is in force when the question comes', async () => {
    let current = checker({ check: async () => allow({}) })
    const guarded = guardChecker(() => current())
    current = checker({ check: async () => reply({ status: 401 }) })
    assert.deepEqual(await guarded.check(checkInput(), noTimeout), reply({ status: 401 }))
  })

  const failures: { what: string; current: () => Checker }[] = [
    { what: 'throws', current: checker({ check: fail }) },
    { what: 'rejects', current: checker({ check: async () => fail() }) },
  ]
  for (const { what, current } of failures) {
    it(`denies when the checker ${what}, and does not repeat its words`, async () => {
      const decision = await guardChecker(current).check(checkInput(), noTimeout)
      const body = 'unavailable: the checker failed with "RangeError"'
      assert.deepEqual(decision, reply({ body }))
    })
  }

  const refusals: { what: string; current: () => Checker }[] = [
    { what: 'there is no checker', current: fail },
    { what: 'refusing throws', current: checker({ check: fail, refuse: fail }) },
    { what: 'refusing allows', current: checker({ check: fail, refuse: () => allow({}) }) },
  ]
  for (const { what, current } of refusals) {
    it(`has the last resort when ${what}`, async () => {
      const guarded = guardChecker(current)
      assert.equal(guarded.refuse('caller', ''), lastResort)
      assert.equal(await guarded.check(checkInput(), noTimeout), lastResort)
    })
  }
})
