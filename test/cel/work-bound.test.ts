import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClaimsEnvironment } from '../../src/cel/kubernetes/environment.ts'
import { lazyClaims } from '../../src/cel/kubernetes.ts'
import { maxWork } from '../../src/cel/run/work.ts'
import { isCelError } from '../../src/cel/value.ts'
import { cpuStopwatch } from '../support/cpu-stopwatch.ts'
import { bombs } from './work-bound/bombs.ts'
import { hostile } from './work-bound/hostile-claims.ts'
import { everyone, legitimate } from './work-bound/legitimate.ts'

/** Far more than the budget takes, so that a slow machine does not fail; without a budget it is minutes. */
const mostMs = 2000

const environment = createClaimsEnvironment()

function measured(source: string, claims: Readonly<Record<string, unknown>>) {
  const program = environment.compile(source)
  if (program.kind === 'faults') {
    return assert.fail(`${source}: ${program.faults.map(({ message }) => message).join('; ')}`)
  }
  const variables = { claims: lazyClaims(claims) }
  const cpuMs = cpuStopwatch()
  const evaluation = program.measure(variables)
  return { ...evaluation, ms: cpuMs() }
}

describe('an expression over the largest claims', () => {
  for (const [about, sources] of bombs) {
    it(`ends soon, whatever it does: ${about}`, () => {
      for (const source of sources) {
        const { ms, work } = measured(source, hostile)
        assert.ok(ms < mostMs, `${source} takes ${Math.round(ms)} ms for ${work} units of work`)
        assert.ok(work <= maxWork, `${source} is ${work} units of work`)
      }
    })
  }

  it('ends with an error that nothing absorbs', () => {
    const { result } = measured(
      'dyn(claims.ones).all(x, isURL(claims.url) || true) || true',
      hostile,
    )
    const message = 'operation cancelled: it takes too much work'
    assert.deepEqual(result, { kind: 'error', message })
  })

  it('is the same work each time', () => {
    const source = "dyn(claims.names).filter(n, n.contains('77')).sort()"
    assert.equal(measured(source, hostile).work, measured(source, hostile).work)
  })
})

describe('a rule or mapping for thousands of groups', () => {
  for (const source of legitimate) {
    it(`is little work: ${source}`, () => {
      const { result, work } = measured(source, everyone)
      assert.equal(isCelError(result), false)
      assert.ok(work < maxWork / 2, `${work} units of work`)
    })
  }
})
