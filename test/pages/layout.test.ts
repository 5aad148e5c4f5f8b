import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { accountPage } from '../../src/pages/account.ts'
import { deniedPage } from '../../src/pages/denied.ts'
import { languages } from '../../src/pages/language.ts'
import type { Page } from '../../src/pages/layout.ts'
import { catalogue } from '../../src/pages/messages/catalogue.ts'
import { createShells, type PageShell } from '../../src/pages/shell.ts'
import { continuePage, failedPage, framePage, pickPage } from '../../src/pages/sign-in.ts'
import { confirmSignOutPage, signedOutPage } from '../../src/pages/sign-out.ts'
import { branding } from '../support/page-gallery.ts'
import { userInfo } from '../support/user.ts'

const attack = `"'><script>alert(1)</script></pre><img src=x onerror=alert(1)>\u202E`

const shellFor = createShells({ pathPrefix: '/oauth2', branding })
const shellIn = (language: string) => shellFor(new Map([['accept-language', language]]))
const english = shellIn('en')
const bare: PageShell = { ...english, name: undefined, logoURL: undefined, styleURL: undefined }
const hostile: PageShell = { ...english, name: attack, logoURL: attack, styleURL: attack }

/** Every page, with hostile text wherever text of others stands. */
const pages: Readonly<Record<string, (shell: PageShell) => Page>> = {
  pick: (shell) =>
    pickPage(shell, {
      providers: [
        { id: 'a', displayName: attack, href: attack },
        { id: attack, displayName: attack, href: attack },
      ],
      remembered: attack,
    }),
  denied: (shell) =>
    deniedPage(shell, {
      reason: 'not-allowed',
      decisionId: attack,
      signInURL: attack,
      switchURL: attack,
      user: attack,
    }),
  'denied by another credential': (shell) =>
    deniedPage(shell, { reason: 'condition', decisionId: attack, signInURL: attack, user: attack }),
  unavailable: (shell) =>
    deniedPage(shell, { reason: 'unavailable', decisionId: attack, signInURL: undefined }),
  frame: (shell) => framePage(shell, { startURL: attack }),
  continue: (shell) =>
    continuePage(shell, { continueTo: new URL(`https://app.example.com/?${attack}`) }),
  failed: (shell) =>
    failedPage(shell, { failure: 'stale', decisionId: attack, signInURL: attack, homeURL: attack }),
  'signed out': (shell) => signedOutPage(shell, { signInURL: attack }),
  'signed out there': (shell) => signedOutPage(shell, { signInURL: attack, provider: attack }),
  confirm: (shell) => confirmSignOutPage(shell, { signOutURL: attack, stayURL: attack }),
  account: (shell) =>
    accountPage(shell, {
      user: userInfo({
        name: attack,
        uid: attack,
        groups: Array.from({ length: 30 }, () => attack),
      }),
      email: attack,
      provider: attack,
      now: new Date(0),
      createdAt: new Date(0),
      refreshesAt: new Date(1),
      idleEndsAt: new Date(1),
      expiresAt: new Date(1),
      signOutURL: attack,
      continueURL: attack,
    }),
}

function policyOf({ headers }: Page): string | undefined {
  return new Map(headers).get('content-security-policy')
}

function hrefs({ body }: Page): readonly (string | undefined)[] {
  return [...body.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, href]) => href)
}

/** What a dashboard may show in the place of one of its parts. */
const framed = new Set(['frame', 'denied', 'denied by another credential', 'unavailable'])

/** Any tag that is only a name and quoted attributes, and the document type. */
const wellFormedTag = /<!doctype html>|<\/?\w+(?: [a-zA-Z-]+="[^"<>]*")*>/g

for (const [name, make] of Object.entries(pages)) {
  describe(`the page "${name}"`, () => {
    for (const [which, shell] of Object.entries({ hostile, bare, german: shellIn('de') })) {
      it(`keeps hostile text as text (${which} shell)`, () => {
        const { body } = make(shell)
        assert.doesNotMatch(body, /<script|<img src="?x|<\/pre|<style| style="| on\w+="/)
        assert.doesNotMatch(body.replace(wellFormedTag, ''), /[<>"]/)
      })
    }

    it('lets nobody turn the direction of the text around', () => {
      const { body } = make(english)
      const texts = body.replace(/ (?:href|content|src)="[^"]*"/g, '')
      assert.doesNotMatch(texts.replace(/<code>[^<]*<\/code>/g, ''), /[\u202A-\u202E]/)
    })

    it('has a policy without script, form and foreign source', () => {
      const ancestors = framed.has(name) ? "'self'" : "'none'"
      const rest = `form-action 'none'; base-uri 'none'; frame-ancestors ${ancestors}`
      assert.equal(policyOf(make(bare)), `default-src 'none'; style-src 'self'; ${rest}`)
      assert.equal(
        policyOf(make(english)),
        `default-src 'none'; style-src 'self'; img-src 'self'; ${rest}`,
      )
    })

    it('says of itself that it is HTML, not to be framed or sniffed', () => {
      const { headers } = make(english)
      const lines = new Map(headers)
      assert.equal(lines.size, headers.length)
      assert.equal(lines.get('content-type'), 'text/html; charset=utf-8')
      assert.equal(lines.get('x-content-type-options'), 'nosniff')
      assert.equal(lines.get('referrer-policy'), 'no-referrer')
      assert.equal(lines.get('x-frame-options'), framed.has(name) ? 'SAMEORIGIN' : 'DENY')
    })

    for (const language of languages) {
      it(`is whole, in the language that it says it is in (${language})`, () => {
        const { headers, body } = make(shellIn(language))
        const lines = new Map(headers)
        assert.equal(lines.get('content-language'), language)
        assert.equal(lines.get('vary'), 'accept-language')
        assert.ok(body.startsWith(`<!doctype html>\n<html lang="${language}" dir="ltr">`))
        assert.match(body, /<meta name="viewport" content="width=device-width, initial-scale=1">/)
        for (const once of [
          /<h1>/g,
          /<main>/g,
          /<header>/g,
          /<title>[^<]+ – Aurora [^<]+<\/title>/g,
        ]) {
          assert.equal(body.match(once)?.length, 1, String(once))
        }
        assert.doesNotMatch(body, /undefined|\[object/)
      })
    }

    it('does without name, logo and style sheet', () => {
      const { body } = make(bare)
      assert.doesNotMatch(body, /<header|<link|<img|undefined/)
      assert.match(body, /<title>[^<–]+<\/title>/)
    })
  })
}

describe('the operator’s name and logo', () => {
  it('has no second text where the name stands beside it', () => {
    const { body } = signedOutPage(english, { signInURL: '/' })
    assert.match(body, /<img src="\/oauth2\/logo\?v=[\w-]{12}" alt="">\n<span><bdi>Aurora /)
  })

  it('is called a logo where it stands alone', () => {
    const { body } = signedOutPage({ ...english, name: undefined }, { signInURL: '/' })
    assert.match(body, /alt="Logo">/)
  })
})

describe('pickPage()', () => {
  const one = { id: 'a', displayName: 'First', href: '/a' }
  const two = { id: 'b', displayName: 'Second', href: '/b' }
  const links = (remembered: string | undefined) => [
    ...pickPage(english, { providers: [one, two], remembered }).body.matchAll(
      /<a(?: class="(\w+)")? href="([^"]+)"/g,
    ),
  ]

  it('has the remembered one first, and marks it', () => {
    assert.deepEqual(
      links('b').map(([, mark, href]) => [mark, href]),
      [
        ['remembered', '/b'],
        [undefined, '/a'],
      ],
    )
  })

  for (const remembered of [undefined, 'gone', '']) {
    it(`keeps the order when it remembers ${JSON.stringify(remembered)}`, () => {
      assert.deepEqual(
        links(remembered).map(([, mark, href]) => [mark, href]),
        [
          [undefined, '/a'],
          [undefined, '/b'],
        ],
      )
    })
  }
})

describe('accountPage()', () => {
  const options = {
    user: userInfo({ name: 'alice' }),
    email: undefined,
    provider: 'Dex',
    now: new Date(0),
    createdAt: new Date(0),
    expiresAt: new Date(1000),
    signOutURL: '/out',
    continueURL: '/on',
  }
  const groups = (count: number) =>
    accountPage(english, {
      ...options,
      user: userInfo({ name: 'alice', groups: Array.from({ length: count }, (_, at) => `g${at}`) }),
    }).body

  it('leaves out what it does not know', () => {
    const { body } = accountPage(english, options)
    const { user, email, uid, idleEndsAt, refreshesAt, noGroups } = english.messages.account
    for (const label of [email, uid, idleEndsAt, refreshesAt]) {
      assert.ok(!body.includes(`<dt>${label}</dt>`), label)
    }
    assert.ok(body.includes(`<dt>${user}</dt><dd><bdi>alice</bdi></dd>`))
    assert.ok(body.includes(`<dd>${noGroups}</dd>`))
  })

  it('shows a few groups at once, the rest behind a summary, and all of them', () => {
    assert.doesNotMatch(groups(12), /<details/)
    assert.match(groups(13), /<details><summary>Show 1 more<\/summary>/)
    const many = groups(500)
    assert.match(many, /<details><summary>Show 488 more<\/summary>/)
    assert.equal(many.match(/<li>/g)?.length, 500)
  })

  it('stays small when names are 4 KB long', () => {
    const user = userInfo({
      name: 'n'.repeat(4096),
      groups: Array.from({ length: 500 }, () => 'g'.repeat(4096)),
    })
    const { body } = accountPage(english, { ...options, user, email: 'e'.repeat(4096) })
    assert.ok(body.length < 200_000)
    assert.match(body, /\(4096 characters\)/)
  })
})

describe('deniedPage()', () => {
  const denial = { decisionId: 'id1', signInURL: undefined }

  it('offers to sign in where that helps', () => {
    const page = deniedPage(english, { ...denial, reason: 'no-credential', signInURL: '/in' })
    assert.deepEqual(hrefs(page), ['/in'])
  })

  it('says as whom, and offers to come back as somebody else', () => {
    const page = deniedPage(english, {
      ...denial,
      reason: 'condition',
      user: 'alice',
      switchURL: '/out',
    })
    assert.deepEqual(hrefs(page), ['/out'])
    assert.match(page.body, /You are signed in as <strong><bdi>alice<\/bdi><\/strong>\./)
  })

  it('does not call somebody signed in who shows a certificate', () => {
    const page = deniedPage(english, { ...denial, reason: 'condition', user: 'robot' })
    assert.deepEqual(hrefs(page), [])
    assert.match(page.body, /made as <strong><bdi>robot<\/bdi>/)
  })

  for (const reason of ['unavailable', 'too-many-attempts'] as const) {
    it(`offers to try again, and never to sign out (${reason})`, () => {
      const page = deniedPage(english, { ...denial, reason, user: 'alice', switchURL: '/out' })
      assert.deepEqual(hrefs(page), [''])
    })
  }

  it('has the decision id to quote', () => {
    const { body } = deniedPage(english, { ...denial, reason: 'no-route' })
    assert.match(body, /<p class="decision">[^<]+ <code>id1<\/code><\/p>/)
    assert.ok(body.includes(catalogue.en.reasons['no-route'].title))
  })
})
