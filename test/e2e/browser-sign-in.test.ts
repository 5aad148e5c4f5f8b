/** Chromium signs in through real Envoys at real providers: what a person meets on the way. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openRedirects } from '../oidc/open-redirects.ts'
import { tabTo } from '../support/chromium.ts'
import type { TestProvider } from '../support/provider.ts'
import {
  addressOf,
  applicationRoutes,
  browserConfig,
  cookieNames,
  fillIn,
  hosts,
  people,
  signInAt,
  startPeopleProvider,
  transports,
  userShown,
} from './browser-bed.ts'
import { type ChromiumBed, chromiumBedParts, startChromiumBed } from './chromium-bed.ts'

const parts = await chromiumBedParts()
const at = (path: string) => addressOf('grpc', path)

describe('signing in with Chromium', { skip: parts.skip }, () => {
  let company: TestProvider
  let guests: TestProvider
  let bed: ChromiumBed

  before(async () => {
    company = await startPeopleProvider()
    guests = await startPeopleProvider()
    const attache = browserConfig({
      providers: { company: company.url, guests: guests.url },
      routes: [
        { match: { paths: ['/guests/*'] }, provider: 'guests', identity: 'headers' },
        ...applicationRoutes,
      ],
    })
    bed = await startChromiumBed(parts.get(), { attache })
  })
  after(async () => {
    await bed.stop()
    await company.close()
    await guests.close()
  })

  for (const transport of transports) {
    const on = (path: string) => addressOf(transport, path)

    it(`picks a provider by keyboard, without scripts, and lands where one wanted to be (${transport})`, async () => {
      const page = await bed.openTab({ javaScript: false })
      const wanted = on('/notebooks?ns=a&x=%2F')
      await page.goto(wanted)
      assert.equal(page.url(), wanted)
      assert.deepEqual(await cookieNames(page, hosts[transport]), [])
      await tabTo(page, '.providers a[href$="provider=guests"]')
      await page.keyboard.press('Enter')
      await page.waitForURL(`${guests.url}/**`)
      await tabTo(page, 'input[name=password]')
      await fillIn(page, 'bob')
      await page.waitForURL(wanted)
      assert.equal(await userShown(page), 'bob@example.com')
      const { headers } = bed.fronts[transport].upstream.seen.at(-1) ?? {}
      assert.equal(headers?.cookie, undefined)

      // The next time the one of last time leads.
      await page.goto(on('/oauth2/start?rd=/again'))
      const first = page.locator('.providers a').first()
      assert.match((await first.getAttribute('class')) ?? '', /remembered/)
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.waitForURL(on('/again'))
      assert.equal(await userShown(page), 'bob@example.com')
      await page.context().close()
    })

    it(`signs in with several tabs at once, which end in any order (${transport})`, async () => {
      const first = await bed.openTab()
      const second = await first.context().newPage()
      await first.goto(on('/oauth2/start?rd=/one&provider=company'))
      await second.goto(on('/oauth2/start?rd=/two&provider=guests'))
      await fillIn(second, 'bob')
      await second.waitForURL(on('/two'))
      assert.equal(await userShown(second), 'bob@example.com')
      await fillIn(first, 'alice')
      await first.waitForURL(on('/one'))
      assert.equal(await userShown(first), 'alice@example.com')
      // One session in a browser: that of the last sign-in.
      await second.reload()
      assert.equal(await userShown(second), 'alice@example.com')
      await first.context().close()
    })
  }

  it('goes straight to the provider of the route, and to the one that is named', async () => {
    const page = await bed.openTab()
    await page.goto(at('/guests/x'))
    assert.equal(new URL(page.url()).origin, guests.url)
    await page.goto(at('/oauth2/sign_in?provider=company&rd=/named'))
    assert.equal(new URL(page.url()).origin, company.url)
    await fillIn(page, 'alice')
    await page.waitForURL(at('/named'))
    await page.goto(at('/oauth2/start?provider=unknown'))
    assert.match((await page.textContent('.decision code')) ?? '', /^[\w-]{8,}$/)
    await page.context().close()
  })

  it('goes back from the provider to the page to pick from, and takes the other one', async () => {
    const page = await bed.openTab()
    await page.goto(at('/app'))
    await page.click('a[href$="provider=company"]')
    await page.waitForURL(`${company.url}/**`)
    await page.goBack()
    assert.equal(page.url(), at('/app'))
    await page.click('a[href$="provider=guests"]')
    await page.waitForURL(`${guests.url}/**`)
    await fillIn(page, 'bob')
    await page.waitForURL(at('/app'))
    await page.context().close()
  })

  it('leads on when the callback is opened once more, as by the back button', async () => {
    const page = await bed.openTab()
    const callbacks: string[] = []
    page.on('request', (request) => {
      if (request.url().includes('/oauth2/callback')) callbacks.push(request.url())
    })
    await signInAt(page, at('/guests/x'), 'bob')
    const calls = guests.calls('token').length
    await page.goto(callbacks[0] ?? '')
    assert.equal(page.url(), at('/guests/x'))
    assert.equal(await userShown(page), 'bob@example.com')
    assert.equal(guests.calls('token').length, calls)
    await page.goBack()
    await page.goto(at('/guests/y'))
    assert.equal(await userShown(page), 'bob@example.com')
    await page.context().close()
  })

  it('says who is signed in, and what somebody may not see, and as whom', async () => {
    const page = await bed.openTab()
    await signInAt(page, at('/guests/x'), 'bob')
    await page.goto(at('/oauth2/userinfo'))
    assert.match((await page.textContent('main')) ?? '', /bob@example\.com[\s\S]*team-b/)
    const response = await page.goto(at('/admin'))
    assert.equal(response?.status(), 403)
    assert.match((await page.textContent('.who')) ?? '', /bob@example\.com/)
    const id = await page.textContent('.decision code')
    assert.equal(id, await response?.headerValue('x-attache-decision'))
    assert.ok(
      bed.attache
        .logLines()
        .some((line) => line['decision'] === id && line['reason'] === 'condition'),
    )
    assert.ok(!bed.fronts.grpc.upstream.seen.some(({ path }) => path === '/admin'))
    // As somebody else: signs out, here and there.
    await page.click('a[target=_top]')
    await page.waitForURL(`${guests.url}/**`)
    await page.context().close()
  })

  for (const transport of transports) {
    it(`stops at a page where the browser keeps no cookies of ours (${transport})`, async () => {
      const host = hosts[transport]
      const page = await bed.openTab({ cookies: { except: host } })
      let navigations = 0
      page.on('request', (request) => (navigations += request.isNavigationRequest() ? 1 : 0))
      await page.goto(addressOf(transport, '/guests/x'))
      await fillIn(page, 'bob')
      await page.waitForURL('**/oauth2/callback**')
      assert.match((await page.textContent('.decision code')) ?? '', /^[\w-]{8,}$/)
      // Signed in there by now: only the missing cookies stop what would go round in circles.
      navigations = 0
      await page.click('a.main')
      await page.click('.providers a[href$="provider=guests"]')
      await page.waitForURL('**/oauth2/callback**')
      assert.ok(navigations < 10, `${navigations} navigations`)
      assert.equal(await page.locator('#user').count(), 0)
      await page.context().close()
    })
  }

  it('does not pile up cookies, however often a sign-in is begun', async () => {
    const page = await bed.openTab()
    for (let tab = 0; tab < 20; tab += 1) await page.goto(at(`/guests/${tab}`))
    const names = await cookieNames(page, hosts.grpc)
    assert.equal(names.length, 5)
    const cookies = await page.context().cookies(at('/'))
    const bytes = cookies.reduce((sum, { name, value }) => sum + name.length + value.length, 0)
    assert.ok(bytes < 4096, `${bytes} bytes`)
    await fillIn(page, 'bob')
    await page.waitForURL(at('/guests/19'))
    await page.context().close()
  })

  it('leads nowhere else, whatever Chromium makes of the address to come back to', async () => {
    const page = await bed.openTab()
    await signInAt(page, at('/guests/x'), 'bob')
    const links = await page.evaluate<readonly string[]>(linksFor(openRedirects))
    assert.equal(links.length, openRedirects.length)
    for (const [n, link] of links.entries()) {
      assert.equal(new URL(link).origin, `https://${hosts.grpc}`, openRedirects[n])
    }
    // The whole way, through the provider, for some of them.
    for (let n = 0; n < openRedirects.length; n += 40) {
      const wanted = encodeURIComponent(openRedirects[n] ?? '')
      await page.goto(at(`/oauth2/start?provider=guests&rd=${wanted}`))
      assert.equal(new URL(page.url()).origin, `https://${hosts.grpc}`, openRedirects[n])
    }
    await page.context().close()
  })

  it('shows what a provider or an address says as text, and runs none of it', async () => {
    const markup = '"><img src=x onerror="window.ran=1"><script>window.ran=1</script></pre>'
    guests.setClaims('bob', { ...people.bob, groups: [markup, 'team-b'] })
    const page = await bed.openTab()
    await signInAt(page, at('/guests/x'), 'bob')
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    const encoded = encodeURIComponent(markup)
    for (const path of [
      '/oauth2/userinfo',
      `/admin?x=${encoded}`,
      `/oauth2/sign_in?rd=/${encoded}`,
      `/oauth2/start?provider=${encoded}`,
      `/oauth2/callback?error=access_denied&error_description=${encoded}&state=x`,
      `/oauth2/callback?error=${encoded}&error_uri=javascript:window.ran=1`,
    ]) {
      await page.goto(at(path))
      assert.equal(await page.evaluate('window.ran'), undefined, path)
      assert.equal(await page.locator('main img, main script, main pre').count(), 0, path)
    }
    await page.goto(at('/oauth2/userinfo'))
    assert.ok((await page.textContent('main'))?.includes(markup))
    assert.deepEqual(
      complaints.filter((text) => !/status of 40[03]/.test(text)),
      [],
    )
    guests.setClaims('bob', people.bob)
    await page.context().close()
  })

  for (const transport of transports) {
    it(`begins nothing for a page that the browser fetches ahead of time (${transport})`, async () => {
      const page = await bed.openTab()
      const path = `/guests/ahead-over-${transport}`
      await page.goto(addressOf(transport, '/public/x'))
      await page.evaluate(fetchAhead(path))
      const asked = () => bed.attache.logLines().find((line) => line['path'] === path)
      while (asked() === undefined) await page.waitForTimeout(20)
      assert.equal(asked()?.['reason'], 'no-credential')
      assert.deepEqual(await cookieNames(page, hosts[transport]), [])
      await page.goto(addressOf(transport, path))
      await fillIn(page, 'bob')
      await page.waitForURL(addressOf(transport, path))
      await page.context().close()
    })
  }
})

/** A script for a page: what it is about to link to ({@link https://html.spec.whatwg.org/multipage/speculative-loading.html speculation rules}). */
function fetchAhead(path: string): string {
  const rules = { prefetch: [{ urls: [path], eagerness: 'immediate' }] }
  return `document.head.append(Object.assign(document.createElement('script'),
    { type: 'speculationrules', text: ${JSON.stringify(JSON.stringify(rules))} }))`
}

/** A script for a page: where the link "Continue" leads for each `rd`, as the browser itself reads it. */
function linksFor(wanted: readonly string[]): string {
  return `Promise.all(${JSON.stringify(wanted)}.map(async (rd) => {
    const response = await fetch('/oauth2/sign_in?rd=' + encodeURIComponent(rd))
    const shown = new DOMParser().parseFromString(await response.text(), 'text/html')
    return shown.querySelector('a.main').href
  }))`
}
