/** Every page in a real Chromium: without scripts, in both schemes and languages, narrow and wide. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { languages } from '../../src/pages/language.ts'
import { type Chromium, type Profile, startChromium, tabTo } from '../support/chromium.ts'
import { chromiumBinary } from '../support/chromium-binary.ts'
import { type GalleryServer, gallery, serveGallery } from '../support/page-gallery.ts'
import { part } from '../support/require.ts'

const binary = await part('Chromium', chromiumBinary)
const axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

const narrow = { width: 320, height: 640 }
const wide = { width: 1280, height: 720 }

/** All but the one that leaves at once. */
const names = Object.keys(gallery).filter((name) => name !== 'continue')

/** What axe-core finds wrong, in a line each. Run beside the page's own policy, which has no scripts. */
async function faults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe)
  return page.evaluate<readonly string[]>(`axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }).then(({ violations, incomplete }) => [...violations, ...incomplete].flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ': ' + failureSummary)))`)
}

interface Target {
  readonly name: string
  readonly width: number
  readonly height: number
}

/** Names and sizes of what can be clicked. */
const targets = `[...document.querySelectorAll('a, summary')].map((element) => {
  const { width, height } = element.getBoundingClientRect()
  return { name: element.textContent, width, height }
})`

describe('every page in Chromium', { skip: binary.skip }, () => {
  let browser: Chromium
  let server: GalleryServer
  before(async () => {
    server = await serveGallery()
    browser = await startChromium(binary.get())
  })
  after(async () => {
    await browser.close()
    await server.close()
  })

  const open = async (profile: Profile, name: string): Promise<Page> => {
    const page = await profile.newPage()
    await page.goto(`${server.origin}/${name}`)
    return page
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has no fault that axe-core knows (${colorScheme})`, async () => {
      const profile = await browser.newProfile({ colorScheme, viewport: narrow })
      const page = await profile.newPage()
      const found: string[] = []
      for (const name of names) {
        await page.goto(`${server.origin}/${name}`)
        found.push(...(await faults(page)).map((fault) => `${name}: ${fault}`))
      }
      assert.deepEqual(found, [])
      await profile.close()
    })
  }

  for (const locale of languages) {
    it(`fits into 320 pixels, and everything to click is large enough (${locale})`, async () => {
      const profile = await browser.newProfile({ viewport: narrow, locale })
      const page = await profile.newPage()
      for (const name of names) {
        await page.goto(`${server.origin}/${name}`)
        assert.equal(await page.evaluate('document.documentElement.lang'), locale)
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, name)
        const found = await page.evaluate<readonly Target[]>(targets)
        for (const { name: label, width, height } of found) {
          assert.ok(width >= 24 && height >= 24, `${name}: ${label} ${width} × ${height}`)
        }
      }
      await profile.close()
    })
  }

  it('breaks none of its own policy', async () => {
    const profile = await browser.newProfile()
    const page = await profile.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('requestfailed', (request) => complaints.push(request.url()))
    for (const name of names) await page.goto(`${server.origin}/${name}`)
    assert.deepEqual(
      complaints.filter((text) => !text.includes('favicon.ico')),
      [],
    )
    await profile.close()
  })

  it('shows the logo, and uses the style sheet, though their status is 203', async () => {
    const profile = await browser.newProfile({ viewport: wide })
    const page = await open(profile, 'denied')
    assert.ok(Number(await page.evaluate('document.images[0].naturalWidth')) > 0)
    assert.equal(await page.evaluate('document.styleSheets.length'), 1)
    await profile.close()
  })

  it('can be used without scripts and without a mouse', async () => {
    const profile = await browser.newProfile({ javaScript: false })
    const page = await open(profile, 'pick')
    await page.keyboard.press('Tab')
    assert.equal(await page.locator(':focus').getAttribute('class'), 'remembered')
    await tabTo(page, 'a[href$="provider=guest"]')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/oauth2\/start\?rd=%2Fnotebooks&provider=guest$/)
    await page.goto(`${server.origin}/account-many-groups`)
    await tabTo(page, 'summary')
    assert.equal(await page.getByText('project-500').isVisible(), false)
    await page.keyboard.press('Enter')
    assert.equal(await page.getByText('project-500').isVisible(), true)
    await profile.close()
  })

  it('shows where the focus is, in forced colours too', async () => {
    for (const forcedColors of ['none', 'active'] as const) {
      const profile = await browser.newProfile({ forcedColors })
      const page = await open(profile, 'confirm-sign-out')
      await tabTo(page, 'a.main')
      const outline: unknown = await page.evaluate(
        `(({ outlineStyle, outlineWidth }) => outlineStyle + ' ' + outlineWidth)(getComputedStyle(document.activeElement))`,
      )
      assert.equal(outline, 'solid 3px')
      await profile.close()
    }
  })

  it('shows a denial inside a frame of the same origin, and nothing else', async () => {
    const profile = await browser.newProfile()
    const page = await open(profile, 'oauth2/style.css')
    const shownIn = async (name: string): Promise<string> => {
      const navigated = page.waitForEvent(
        'framenavigated',
        (frame) => frame.url() !== 'about:blank',
      )
      await page.evaluate(`document.body.append(
        Object.assign(document.createElement('iframe'), { src: '/${name}' }))`)
      return (await navigated).url()
    }
    assert.equal(await shownIn('denied'), `${server.origin}/denied`)
    assert.equal(await shownIn('account'), 'chrome-error://chromewebdata/')
    await profile.close()
  })

  it('repeats the request when asked to try again', async () => {
    const profile = await browser.newProfile({ javaScript: false })
    const page = await open(profile, 'unavailable?a=b')
    const again = page.waitForRequest(`${server.origin}/unavailable?a=b`)
    await page.getByRole('link').click()
    await again
    await profile.close()
  })

  it('goes on by itself where a strict cookie needs a page between', async () => {
    const profile = await browser.newProfile({ javaScript: false })
    const page = await profile.newPage()
    const onward = page.waitForRequest('https://app.aurora.example/notebooks')
    await page.goto(`${server.origin}/continue`)
    await onward
    await profile.close()
  })

  it('runs no script of a logo that is opened by itself', async () => {
    const profile = await browser.newProfile()
    const page = await profile.newPage()
    const response = await page.goto(`${server.origin}/oauth2/logo`)
    assert.equal(response?.status(), 203)
    assert.equal(await page.evaluate('self.origin'), 'null')
    await profile.close()
  })
})
