import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { sessionBytesTable } from '../bench/session-bytes.ts'

describe('docs/sessions.md', () => {
  it('says how large sessions are', async () => {
    const text = await readFile(new URL('../../docs/sessions.md', import.meta.url), 'utf8')
    assert.ok(text.includes(await sessionBytesTable()), await sessionBytesTable())
  })
})
