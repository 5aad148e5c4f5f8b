import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClaimsEnvironment } from '../../src/cel/kubernetes/environment.ts'
import { costOf, evaluated, parsed } from './evaluated.ts'

/** By cel-go's cost, or by the work that cel-go does not count. */
const exceeded =
  /^error\(operation cancelled: (?:actual cost limit exceeded|it takes too much work)\)$/

const many = Array.from({ length: 8000 }, (_, i) => `group-${i}`)
const claims = { many, text: 'a'.repeat(60_000), pattern: '(a+)+$' }

/** A chain of macros, each of which does to the value before it what `step` says. */
function chain(start: string, step: string, length: number): string {
  return start + `.map(v, ${step})`.repeat(length)
}

describe('an expression that wants too much', () => {
  const bombs: readonly (readonly [name: string, source: string])[] = [
    ['loops in loops', 'dyn(claims.many).all(a, dyn(claims.many).all(b, a != ""))'],
    [
      'loops that cost nothing',
      'dyn(claims.many).exists_one(a, dyn(claims.many).exists_one(b, false))',
    ],
    ['text that doubles, by its type', chain('[string(claims.text)]', 'v + v', 12)],
    ['text that doubles, without a type', chain('[claims.text]', 'v + v', 20)],
    ['bytes that double', chain('[bytes(string(claims.text))]', 'v + v', 12)],
    ['lists that double', chain('[[1]]', 'v + v', 40)],
    [
      'text that is replaced by more',
      chain('[string(claims.text)]', 'v.replace("a", "aaaaaaaaaa")', 5),
    ],
    ['a long range', 'lists.range(9000000)'],
    [
      'comparisons of long texts',
      'dyn(claims.many).all(a, dyn(claims.many).all(b, claims.text <= claims.text))',
    ],
    ['lists in lists', 'dyn(claims.many).map(a, dyn(claims.many).map(b, b)).size()'],
  ]
  for (const [name, source] of bombs) {
    it(`ends: ${name}`, () => {
      assert.match(evaluated(`${source} == dyn(0)`, claims), exceeded)
    })
  }

  it('is not helped by an error that something would absorb', () => {
    assert.match(
      evaluated(`dyn(claims.many).all(a, dyn(claims.many).all(b, a != "")) || true`, claims),
      exceeded,
    )
  })
})

describe('a pattern that a backtracking engine would choke on', () => {
  it('costs what its length says', () => {
    assert.equal(evaluated("claims.text.matches('(a+)+$')", claims), 'true')
    assert.equal(evaluated("(claims.text + '!').matches('(a+)+$')", claims), 'false')
    assert.equal(evaluated('claims.text.matches(claims.pattern)', claims), 'true')
    assert.equal(costOf("claims.text.matches('(a+)+$')", claims), 12_004)
  })
})

describe('a pattern from a claim', () => {
  it('does not run if it is too much for its text', () => {
    const pattern = '[a-z]{1000}'.repeat(500)
    assert.match(evaluated('claims.text.matches(claims.pattern)', { ...claims, pattern }), exceeded)
    assert.match(
      evaluated('matches(claims.text, claims.pattern)', { ...claims, pattern }),
      exceeded,
    )
    assert.match(
      evaluated('string(claims.text).findAll(claims.pattern)', { ...claims, pattern }),
      exceeded,
    )
  })
})

describe('an expression that is too deep', () => {
  const environment = createClaimsEnvironment()
  const sources: readonly (readonly [name: string, source: string])[] = [
    ['brackets', `${'('.repeat(5000)}1${')'.repeat(5000)}`],
    ['lists', `${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['nots', `${'!'.repeat(20_000)}true`],
    ['sums', `1${' + 1'.repeat(20_000)} > 0`],
    ['fields', `claims${'.a'.repeat(20_000)} == 1`],
    ['calls', `${'string('.repeat(3000)}claims.a${')'.repeat(3000)}`],
    ['conjunctions', `true${' && true'.repeat(20_000)}`],
    ['ternaries', `${'true ? '.repeat(3000)}1${' : 1'.repeat(3000)}`],
  ]
  for (const [name, source] of sources) {
    it(`is refused or answered, and never throws: ${name}`, () => {
      const compiled = environment.compile(source)
      const answer = compiled.kind === 'faults' ? compiled.faults.length : compiled.evaluate({})
      assert.notEqual(answer, undefined)
    })
  }
})

describe('claims that are hostile', () => {
  it('may be nested a thousand deep', () => {
    const nested: unknown = JSON.parse(`${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`)
    assert.equal(evaluated(`claims.x${'.a'.repeat(100)} == 1`, { x: nested }), 'false')
    assert.equal(evaluated('claims.x == claims.x', { x: nested }), 'true')
  })

  it('may have the names of JavaScript', () => {
    const names = parsed(
      '{"__proto__": {"admin": true}, "n": {"__proto__": {"admin": true}, "constructor": "c"}}',
    )
    assert.equal(evaluated('has(claims.admin)', names), 'false')
    assert.equal(evaluated('has(claims.n.admin)', names), 'false')
    assert.equal(evaluated('claims.n.__proto__.admin', names), 'true')
    assert.equal(evaluated('claims.n.constructor', names), '"c"')
    assert.equal(evaluated('claims.constructor', names), 'error(no such key: constructor)')
  })
})
