import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderHtml } from '../../src/pages/html.ts'
import type { Language } from '../../src/pages/language.ts'
import { moment } from '../../src/pages/time.ts'

const now = new Date('2026-03-02T14:20:00Z')
const shown = (at: string, language: Language) =>
  renderHtml(moment(new Date(at), { now, language })).replaceAll(/<[^>]+>/g, '')

describe('moment()', () => {
  const cases: readonly (readonly [at: string, en: string, de: string])[] = [
    ['2026-03-02T14:19:50Z', '10 seconds ago', 'vor 10 Sekunden'],
    ['2026-03-02T14:19:00Z', '60 seconds ago', 'vor 60 Sekunden'],
    ['2026-03-02T14:18:00Z', '2 minutes ago', 'vor 2 Minuten'],
    ['2026-03-02T15:20:00Z', 'in 60 minutes', 'in 60 Minuten'],
    ['2026-03-02T15:50:00Z', 'in 2 hours', 'in 2 Stunden'],
    ['2026-03-03T02:19:59Z', 'in 12 hours', 'in 12 Stunden'],
    ['2026-03-04T14:20:00Z', 'in 2 days', 'in 2 Tagen'],
    ['2026-03-02T14:20:00Z', 'in 0 seconds', 'in 0 Sekunden'],
  ]
  for (const [at, en, de] of cases) {
    it(`says how far away ${at} is`, () => {
      assert.ok(shown(at, 'en').startsWith(`${en} `), shown(at, 'en'))
      assert.ok(shown(at, 'de').startsWith(`${de} `), shown(at, 'de'))
    })
  }

  it('says when, in UTC, and for programs', () => {
    const at = '2026-03-03T01:40:00Z'
    assert.match(shown(at, 'en'), /3 March 2026 at 01:40 UTC$/)
    assert.match(shown(at, 'de'), /3\. März 2026 um 01:40 UTC$/)
    const markup = renderHtml(moment(new Date(at), { now, language: 'en' }))
    assert.match(markup, /<time datetime="2026-03-03T01:40:00\.000Z">/)
  })
})
