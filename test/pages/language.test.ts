import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { string as anyString, assert as holds, property } from 'fast-check'
import { chooseLanguage, languages } from '../../src/pages/language.ts'

describe('chooseLanguage()', () => {
  const cases: readonly (readonly [header: string | undefined, language: string])[] = [
    [undefined, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['DE', 'de'],
    ['de-AT', 'de'],
    ['de-Latn-DE-1996', 'de'],
    ['en-GB,en;q=0.9,de;q=0.8', 'en'],
    ['de-CH, en;q=0.5', 'de'],
    ['en;q=0.5,\tde ;\tq=0.501', 'de'],
    ['en;q=0.5, de;q=0.5', 'en'],
    ['de;q=0.5, en;q=0.5', 'de'],
    ['fr, de;q=0.2, en;q=0.1', 'de'],
    ['fr, ja;q=0.9', 'en'],
    ['fr, *;q=0.5', 'en'],
    ['*', 'en'],
    ['de;q=0', 'en'],
    ['de;q=0.000, *', 'en'],
    ['en;q=0, *', 'de'],
    ['en;q=0, de;q=0, *', 'en'],
    ['de-AT, de;q=0', 'en'],
    ['de-DE;Q=1.000', 'de'],
    // Malformed: no wish.
    ['de;q=2', 'en'],
    ['de;q=0.0001', 'en'],
    ['de;q=-1', 'en'],
    ['de;q=', 'en'],
    ['de;level=1', 'en'],
    ['de_DE', 'en'],
    ['de-', 'en'],
    ['-de', 'en'],
    ['deutsch-land!', 'en'],
    ['de;q=1;q=0', 'en'],
    ['de de', 'en'],
    ['__proto__, constructor, de', 'de'],
    ['<script>, de', 'de'],
    [',,,, de ,,', 'de'],
    // Too long: none is looked at.
    [`${'fr,'.repeat(400)}de`, 'en'],
    [`de${'-a'.repeat(600)}`, 'en'],
  ]
  for (const [header, language] of cases) {
    it(`is ${language} for ${header === undefined ? 'no header' : JSON.stringify(header.slice(0, 60))}`, () => {
      assert.equal(chooseLanguage(header), language)
    })
  }

  it('is a language of ours whatever is asked for', () => {
    holds(
      property(anyString({ unit: 'binary', maxLength: 1200 }), (header) => {
        assert.ok(languages.includes(chooseLanguage(header)))
      }),
    )
  })
})
