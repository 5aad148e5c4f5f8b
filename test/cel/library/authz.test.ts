import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authz } from '../../../src/cel/library/authz.ts'
import { unlimitedMeter } from '../../../src/cel/run/work.ts'

describe('authz', () => {
  const names = authz.functions.map(({ name }) => name)

  it('declares what an authorizer would have, so that expressions with it can be loaded', () => {
    const expected = ['allowed', 'check', 'error', 'errored', 'fieldSelector', 'group']
    expected.push('labelSelector', 'name', 'namespace', 'path', 'reason', 'resource')
    expected.push('serviceAccount', 'subresource')
    assert.deepEqual(names.toSorted(), expected)
  })

  it('answers none of it', () => {
    for (const overload of authz.functions.flatMap(({ overloads }) => overloads)) {
      const result = overload.call([], {
        regex: () => ({ test: () => true, findAll: () => [] }),
        meter: unlimitedMeter(),
      })
      assert.deepEqual(result, { kind: 'error', message: 'no such overload' })
    }
  })
})
