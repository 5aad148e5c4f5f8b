/** A session ends while a page of the application is open: what its scripts get, and what comes after. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page, Response } from 'playwright-core'
import type { TestProvider } from '../support/provider.ts'
import {
  addressOf,
  browserConfig,
  hosts,
  signInAt,
  startPeopleProvider,
  transports,
  userShown,
} from './browser-bed.ts'
import { type ChromiumBed, chromiumBedParts, startChromiumBed } from './chromium-bed.ts'

const parts = await chromiumBedParts()

/** What scripts of dashboards do, each once; resolves with what came of it. */
const inTheBackground = {
  fetch: `fetch('/poll').then(({ status, redirected }) => [status, redirected].join())`,
  post: `fetch('/poll', { method: 'POST' }).then(({ status }) => String(status))`,
  XHR: `new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open('GET', '/poll')
    request.setRequestHeader('X-Requested-With', 'XMLHttpRequest')
    request.onloadend = () => resolve(String(request.status))
    request.send()
  })`,
  'event stream': `new Promise((resolve) => {
    const events = new EventSource('/events')
    const done = (what) => { events.close(); resolve(what) }
    events.onmessage = () => done('hello')
    // Closed for good: what is refused is not asked for again and again.
    events.onerror = () => done(events.readyState === EventSource.CLOSED ? 'closed' : 'retries')
  })`,
  WebSocket: `new Promise((resolve) => {
    const socket = new WebSocket('wss://' + location.host + '/socket')
    socket.onmessage = ({ data }) => { socket.close(); resolve(data) }
    socket.onerror = () => resolve('closed')
  })`,
} as const

const during = {
  fetch: '200,false',
  post: '200',
  XHR: '200',
  'event stream': 'hello',
  WebSocket: 'hello',
}
const afterwards = {
  fetch: '401,false',
  post: '401',
  XHR: '401',
  'event stream': 'closed',
  WebSocket: 'closed',
}

async function runAll(page: Page): Promise<Readonly<Record<string, unknown>>> {
  const results: Record<string, unknown> = {}
  for (const [name, script] of Object.entries(inTheBackground)) {
    results[name] = await page.evaluate(script)
  }
  return results
}

describe('a session that ends while a page is open', {
  skip: parts.skip,
  concurrency: true,
}, () => {
  let provider: TestProvider
  let bed: ChromiumBed

  before(async () => {
    provider = await startPeopleProvider()
    const attache = browserConfig({
      providers: { company: provider.url },
      session: { absoluteLifetime: '10s' },
    })
    bed = await startChromiumBed(parts.get(), { attache })
  })
  after(async () => {
    await bed.stop()
    await provider.close()
  })

  for (const transport of transports) {
    const on = (path: string) => addressOf(transport, path)

    it(`answers scripts with 401 and where to sign in, and the next navigation signs in (${transport})`, async () => {
      const profile = await bed.browser.newProfile()
      const page = await profile.newPage()
      await signInAt(page, on('/app?tab=2'))
      assert.deepEqual(await runAll(page), during)

      const refused = page.waitForResponse((response) => response.status() === 401)
      await page.evaluate(
        `setInterval(() => fetch('/poll').then((response) => response.text()), 100)`,
      )
      const problem = await refused
      assert.match((await problem.headerValue('content-type')) ?? '', /^application\/problem\+json/)
      assert.equal(await problem.headerValue('cache-control'), 'no-store')
      assert.match((await problem.headerValue('www-authenticate')) ?? '', /^Bearer /)
      const told = (await problem.json()) as Readonly<Record<string, unknown>>
      assert.equal(told['signIn'], on('/oauth2/sign_in'))
      // The browser drops the cookie at the very time at which the session ends.
      assert.match(String(told['type']), /^(credential-expired|no-credential)$/)

      const responses: Response[] = []
      page.on('response', (response) => responses.push(response))
      const begun = bed.fronts[transport].upstream.seen.length
      assert.deepEqual(await runAll(page), afterwards)
      assert.equal(bed.fronts[transport].upstream.seen.length, begun)
      for (const response of responses) {
        assert.equal(response.status(), 401, response.url())
        assert.equal(await response.headerValue('set-cookie'), null)
        assert.equal(await response.headerValue('location'), null)
      }

      // The provider still knows the person: nobody is asked for a password.
      await page.reload()
      assert.equal(page.url(), on('/app?tab=2'))
      assert.equal(await userShown(page), 'alice@example.com')
      assert.deepEqual(await runAll(page), during)
      await profile.close()
    })

    it(`leads a script that follows the problem back to its page (${transport})`, async () => {
      const profile = await bed.browser.newProfile()
      const page = await profile.newPage()
      await signInAt(page, on('/app'))
      await page.goto(on('/public/dashboard?tab=3'))
      await page.context().clearCookies({ domain: hosts[transport] })
      const back = page.waitForEvent('framenavigated')
      // Nothing waits for its end, which takes the page away.
      await page.evaluate(`void fetch('/poll').then((response) => response.json()).then(({ signIn }) => {
        location.href = signIn + '?rd=' + encodeURIComponent(location.pathname + location.search)
      })`)
      await back
      assert.equal(page.url(), on('/public/dashboard?tab=3'))
      const who: unknown = await page.evaluate(
        `fetch('/who').then((it) => it.json()).then(({ user }) => user)`,
      )
      assert.equal(who, 'alice@example.com')
      await profile.close()
    })
  }
})
