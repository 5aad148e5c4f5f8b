import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCompilers } from '../../src/config/compilers.ts'
import type { Expression } from '../../src/config/types.ts'
import { askCondition } from '../../src/routes/condition.ts'
import { checkInput } from '../support/check-input.ts'
import { userInfo } from '../support/user.ts'

function condition(source: string, captures: readonly string[] = []): Expression {
  const compiled = createCompilers().condition(captures)(source)
  assert.ok('expression' in compiled, JSON.stringify(compiled))
  return compiled.expression
}

const user = userInfo({
  name: 'alice',
  groups: ['ml-users', 'dev'],
  extra: new Map([['example.com/tier', ['gold']]]),
})

function ask(
  source: string,
  {
    input = {},
    readings = ['/a'],
    captures = [{}] as readonly Record<string, string>[],
    trustedHops = 0,
  } = {},
) {
  const when = condition(source, Object.keys(captures[0] ?? {}))
  const verdict = askCondition(when, {
    user,
    input: checkInput(input),
    readings,
    captures,
    trustedHops,
  })
  return verdict.kind === 'fails' ? verdict.detail : verdict.kind
}

describe('askCondition()', () => {
  const holding = [
    "'ml-users' in user.groups",
    "user.username == 'alice' && user.uid == ''",
    "user.extra['example.com/tier'] == ['gold']",
    "user.extra.example__dot__com__slash__tier[0] == 'gold'",
    "request.method == 'GET' && request.host == 'app.example.com' && request.path == '/a'",
    "request.headers['user-agent'].startsWith('curl')",
    "!('x-other' in request.headers)",
    "request.headers.?accept.orValue('none') == 'none'",
    "cidr('127.0.0.0/8').containsIP(source.address)",
  ]
  for (const source of holding) {
    it(`holds: ${source}`, () => {
      const input = { host: 'APP.example.com.:8443', headers: { 'user-agent': 'curl/8' } }
      assert.equal(ask(source, { input }), 'holds')
    })
  }

  it('is false, or fails, with a reason for the log', () => {
    assert.equal(ask("'admins' in user.groups"), 'when is false')
    assert.match(ask("request.headers['x-tenant'] == 'a'"), /^when fails: .*no such key/)
    assert.match(ask("user.extra['none'][0] == 'a'"), /^when fails: /)
    assert.match(ask("source.address != ''", { input: { source: undefined } }), /^when fails: /)
  })

  it('sees the address of the client by the hops that are trusted', () => {
    const headers = { 'x-forwarded-for': '6.6.6.6, 10.0.0.7:4711' }
    const input = { source: '10.0.0.1', headers }
    assert.equal(ask("source.address == '10.0.0.1'", { input }), 'holds')
    assert.equal(ask("source.address == '10.0.0.7'", { input, trustedHops: 1 }), 'holds')
  })

  it('must hold for every way in which the pattern fits', () => {
    const captures = [
      { name: 'a', namespace: 'b-c' },
      { name: 'a-b', namespace: 'c' },
    ]
    assert.equal(ask("captures.name.startsWith('a')", { captures }), 'holds')
    assert.equal(ask("captures.namespace == 'c'", { captures }), 'when is false')
    assert.equal(ask("captures.namespace == 'b-c'", { captures }), 'when is false')
  })

  it('is ambiguous where readings of the path get different verdicts', () => {
    const readings = ['/a//b', '/a/b']
    assert.equal(ask("request.path == '/a/b'", { readings }), 'ambiguous')
    assert.equal(ask("request.path == '/a//b'", { readings }), 'ambiguous')
    assert.equal(ask("request.path.startsWith('/a')", { readings }), 'holds')
    assert.equal(ask("request.path == '/c'", { readings }), 'when is false')
  })

  it('is evaluated no more often than what it looks at can change, and 64 times at most', () => {
    const readings = Array.from({ length: 44 }, (_, index) => `/a${'/'.repeat(index)}`)
    const captures = Array.from({ length: 32 }, (_, index) => ({ name: `a${index}` }))
    const counted = (source: string) => {
      const when = condition(source, ['name'])
      let count = 0
      const measure: Expression['measure'] = (variables) => {
        count += 1
        return when.measure(variables)
      }
      const input = checkInput()
      const verdict = askCondition(
        { ...when, measure },
        { user, input, readings, captures, trustedHops: 0 },
      )
      return [count, verdict.kind]
    }
    assert.deepEqual(counted("'dev' in user.groups"), [1, 'holds'])
    assert.deepEqual(counted("request.path.startsWith('/a')"), [44, 'holds'])
    assert.deepEqual(counted("captures.name.startsWith('a')"), [32, 'holds'])
    assert.deepEqual(counted("request.path.contains('a') && captures.name != ''"), [
      64,
      'ambiguous',
    ])
  })

  it('costs no more for many readings than Kubernetes grants to one', () => {
    const groups = Array.from({ length: 6000 }, (_, index) => `g${index}`)
    const when = condition("request.path != '' && user.groups.all(g, g != 'x')")
    const readings = Array.from({ length: 60 }, (_, index) => `/a${'/'.repeat(index)}`)
    let cost = 0
    const measure: Expression['measure'] = (variables, mostCost) => {
      const answer = when.measure(variables, mostCost)
      cost += answer.cost
      return answer
    }
    const facts = { input: checkInput(), readings, captures: [{}], trustedHops: 0 }
    const asked = { ...facts, user: { ...user, groups } }
    assert.notEqual(askCondition({ ...when, measure }, asked).kind, 'holds')
    assert.ok(cost <= 1_000_010, String(cost))
  })

  it('compiles only what can be true of a request', () => {
    const compile = createCompilers().condition(['namespace'])
    for (const source of [
      "captures.name == 'x'",
      "request.query == 'x'",
      "user.name == 'x'",
      "claims.sub == 'x'",
      'request.method == 1',
      "source.port == '1'",
    ]) {
      assert.ok(!('expression' in compile(source)), source)
    }
  })
})
