import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stripWhiteSpace, trimWhiteSpace } from '../../src/authn/white-space.ts'

describe('trimWhiteSpace()', () => {
  const cases = [
    { text: '  a b \t', trimmed: 'a b' },
    { text: '\u00a0\u0085\u2028a\u3000', trimmed: 'a' },
    { text: '\ufeffa\u200b', trimmed: '\ufeffa\u200b' },
    { text: ' \r\n', trimmed: '' },
    { text: '', trimmed: '' },
  ]
  for (const { text, trimmed } of cases) {
    it(`leaves ${JSON.stringify(trimmed)} of ${JSON.stringify(text)}`, () => {
      assert.equal(trimWhiteSpace(text), trimmed)
    })
  }

  it('takes linear time for a long run of blanks inside', () => {
    const text = `a${' '.repeat(1_000_000)}b`
    assert.equal(trimWhiteSpace(text), text)
  })
})

describe('stripWhiteSpace()', () => {
  it('takes white space out everywhere', () => {
    assert.equal(stripWhiteSpace(' a\u00a0b\n c\u2003'), 'abc')
  })

  it('leaves a byte order mark, which is none', () => {
    assert.equal(stripWhiteSpace('a\ufeffb'), 'a\ufeffb')
  })
})
