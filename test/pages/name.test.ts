import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderHtml } from '../../src/pages/html.ts'
import { english } from '../../src/pages/messages/en.ts'
import { name } from '../../src/pages/name.ts'

const shown = (text: string) => renderHtml(name(text, english))

describe('name()', () => {
  const asTheyAre = [
    'alice@example.com',
    'عائشة',
    'שרה\u200F!',
    'नि\u200Dक',
    '👩\u200D🚀',
    'a  b',
    '',
  ]
  for (const text of asTheyAre) {
    it(`shows ${JSON.stringify(text)} as it is, apart from what is around it`, () => {
      assert.equal(shown(text), `<bdi>${text}</bdi>`)
    })
  }

  const deceptive: Readonly<Record<string, string>> = {
    'admin\u202Eresu': '<bdi>admin<span class="invisible">U+202E</span>resu</bdi>',
    '\u2067x\u2069':
      '<bdi><span class="invisible">U+2067</span>x<span class="invisible">U+2069</span></bdi>',
    'ad\u200Bmin': '<bdi>ad<span class="invisible">U+200B</span>min</bdi>',
    '\u{E0041}': '<bdi><span class="invisible">U+E0041</span></bdi>',
    'a\u2028b': '<bdi>a<span class="invisible">U+2028</span>b</bdi>',
    '<b>\u00AD</b>': '<bdi>&lt;b&gt;<span class="invisible">U+00AD</span>&lt;/b&gt;</bdi>',
    'a\u0000b\u0085': '<bdi>a\uFFFDb\uFFFD</bdi>',
  }
  for (const [text, markup] of Object.entries(deceptive)) {
    it(`shows what is invisible in ${JSON.stringify(text)}`, () =>
      assert.equal(shown(text), markup))
  }

  it('shows the beginning of a name of 4 KB, and how long it is', () => {
    assert.equal(shown('x'.repeat(4096)), `<bdi>${'x'.repeat(256)}…</bdi> (4096 characters)`)
  })

  it('cuts no character in half', () => {
    assert.equal(
      shown(`${'x'.repeat(255)}🦊${'y'.repeat(9)}`),
      `<bdi>${'x'.repeat(255)}…</bdi> (266 characters)`,
    )
  })
})
