import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { accountPage } from '../../src/pages/account.ts'
import { deniedPage } from '../../src/pages/denied.ts'
import type { Page } from '../../src/pages/layout.ts'
import { continuePage, failedPage, framePage } from '../../src/pages/sign-in.ts'
import { confirmSignOutPage, signedOutPage } from '../../src/pages/sign-out.ts'
import { styleSheet } from '../../src/pages/style.ts'
import { userInfo } from '../support/user.ts'

const attack = `"'><script>alert(1)</script></pre><img src=x onerror=alert(1)>`
const styleURL = '/oauth2/style.css'

/** Every page, with hostile text wherever text of others stands. */
const pages: Readonly<Record<string, Page>> = {
  denied: deniedPage({
    title: attack,
    text: attack,
    decisionId: attack,
    signInURL: attack,
    signOutURL: attack,
    user: attack,
    styleURL: attack,
  }),
  frame: framePage({ startURL: attack, styleURL }),
  continue: continuePage({
    continueTo: new URL(`https://app.example.com/?${attack}`),
    styleURL,
  }),
  failed: failedPage({
    text: attack,
    decisionId: attack,
    styleURL: undefined,
    actions: [{ href: attack, label: attack }],
  }),
  'signed out': signedOutPage({ signInURL: attack, styleURL, provider: attack }),
  confirm: confirmSignOutPage({ signOutURL: attack, styleURL }),
  account: accountPage({
    user: userInfo({ name: attack, groups: [attack, attack] }),
    email: attack,
    provider: attack,
    createdAt: new Date(0),
    expiresAt: new Date(1),
    signOutURL: attack,
    continueURL: attack,
    styleURL,
  }),
}

describe('every page', () => {
  for (const [name, { headers, body }] of Object.entries(pages)) {
    it(`keeps hostile text as text (${name})`, () => {
      assert.doesNotMatch(body, /<script|<img|<\/pre|<style| style="| on\w+="/)
      const known = /<!doctype html>|<\/?(\w+)(?: [a-z-]+="[^"<>]*")*>/g
      assert.doesNotMatch(body.replace(known, ''), /[<>"]/)
    })

    it(`has a policy without script, form and foreign source (${name})`, () => {
      const policy = new Map(headers).get('content-security-policy')
      const ancestors = name === 'frame' ? "'self'" : "'none'"
      assert.equal(
        policy,
        `default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors ${ancestors}`,
      )
    })

    it(`is whole: language, title, one heading, width of the device (${name})`, () => {
      assert.match(body, /^<!doctype html>\n<html lang="en">/)
      assert.match(body, /<meta name="viewport" content="width=device-width, initial-scale=1">/)
      assert.equal(body.match(/<h1>/g)?.length, 1)
      assert.equal(body.match(/<title>[^<]+<\/title>/g)?.length, 1)
    })

    it(`says of itself that it is HTML, not to be framed or sniffed (${name})`, () => {
      const lines = new Map(headers)
      assert.equal(lines.size, headers.length)
      assert.equal(lines.get('content-type'), 'text/html; charset=utf-8')
      assert.equal(lines.get('x-content-type-options'), 'nosniff')
      assert.equal(lines.get('referrer-policy'), 'no-referrer')
      assert.equal(lines.get('x-frame-options'), name === 'frame' ? 'SAMEORIGIN' : 'DENY')
    })
  }

  it('leaves out what it does not know', () => {
    const { body } = deniedPage({
      title: 'No',
      text: 'Because.',
      decisionId: 'id1',
      signInURL: undefined,
      styleURL: undefined,
    })
    assert.doesNotMatch(body, /stylesheet|undefined|<a /)
    assert.match(body, /<code>id1<\/code>/)
  })
})

describe('styleSheet', () => {
  it('loads nothing', () => assert.doesNotMatch(styleSheet, /url\(|@import/))

  const pairs = [
    ['ink', 'sheet'],
    ['ink', 'paper'],
    ['quiet', 'sheet'],
    ['accent', 'sheet'],
    ['on-accent', 'accent'],
  ] as const
  for (const scheme of ['light', 'dark'] as const) {
    for (const [text, ground] of pairs) {
      it(`has 4.5:1 of contrast for ${text} on ${ground}, ${scheme} (WCAG 2.2, 1.4.3)`, () => {
        assert.ok(contrast(colour(text, scheme), colour(ground, scheme)) >= 4.5)
      })
    }
  }
})

function colour(name: string, scheme: 'light' | 'dark'): string {
  const [light, dark] = styleSheet.matchAll(new RegExp(`--${name}: (#[0-9a-f]{6});`, 'g'))
  return (scheme === 'light' ? light : dark)?.[1] ?? ''
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
