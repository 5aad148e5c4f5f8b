import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { styleAsset, styleSheet } from '../../src/pages/style.ts'

describe('styleSheet', () => {
  it('loads nothing', () => assert.doesNotMatch(styleSheet, /url\(|@import|@font-face|image-set/))

  it('has each colour in both schemes, and uses no other', () => {
    const defined = [...styleSheet.matchAll(/--([a-z-]+): #[0-9a-f]{6};/g)].map(([, name]) => name)
    const used = new Set([...styleSheet.matchAll(/var\(--([a-z-]+)\)/g)].map(([, name]) => name))
    for (const name of new Set([...defined, ...used])) {
      assert.equal(defined.filter((other) => other === name).length, 2, name)
      assert.ok(used.has(name), name)
    }
    const rules = styleSheet.slice(styleSheet.indexOf('*, ::before'))
    assert.doesNotMatch(rules, /#[0-9a-f]{3,8}\b/)
  })

  it('moves nothing', () => assert.doesNotMatch(styleSheet, /animation|transition|scroll-behavior/))

  it('names sides by the direction of the script', () => {
    assert.doesNotMatch(
      styleSheet,
      /(?:margin|padding|border)-(?:left|right)|text-align: (?:left|right)|float/,
    )
  })

  it('has another version whenever it is another', () => {
    assert.match(styleAsset.version, /^[\w-]{12}$/)
    assert.equal(styleAsset.body, styleSheet)
  })

  const pairs: readonly (readonly [what: string, on: string, ratio: number])[] = [
    ['ink', 'sheet', 7],
    ['ink', 'paper', 7],
    ['ink', 'accent-soft', 7],
    ['quiet', 'sheet', 4.5],
    ['accent', 'sheet', 4.5],
    ['accent-strong', 'sheet', 4.5],
    ['accent', 'accent-soft', 4.5],
    ['on-accent', 'accent', 4.5],
    ['on-accent', 'accent-strong', 4.5],
    ['bad', 'bad-soft', 4.5],
    // Not text: 1.4.11 asks for 3. The focus ring lies on the sheet.
    ['edge', 'sheet', 3],
    ['good', 'good-soft', 3],
    ['wait', 'wait-soft', 3],
  ]
  for (const scheme of ['light', 'dark'] as const) {
    for (const [what, on, ratio] of pairs) {
      it(`has ${ratio}:1 of contrast for ${what} on ${on}, ${scheme} (WCAG 2.2, 1.4.3, 1.4.11)`, () => {
        const found = contrast(colour(what, scheme), colour(on, scheme))
        assert.ok(found >= ratio, `${found.toFixed(2)}:1`)
      })
    }
  }
})

function colour(name: string, scheme: 'light' | 'dark'): string {
  const [light, dark] = styleSheet.matchAll(new RegExp(`--${name}: (#[0-9a-f]{6});`, 'g'))
  const [, found] = (scheme === 'light' ? light : dark) ?? []
  assert.ok(found, `${name} has a colour`)
  return found
}

/** {@link https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio WCAG 2.2, contrast ratio}. */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
