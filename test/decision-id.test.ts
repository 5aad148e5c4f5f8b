import assert from 'node:assert/strict'
import { randomFillSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { createDecisionIds } from '../src/decision-id.ts'

describe('createDecisionIds()', () => {
  it('makes ids of 22 characters that do not repeat', () => {
    const newId = createDecisionIds(randomFillSync)
    const ids = Array.from({ length: 10_000 }, newId)
    assert.equal(new Set(ids).size, ids.length)
    assert.ok(ids.every((id) => /^[\w-]{22}$/.test(id)))
  })

  it('asks for randomness once for many ids', () => {
    let calls = 0
    const newId = createDecisionIds((bytes) => {
      calls += 1
      randomFillSync(bytes)
    })
    for (let count = 0; count < 512; count += 1) newId()
    assert.equal(calls, 2)
  })
})
