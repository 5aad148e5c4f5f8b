import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { html, renderHtml } from '../../src/pages/html.ts'
import { languages } from '../../src/pages/language.ts'
import { catalogue } from '../../src/pages/messages/catalogue.ts'
import type { Messages } from '../../src/pages/messages/messages.ts'

/** Every text of a catalogue, by where it stands. */
function textsOf(value: unknown, path: string): readonly (readonly [path: string, text: string])[] {
  if (typeof value === 'string') return [[path, value]]
  assert.ok(typeof value === 'object' && value !== null, path)
  return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, `${path}.${key}`))
}

/** The same, with something in the place of names and numbers. */
function allTexts(messages: Messages): readonly (readonly [path: string, text: string])[] {
  const { account, denied, shortened, signedOut, ...rest } = messages
  const name = html`X`
  return textsOf(
    {
      ...rest,
      shortened: shortened(7),
      account: { ...account, moreGroups: account.moreGroups(7) },
      denied: {
        signedInAs: renderHtml(denied.signedInAs(name)),
        knownAs: renderHtml(denied.knownAs(name)),
      },
      signedOut: { ...signedOut, there: renderHtml(signedOut.there(name)) },
    },
    '',
  )
}

describe('the messages', () => {
  for (const language of languages) {
    const texts = allTexts(catalogue[language])

    it(`are there and tidy (${language})`, () => {
      assert.ok(texts.length > 80)
      for (const [path, text] of texts) {
        assert.match(text, /^\S(?:.*\S)?$/, path)
        assert.doesNotMatch(text, / {2}|[<>"]|\.\.\.|\p{Cc}/u, path)
      }
    })

    it(`end sentences, but not headings and labels, with a full stop (${language})`, () => {
      for (const [path, text] of texts) {
        if (path.endsWith('.text')) assert.match(text, /\.$/, path)
        if (path.endsWith('.title')) assert.doesNotMatch(text, /\.$/, path)
      }
    })
  }

  it('are not left untranslated', () => {
    const german = new Map(allTexts(catalogue.de))
    const same = allTexts(catalogue.en).filter(([path, text]) => german.get(path) === text)
    assert.deepEqual(
      same.map(([path]) => path),
      ['.direction', '.logo'],
    )
  })

  it('say where a name stands', () => {
    const { knownAs, signedInAs } = catalogue.de.denied
    assert.equal(renderHtml(signedInAs(html`<b>x</b>`)), 'Sie sind angemeldet als <b>x</b>.')
    assert.match(renderHtml(knownAs(html`<b>x</b>`)), /<b>x<\/b>/)
  })
})
