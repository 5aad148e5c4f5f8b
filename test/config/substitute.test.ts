import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { substitute } from '../../src/config/substitute.ts'

const env = { HOST: 'example.com', EMPTY: '', LOOP: '${HOST}', _X1: 'y' }

describe('substitute()', () => {
  const good = [
    ['plain', 'plain'],
    ['https://${HOST}/', 'https://example.com/'],
    ['${HOST}${_X1}', 'example.comy'],
    ['a${EMPTY}b', 'ab'],
    ['$${HOST}', '${HOST}'],
    ['$$${HOST}', '$${HOST}'],
    ['$HOST $ {HOST} {x}', '$HOST $ {HOST} {x}'],
    // What a variable holds is not read again.
    ['${LOOP}', '${HOST}'],
  ] as const
  for (const [text, expected] of good) {
    it(`reads ${text} as ${expected}`, () => {
      assert.deepEqual(substitute(text, env), { ok: true, text: expected })
    })
  }

  for (const text of [
    '${NOPE}',
    '${toString}',
    '${__proto__}',
    '${}',
    '${',
    '${A B}',
    '${HOST',
    '${1}',
  ]) {
    it(`refuses ${text}`, () => {
      assert.equal(substitute(text, env).ok, false)
    })
  }

  it('names every variable that is missing', () => {
    const result = substitute('${ONE} ${TWO}', {})
    assert.ok(!result.ok)
    assert.match(result.message, /"ONE".*"TWO"/)
  })
})
