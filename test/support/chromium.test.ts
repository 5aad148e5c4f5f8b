import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { firstAuthority } from './authorities.ts'
import { type Chromium, startChromium, tabTo } from './chromium.ts'
import { chromiumBinary } from './chromium-binary.ts'
import { part } from './require.ts'

const binary = await part('Chromium', chromiumBinary)

/** What a page shows of how it was asked for. */
const answer: RequestListener = (request, response) => {
  const { cookie = 'none', host, 'sec-fetch-site': site = 'none' } = request.headers
  if (request.url === '/redirect') {
    response.writeHead(302, { location: '/', 'set-cookie': '__Host-a=1; Path=/; Secure' }).end()
    return
  }
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'set-cookie': 'b=2; SameSite=Lax',
  })
  response.end(`<!doctype html><html lang="en"><title>${host}</title>
    <style>
      :root { color-scheme: light dark; font-family: system-ui; background: light-dark(#fff, #000) }
      @media (prefers-reduced-motion: reduce) { #motion { display: none } }
    </style>
    <h1>Jürgen → <code>✓</code></h1><p id="cookie">${cookie}</p><p id="site">${site}</p>
    <p id="motion">motion</p><a href="#one">one</a> <button id="two">two</button>
    <script>document.body.append('script ran')</script>`)
}

/** Scripts for a page. */
const follow = (href: string) => `location.href = ${JSON.stringify(href)}`
const widthOf = (letter: string) => `(() => {
  const context = document.createElement('canvas').getContext('2d')
  context.font = '100px system-ui'
  return context.measureText('${letter}').width
})()`

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

describe('the test bed with Chromium', { skip: binary.skip }, () => {
  let browser: Chromium
  let plain: number
  let secure: number
  const servers = [
    createHttpServer(answer),
    createHttpsServer(firstAuthority.server, answer),
  ] as const

  before(async () => {
    plain = await listen(servers[0])
    secure = await listen(servers[1])
    const https = { 'absent.example.test': 1, '*.example.test': secure }
    browser = await startChromium(binary.get(), { https })
  })
  after(async () => {
    await browser.close()
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  })

  it('reaches this machine under many names, and no other', async () => {
    const profile = await browser.newProfile()
    const page = await profile.newPage()
    await page.goto(`https://app.example.test:${secure}/`)
    assert.equal(await page.title(), `app.example.test:${secure}`)
    for (const [host, site] of [
      ['other.example.test', 'same-site'],
      ['example.other.test', 'cross-site'],
    ] as const) {
      await page.goto(`https://app.example.test:${secure}/`)
      await page.evaluate(follow(`https://${host}:${secure}/`))
      await page.waitForURL(`https://${host}:${secure}/`)
      assert.equal(await page.textContent('#site'), site)
    }
    await assert.rejects(page.goto(`http://example.com:${plain}/`), /ERR_NAME_NOT_RESOLVED/)
    await profile.close()
  })

  it('reaches a port of this machine as the usual one', async () => {
    const profile = await browser.newProfile()
    const page = await profile.newPage()
    await page.goto('https://app.example.test/')
    assert.equal(await page.title(), 'app.example.test')
    await assert.rejects(page.goto('https://absent.example.test/'), /ERR_/)
    await profile.close()
  })

  it('keeps the cookies of a profile apart', async () => {
    const at = `https://app.example.test:${secure}/redirect`
    for (const cookie of ['__Host-a=1', '__Host-a=1; b=2']) {
      const profile = await browser.newProfile()
      const page = await profile.newPage()
      await page.goto(at)
      if (cookie.includes('b=2')) await page.reload()
      assert.equal(await page.textContent('#cookie'), cookie)
      await profile.close()
    }
  })

  it('keeps none when cookies are off, not even between two redirects', async () => {
    const profile = await browser.newProfile({ cookies: false })
    const page = await profile.newPage()
    for (const scheme of [`https://app.example.test:${secure}`, `http://localhost:${plain}`]) {
      await page.goto(`${scheme}/redirect`)
      await page.reload()
      assert.equal(await page.textContent('#cookie'), 'none')
    }
    assert.equal(await page.evaluate('document.cookie = "c=1"; document.cookie'), '')
    await profile.close()
  })

  it('runs no script when it may not', async () => {
    for (const javaScript of [true, false]) {
      const profile = await browser.newProfile({ javaScript })
      const page = await profile.newPage()
      await page.goto(`http://localhost:${plain}/`)
      assert.equal((await page.textContent('body'))?.endsWith('script ran'), javaScript)
      await profile.close()
    }
  })

  it('shows what a person prefers, with letters of its own', async () => {
    const profile = await browser.newProfile({
      colorScheme: 'dark',
      reducedMotion: 'reduce',
      viewport: { width: 320, height: 480 },
      locale: 'de-DE',
    })
    const page = await profile.newPage()
    await page.goto(`http://localhost:${plain}/`)
    assert.equal(await page.isVisible('#motion'), false)
    assert.equal(await page.evaluate('navigator.language'), 'de-DE')
    const background = 'getComputedStyle(document.documentElement).backgroundColor'
    assert.equal(await page.evaluate(background), 'rgb(0, 0, 0)')
    const picture = await page.screenshot()
    assert.deepEqual([picture.readUInt32BE(16), picture.readUInt32BE(20)], [320, 480])
    // Letters are wider than the boxes of a machine without fonts, and differ from each other.
    const widths = await Promise.all(
      ['i', 'W', '→'].map(async (letter) => page.evaluate(widthOf(letter))),
    )
    assert.equal(new Set(widths).size, 3)
    await profile.close()
  })

  it('is driven by the keyboard', async () => {
    const profile = await browser.newProfile()
    const page = await profile.newPage()
    await page.goto(`http://localhost:${plain}/`)
    await tabTo(page, '#two')
    await assert.rejects(tabTo(page, '#motion'), /Cannot reach "#motion"/)
    await profile.close()
  })
})
