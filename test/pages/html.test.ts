import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { string as anyString, assert as holds, property } from 'fast-check'
import { html, renderHtml } from '../../src/pages/html.ts'

describe('html', () => {
  const cases: readonly (readonly [text: string, rendered: string])[] = [
    ['plain', 'plain'],
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['" onmouseover="x', '&quot; onmouseover=&quot;x'],
    ["' `x`", '&#39; &#96;x&#96;'],
    ['&lt;', '&amp;lt;'],
    ['a\u0000b\u001b[0m\u0085', 'a\uFFFDb\uFFFD[0m\uFFFD'],
    ['a\tb\r\nc', 'a\tb\r\nc'],
    ['größe 🦊', 'größe 🦊'],
  ]
  for (const [text, rendered] of cases) {
    it(`writes ${JSON.stringify(text)} as text`, () => {
      assert.equal(
        renderHtml(html`<b title="${text}">${text}</b>`),
        `<b title="${rendered}">${rendered}</b>`,
      )
    })
  }

  it('leaves markup of its own as it is, alone and in lists', () => {
    const items = ['<', '>'].map((text) => html`<li>${text}</li>`)
    assert.equal(
      renderHtml(html`<ul>${items}</ul>${html`<br>`}${undefined}${3}`),
      '<ul><li>&lt;</li><li>&gt;</li></ul><br>3',
    )
  })

  it('has no way to make markup of a string', () => {
    holds(
      property(anyString({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(renderHtml(html`${text}`), /[<>"'`]|&(?!(amp|lt|gt|quot|#39|#96);)/)
      }),
    )
  })
})
