import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCompilers } from '../../src/config/compilers.ts'
import type { Expression, ImpersonateExtra } from '../../src/config/types.ts'
import { configuredExtra, extraValues } from '../../src/headers/configured-extra.ts'
import type { RequestFacts } from '../../src/routes/request-variables.ts'
import { checkInput } from '../support/check-input.ts'
import { userInfo } from '../support/user.ts'

const user = userInfo({
  name: 'alice',
  groups: ['ml', 'dev'],
  extra: new Map([['example.com/tier', ['gold', 'staff']]]),
})

function expression(source: string, captures: readonly string[] = []): Expression {
  const compiled = createCompilers().condition(captures)(source)
  assert.ok('expression' in compiled, JSON.stringify(compiled))
  return compiled.expression
}

function setting(
  source: string,
  { key = 'example.com/x', captures = [] as readonly string[] } = {},
): ImpersonateExtra {
  return { key, expression: expression(source, captures), constant: undefined }
}

function facts(overrides: Partial<RequestFacts> = {}): RequestFacts {
  const input = checkInput({ headers: { 'user-agent': 'kubectl/v1' } })
  return { user, input, readings: ['/a'], captures: [{}], trustedHops: 0, ...overrides }
}

/** The values of one expression, or why the request is refused. */
function valuesOf(source: string, overrides: Partial<RequestFacts> = {}): unknown {
  const captures = Object.keys(overrides.captures?.[0] ?? {})
  const told = configuredExtra([setting(source, { captures })], facts(overrides))
  return told.kind === 'extra' ? told.extra.get('example.com/x') : `${told.reason}: ${told.detail}`
}

/** The cache key of a constant and the path. */
function keyOf(overrides: Partial<RequestFacts> = {}): string | undefined {
  const settings = [setting("'a'"), setting('request.path', { key: 'k' })]
  const told = configuredExtra(settings, facts(overrides))
  assert.ok(told.kind === 'extra')
  return told.cacheKey
}

describe('configuredExtra()', () => {
  const computed: readonly (readonly [string, readonly string[]])[] = [
    ["'static'", ['static']],
    ["['a', 'b,c']", ['a', 'b,c']],
    ['user.username', ['alice']],
    ['user.groups', ['ml', 'dev']],
    ["user.extra['example.com/tier']", ['gold', 'staff']],
    ['source.address', ['127.0.0.1']],
    ["request.method + ' ' + request.host + request.path", ['GET app.example.com/a']],
    ["request.headers['user-agent'].split('/')", ['kubectl', 'v1']],
    ["request.headers.?x.orValue('')", []],
    ["['', 'a', '']", ['a']],
    ["user.groups.filter(g, g == 'none')", []],
  ]
  for (const [source, values] of computed) {
    it(`computes ${source}`, () => {
      assert.deepEqual(valuesOf(source), values)
    })
  }

  it('refuses a request for which an expression fails, and says which', () => {
    assert.match(
      String(valuesOf("request.headers['x-tenant']")),
      /^identity-unsayable: impersonate\.extra\["example\.com\/x"\] fails: .*no such key/,
    )
    const input = checkInput({ source: undefined })
    assert.match(String(valuesOf('source.address', { input })), /^identity-unsayable: .* fails: /)
    const forged = checkInput({ headers: { 'x-forwarded-for': 'evil' } })
    assert.match(
      String(valuesOf('source.address', { input: forged, trustedHops: 1 })),
      /^identity-unsayable: /,
    )
  })

  it('refuses the whole request for one of several', () => {
    const told = configuredExtra([setting("'a'"), setting("request.headers['none']")], facts())
    assert.equal(told.kind, 'refused')
  })

  it('refuses what readings of the path or host do not agree on', () => {
    const readings = ['/a//b', '/a/b']
    assert.match(String(valuesOf('request.path', { readings })), /^ambiguous-path: readings/)
    assert.deepEqual(valuesOf('request.path.substring(0, 2)', { readings }), ['/a'])
    const captures = [{ name: 'a' }, { name: 'b' }]
    assert.match(String(valuesOf('captures.name', { captures })), /^ambiguous-path: readings/)
    assert.deepEqual(valuesOf('captures.name', { captures: [{ name: 'a' }] }), ['a'])
  })

  it('refuses what fails in one reading alone', () => {
    const readings = ['/a/b', '/a']
    assert.match(
      String(valuesOf("request.path.split('/')[2]", { readings })),
      /^identity-unsayable: .* fails: /,
    )
  })

  it('takes a value that never changes as it was found when loaded', () => {
    const never = { evaluate: () => null, measure: () => ({ result: null, cost: 0 }) }
    const constant = { key: 'a', expression: { source: '', ...never }, constant: ['x'] }
    const told = configuredExtra([constant], facts())
    assert.deepEqual(told.kind === 'extra' && [...told.extra], [['a', ['x']]])
  })

  it('costs no more for many keys and readings than a tenth of what Kubernetes grants to one', () => {
    const groups = Array.from({ length: 1000 }, (_, index) => `g${index}`)
    let cost = 0
    const settings = Array.from({ length: 32 }, (_, index): ImpersonateExtra => {
      const own = setting("user.groups.all(g, g != 'x') ? request.path : ''")
      const measure: Expression['measure'] = (variables, mostCost) => {
        const answer = own.expression.measure(variables, mostCost)
        cost += answer.cost
        return answer
      }
      return { ...own, key: `k${index}`, expression: { ...own.expression, measure } }
    })
    const told = configuredExtra(settings, facts({ user: { ...user, groups } }))
    assert.match(told.kind === 'refused' ? told.detail : '', /^impersonate.extra\["k\d+"\] fails: /)
    assert.ok(cost <= 100_010, String(cost))
  })

  const long = { input: checkInput({ headers: { x: 'a'.repeat(100_000) } }) }
  for (const source of [
    "request.headers.x.split('')",
    "request.headers.x.split('').map(c, c + c)",
    "[request.headers.x.replace('a', 'bb')]",
    "[request.headers.x.split('').join('-')]",
  ]) {
    it(`ends in 32 keys over the longest header: ${source}`, () => {
      const settings = Array.from({ length: 32 }, (_, index) =>
        setting(source, { key: `k${index}` }),
      )
      const told = configuredExtra(settings, facts(long))
      assert.match(told.kind === 'refused' ? told.detail : '', /cost limit exceeded$/)
    })
  }

  it('is enough for several keys of a user in a thousand groups', () => {
    const groups = Array.from({ length: 1000 }, (_, index) => `team-${index}`)
    const settings = [
      "user.groups.filter(g, g.startsWith('team-1'))",
      "[string(user.groups.exists(g, g == 'x'))]",
      "user.groups.map(g, g.replace('team-', ''))",
    ].map((source, index) => setting(source, { key: `k${index}` }))
    const told = configuredExtra([...settings, ...settings], facts({ user: { ...user, groups } }))
    assert.equal(told.kind, 'extra')
  })

  it('is evaluated 64 times at most, and once where it looks at neither path nor captures', () => {
    const captures = Array.from({ length: 100 }, (_, index) => ({ name: `a${index}` }))
    const counted = (source: string) => {
      const own = setting(source, { captures: ['name'] })
      let count = 0
      const measure: Expression['measure'] = (variables) => {
        count += 1
        return own.expression.measure(variables)
      }
      configuredExtra([{ ...own, expression: { ...own.expression, measure } }], facts({ captures }))
      return count
    }
    assert.equal(counted('captures.name'), 64)
    assert.equal(counted('user.username'), 1)
  })

  it('has equal cache keys for equal values alone', () => {
    assert.equal(keyOf(), keyOf())
    assert.notEqual(keyOf(), keyOf({ readings: ['/b'] }))
    assert.equal(keyOf({ readings: [`/${'a'.repeat(2000)}`] }), undefined)
  })
})

describe('extraValues()', () => {
  it('is undefined for what is neither a string nor a list of them', () => {
    for (const value of [null, true, 1n, 1.5, new Uint8Array([1]), ['a', 1n], [null], [['a']]]) {
      assert.equal(extraValues(value), undefined)
    }
  })
})
