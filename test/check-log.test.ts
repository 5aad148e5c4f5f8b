import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CheckEvent, createCheckLog } from '../src/check-log.ts'
import { createLog } from '../src/log.ts'
import { createMetrics } from '../src/metrics.ts'
import { checkInput } from './support/check-input.ts'
import { authenticated } from './support/user.ts'

type Fields = Readonly<Record<string, unknown>>

function setUp(level: 'debug' | 'info', trustedHops = 0) {
  const parse: (text: string) => Fields = JSON.parse
  const lines: Fields[] = []
  const stream = { write: (line: string) => void lines.push(parse(line)) }
  const metrics = createMetrics({ missingIssuers: () => [], missing: () => [] })
  return {
    metrics,
    lines,
    log: createCheckLog({ log: createLog(level, stream), metrics, trustedHops }),
  }
}

const denied: CheckEvent = {
  kind: 'denied',
  id: 'id-1',
  reason: 'credential-expired',
  detail: 'claim "exp"',
  user: undefined,
  route: 'routes[0]',
}
const allowed: CheckEvent = {
  kind: 'allowed',
  id: 'id-2',
  user: authenticated(),
  route: 'routes[1]',
}

describe('createCheckLog()', () => {
  it('tells a denial in one line, without query, headers or cookies', () => {
    const { log, lines } = setUp('info')
    const headers = { authorization: 'Bearer secret', cookie: 'a=secret', 'user-agent': 'secret' }
    log.checked(checkInput({ path: '/callback?code=secret', headers }), denied, 1.23456)
    assert.equal(lines.length, 1)
    const { time, ...fields } = lines[0] ?? {}
    assert.match(String(time), /^\d{4}-/)
    assert.deepEqual(fields, {
      level: 30,
      decision: 'id-1',
      verdict: 'denied',
      reason: 'credential-expired',
      detail: 'claim "exp"',
      route: 'routes[0]',
      transport: 'grpc',
      method: 'GET',
      host: 'app.example.com',
      path: '/callback',
      source: '127.0.0.1',
      durationMs: 1.235,
      msg: 'check answered',
    })
  })

  it('tells allowed checks on request alone', () => {
    const quiet = setUp('info')
    const loud = setUp('debug')
    for (const { log } of [quiet, loud]) log.checked(checkInput(), allowed, 1)
    assert.deepEqual(quiet.lines, [])
    assert.equal(loud.lines[0]?.['user'], 'alice')
  })

  it('tells the entries of X-Forwarded-For that count, from the right', () => {
    const headers = { 'x-forwarded-for': '6.6.6.6, 10.0.0.1,10.0.0.2' }
    const { log, lines } = setUp('info', 2)
    log.checked(checkInput({ headers }), denied, 1)
    assert.deepEqual(lines[0]?.['forwardedFor'], ['10.0.0.1', '10.0.0.2'])
  })

  it('cuts a path that is too long', () => {
    const { log, lines } = setUp('info')
    log.checked(checkInput({ path: `/${'a'.repeat(5000)}` }), denied, 1)
    assert.equal(String(lines[0]?.['path']).length, 1024)
  })

  it('counts by transport, route, verdict and reason', async () => {
    const { log, metrics } = setUp('info')
    log.checked(checkInput(), denied, 1)
    log.checked(checkInput({ transport: 'http' }), allowed, 1)
    log.refused({ ...denied, reason: 'caller', route: undefined })
    const text = await metrics.text()
    const counted = text.split('\n').filter((line) => line.startsWith('attache_checks_total{'))
    assert.deepEqual(counted, [
      'attache_checks_total{transport="grpc",verdict="denied",reason="credential-expired",route="routes[0]"} 1',
      'attache_checks_total{transport="http",verdict="allowed",reason="",route="routes[1]"} 1',
      'attache_checks_total{transport="",verdict="denied",reason="caller",route=""} 1',
    ])
  })
})
