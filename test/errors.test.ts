import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { denyStatus } from '../src/decision.ts'

describe('docs/errors.md', () => {
  it('lists every reason with its status, and no other', async () => {
    const text = await readFile(new URL('../docs/errors.md', import.meta.url), 'utf8')
    const listed = [...text.matchAll(/^\| `([a-z-]+)` \| (\d{3})/gm)].map(([, reason, status]) => [
      reason,
      Number(status),
    ])
    assert.deepEqual(Object.fromEntries(listed), denyStatus)
    assert.equal(listed.length, Object.keys(denyStatus).length)
  })
})
