import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse } from '../../../src/cel/syntax/parse.ts'
import { faultOf, written } from './written.ts'

const trees: readonly (readonly [source: string, tree: string])[] = [
  ['1 + 2 * 3', '_+_(1, _*_(2, 3))'],
  ['1 * 2 + 3', '_+_(_*_(1, 2), 3)'],
  ['1 - 2 - 3', '_-_(_-_(1, 2), 3)'],
  ['(1 + 2) * 3', '_*_(_+_(1, 2), 3)'],
  ['a < b == c', '_==_(_<_(a, b), c)'],
  ['a in b && c in d', '_&&_(@in(a, b), @in(c, d))'],
  ['a || b && c', '_||_(a, _&&_(b, c))'],
  ['a || b || c || d', '_||_(_||_(a, b), _||_(c, d))'],
  ['a && b && c', '_&&_(_&&_(a, b), c)'],
  ['a ? b : c ? d : e', '_?_:_(a, b, _?_:_(c, d, e))'],
  ['a ? .b : c', '_?_:_(a, .b, c)'],
  ['!a.b', '!_(a.b)'],
  ['!!a', 'a'],
  ['---a', '-_(a)'],
  ['-1.size()', '-1.size()'],
  ['1 --1', '_-_(1, -1)'],
  ['!-1', '!_(-1)'],
  ['a.b.c', 'a.b.c'],
  ['.a.b', '.a.b'],
  ['a.b(c).d[e]', '_[_](a.b(c).d, e)'],
  ['a.?b.c', '_?._(a, "b").c'],
  ['a[?b]', '_[?_](a, b)'],
  ['a . ? b [ ? c ]', '_[?_](_?._(a, "b"), c)'],
  ['[]', '[]'],
  ['[,]', '[]'],
  ['[1, ?a,]', '[1, ?a]'],
  ['{,}', '{}'],
  ['{?a: b, c: d,}', '{?a: b, c: d}'],
  ['{a ? b : c : d}', '{_?_:_(a, b, c): d}'],
  ['A{}', 'A{}'],
  ['.a.B{c: d, ?e: f,}', '.a.B{c: d, ?e: f}'],
  ['a.B{,}.c', 'a.B{}.c'],
  ['a.if.namespace', 'a.if.namespace'],
  ['a.while()', 'a.while()'],
  ['f()', 'f()'],
  ['.f(a)', '.f(a)'],
  ['a // b\n + c', '_+_(a, c)'],
  ['a\r\n\t\f+ c', '_+_(a, c)'],
]

const refused: readonly (readonly [source: string, column: number])[] = [
  ['', 1],
  ['1 +', 4],
  ['+ 1', 1],
  ['a b', 3],
  ['a = b', 3],
  ['a & b', 3],
  ['(a', 3],
  ['a)', 2],
  ['[1,,]', 4],
  ['[,1]', 3],
  ['[1 2]', 4],
  ['{1}', 3],
  ['{1: 2,,}', 7],
  ['f(a,)', 5],
  ['f(,)', 3],
  ['a ? b', 6],
  ['a ? b ? c : d : e', 7],
  ['-!a', 2],
  ['a.', 3],
  ['a..b', 3],
  ['a.1', 2],
  ['a.in', 3],
  ['a.true', 3],
  ['a.?b()', 5],
  ['a.`b`', 3],
  ['`a`', 1],
  ['f(a)(b)', 5],
  ['(a).B{}', 6],
  ['if', 1],
  ['a && namespace', 6],
  ['.package', 2],
  ['void(1)', 1],
  ['@result', 1],
  ['é', 1],
  ['a ; b', 3],
  ['1\u00a0+ 2', 2],
]

describe('parse()', () => {
  for (const [source, tree] of trees) {
    it(`reads ${JSON.stringify(source)}`, () => assert.equal(written(source), tree))
  }

  for (const [source, column] of refused) {
    it(`refuses ${JSON.stringify(source)} at column ${column}`, () => {
      assert.deepEqual([faultOf(source).line, faultOf(source).column], [1, column])
    })
  }

  it('names every reserved word, not only the first', () => {
    const faults = parse('if || else')
    assert.deepEqual('length' in faults && faults.map(({ column }) => column), [1, 7])
  })

  it('counts lines at \\n and columns in code points', () => {
    const { line, column } = faultOf('"😀" +\r\n "😀" & 1')
    assert.deepEqual([line, column], [2, 6])
  })

  it('keeps where each node stands, in UTF-16 units', () => {
    const parsed = parse('"😀" + a.b')
    assert.ok('root' in parsed)
    assert.equal(parsed.offsets.get(parsed.root.id), 5)
    assert.deepEqual(
      [...parsed.offsets.values()].toSorted((a, b) => a - b),
      [0, 5, 7, 8],
    )
    assert.equal(parsed.lastId, 4)
  })

  it('reads a lone surrogate as U+FFFD, as Go has it', () => {
    assert.equal(written("'\ud800'"), '"\ufffd"')
  })
})
