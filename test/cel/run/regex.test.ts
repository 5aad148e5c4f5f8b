import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CompiledRegex } from '../../../src/cel/library.ts'
import { createRegex } from '../../../src/cel/run/regex.ts'
import { unlimitedMeter } from '../../../src/cel/run/work.ts'

const regex = createRegex()

function compiled(pattern: string): CompiledRegex {
  const result = regex(pattern)
  assert.ok(!('kind' in result), `${pattern} is refused`)
  return result
}

describe('createRegex()', () => {
  const refused = [
    '(?=a)',
    '(?!a)',
    '(?<=a)b',
    '(a)\\1',
    'a**',
    '[z-a]',
    '(',
    '[a',
    '\\8',
    'a{1001}',
    '\\p{Foo}',
    '\\p{old_italic}',
    '\\pé',
    '(?P<a-b>x)',
    '\\C',
    '(?>a)',
  ]
  for (const pattern of refused) {
    it(`refuses ${pattern}`, () => {
      assert.ok('kind' in regex(pattern))
    })
  }

  const matches: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ['b', 'abc', true],
    ['^b', 'abc', false],
    ['(?i)straße', 'STRAßE', true],
    ['\\p{Greek}', 'α', true],
    ['\\p{greek}', 'α', true],
    ['\\p{^Greek}', 'α', false],
    ['\\p{uppercase_letter}', 'a', false],
    ['[^\\p{Lower Case Letter}]', 'a', false],
    ['\\p{ASCII}', 'é', false],
    ['[\\P{ascii}]', 'é', true],
    ['[]\\pL]', ']', true],
    ['\\Q\\p{foo}\\E', '\\p{foo}', true],
    ['(?P<n>a)(?<n>b)', 'ab', true],
    ['[(?<n>a)]', '<', true],
    ['.', '\u{1F600}', true],
    ['^.$', '\u{1F600}', true],
    ['.', '\n', false],
  ]
  for (const [pattern, text, expected] of matches) {
    it(`says ${expected} of ${pattern} in ${JSON.stringify(text)}`, () => {
      assert.equal(compiled(pattern).test(text, unlimitedMeter()), expected)
    })
  }

  const found: readonly (readonly [
    pattern: string,
    text: string,
    limit: number,
    found: readonly string[],
  ])[] = [
    ['a*', 'baaac', -1, ['', 'aaa', '']],
    ['x*', 'x=y', -1, ['x', '', '']],
    ['a|b', 'abab', 2, ['a', 'b']],
    ['a', 'aaa', 0, []],
    ['c', 'ab', -1, []],
  ]
  for (const [pattern, text, limit, expected] of found) {
    it(`finds at most ${limit} of ${pattern} in ${text} as Go does`, () => {
      assert.deepEqual(
        compiled(pattern).findAll(text, { limit, meter: unlimitedMeter() }),
        expected,
      )
    })
  }

  it('keeps what it compiled, but not all of it', () => {
    const kept = createRegex()
    const first = kept('a')
    assert.equal(kept('a'), first)
    for (let i = 0; i < 200; i++) kept(`b${i}`)
    assert.notEqual(kept('a'), first)
  })

  it('takes time in proportion to the text, whatever the pattern', () => {
    const text = `${'a'.repeat(50_000)}!`
    const patterns = [
      '(a+)+$',
      '(a|aa)+$',
      '(a*)*b',
      '(.*)(.*)(.*)(.*)$x',
      '^(([a-z])+.)+[A-Z]([a-z])+$',
    ]
    assert.deepEqual(
      patterns.map((pattern) => compiled(pattern).test(text, unlimitedMeter())),
      [false, false, false, false, false],
    )
  })
})
