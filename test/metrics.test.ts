import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createMetrics } from '../src/metrics.ts'

describe('createMetrics()', () => {
  it('counts outgoing calls by peer and result', async () => {
    const metrics = createMetrics({ missingIssuers: () => [], missing: () => [] })
    for (const result of ['200', '200', 'timeout']) metrics.called('https://issuer.example', result)
    metrics.called('kubernetes', '429')
    const text = await metrics.text()
    const counted = text.split('\n').filter((line) => line.startsWith('attache_outgoing_calls_'))
    assert.deepEqual(counted, [
      'attache_outgoing_calls_total{peer="https://issuer.example",result="200"} 2',
      'attache_outgoing_calls_total{peer="https://issuer.example",result="timeout"} 1',
      'attache_outgoing_calls_total{peer="kubernetes",result="429"} 1',
    ])
  })
})
