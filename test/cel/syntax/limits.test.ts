import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse } from '../../../src/cel/syntax/parse.ts'

function isRead(source: string): boolean {
  return 'root' in parse(source)
}

/** The last depth that cel-go reads, asked of kube-apiserver's own. */
const depths: readonly (readonly [name: string, last: number, write: (n: number) => string])[] = [
  ['parentheses', 249, (n) => `${'('.repeat(n)}1${')'.repeat(n)}`],
  ['lists', 249, (n) => `${'['.repeat(n)}1${']'.repeat(n)}`],
  ['conditionals', 249, (n) => `${'a ? b : '.repeat(n)}c`],
  ['selections', 250, (n) => `a${'.b'.repeat(n)}`],
  ['optional selections', 250, (n) => `a${'.?b'.repeat(n)}`],
  ['indices', 250, (n) => `a${'[0]'.repeat(n)}`],
  ['methods', 250, (n) => `a${'.b()'.repeat(n)}`],
  ['sums', 250, (n) => `1${'+1'.repeat(n)}`],
  ['relations', 250, (n) => `a${' == a'.repeat(n)}`],
  ['parentheses at the right of a sum', 124, (n) => `${'1+('.repeat(n)}1${')'.repeat(n)}`],
  ['products at the right of a sum', 83, (n) => `${'1+1*('.repeat(n)}1${')'.repeat(n)}`],
]

describe('the limits of parse()', () => {
  for (const [name, last, write] of depths) {
    it(`reads ${last} ${name} within each other and no more`, () => {
      assert.equal(isRead(write(last)), true)
      assert.equal(isRead(write(last + 1)), false)
    })
  }

  it('does not count what is not nested', () => {
    assert.equal(isRead(`a${' || a'.repeat(5000)}`), true)
    assert.equal(isRead(`${'!'.repeat(50_000)}a`), true)
    assert.equal(isRead(`[${'1,'.repeat(20_000)}]`), true)
  })

  it('reads 100,000 code points and no more', () => {
    assert.equal(isRead(`1${' '.repeat(99_999)}`), true)
    assert.equal(isRead(`1${' '.repeat(100_000)}`), false)
    assert.equal(isRead(`'${'😀'.repeat(99_998)}'`), true)
    assert.equal(isRead(`'${'😀'.repeat(99_999)}'`), false)
  })

  it('refuses macros that double what stands before them too often', () => {
    const doubled = '.optMap(x, x)'
    assert.equal(isRead(`a${doubled.repeat(8)}`), true)
    assert.equal(isRead(`a${doubled.repeat(100)}`), false)
  })

  const hostile: readonly string[] = [
    '('.repeat(99_999),
    '['.repeat(99_999),
    '{'.repeat(99_999),
    '-'.repeat(99_999),
    'a.'.repeat(49_999),
    'a?'.repeat(49_999),
    'f('.repeat(49_999),
    `"""${'a'.repeat(99_990)}`,
    `'${'\\'.repeat(99_990)}`,
    `1e${'9'.repeat(99_990)}`,
    `0x${'f'.repeat(99_990)}`,
    '9'.repeat(99_990),
  ]
  for (const source of hostile) {
    it(`ends in a fault for ${source.slice(0, 8)}…`, () => assert.equal(isRead(source), false))
  }
})
