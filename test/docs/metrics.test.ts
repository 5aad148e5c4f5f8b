import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { createMetrics } from '../../src/metrics.ts'

describe('docs/metrics.md', () => {
  it('has each metric that there is, and no other', async () => {
    const text = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
    const documented = new Set(
      [...text.matchAll(/^\| `(attache_\w+)` \|/gm)].map(([, name]) => name),
    )
    const exposed = await createMetrics({ missingIssuers: () => [], missing: () => [] }).text()
    const real = new Set([...exposed.matchAll(/^# TYPE (attache_\w+) /gm)].map(([, name]) => name))
    assert.deepEqual(documented, real)
  })
})
