/** Chromium signs out: here and at the provider, in all the ways that pages and dashboards do it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import type { TestProvider } from '../support/provider.ts'
import { http1Request } from '../support/raw-client.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { redisServer } from '../support/redis-server.ts'
import { part, skipWithout } from '../support/require.ts'
import {
  addressOf,
  browserConfig,
  cookieNames,
  fillIn,
  hosts,
  signInAt,
  startPeopleProvider,
  transports,
  userShown,
} from './browser-bed.ts'
import { type ChromiumBed, chromiumBedParts, startChromiumBed } from './chromium-bed.ts'

const parts = await chromiumBedParts()
const server = await part('Redis', async () => redisServer())
const skip = skipWithout(parts, server)

const at = (path: string) => addressOf('grpc', path)

/** Says yes to the provider's question. */
async function agree(page: Page): Promise<void> {
  await page.click('button[name=logout][value=yes]')
}

describe('signing out with Chromium', { skip }, () => {
  let provider: TestProvider
  let redis: Redis
  let bed: ChromiumBed

  before(async () => {
    provider = await startPeopleProvider()
    redis = await startRedis({ server: server.get() })
    const attache = browserConfig({ providers: { company: provider.url }, redisURL: redis.url })
    bed = await startChromiumBed(parts.get(), { attache, backForwardCache: true })
  })
  after(async () => {
    await bed.stop()
    await redis.stop()
    await provider.close()
  })

  for (const transport of transports) {
    const on = (path: string) => addressOf(transport, path)
    const host = hosts[transport]

    it(`ends the session here and there, and comes back to a page (${transport})`, async () => {
      const page = await bed.openTab()
      await signInAt(page, on('/app'))
      const cookies = await page.context().cookies(on('/'))
      await page.click('#sign-out')
      await page.waitForURL(`${provider.url}/**`)
      // It has ended here, whatever the person does there.
      assert.deepEqual(await cookieNames(page, host), [])
      const copied = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
      const replayed = await http1Request(bed.attache.ports.http, {
        path: '/app',
        host,
        headers: [['cookie', copied]],
      })
      assert.equal(replayed.status, 401)
      await agree(page)
      await page.waitForURL(on('/oauth2/sign_out**'))
      assert.match((await page.textContent('main')) ?? '', /company/)
      // Signing in again asks for the password.
      await page.click('a.main')
      await fillIn(page, 'bob')
      await page.waitForURL(on('/'))
      assert.equal(await userShown(page), 'bob@example.com')
      await page.context().close()
    })

    it(`answers the dashboard that signs out by a script, which goes on by itself (${transport})`, async () => {
      const page = await bed.openTab()
      await signInAt(page, on('/app'))
      const other = await page.context().newPage()
      await other.goto(on('/app'))
      const told = page.waitForResponse(on('/logout'))
      // Nothing waits for its end, which takes the page away.
      await page.evaluate(`{
        const request = new XMLHttpRequest()
        request.open('POST', '/logout')
        request.onload = () => (location.href = JSON.parse(request.responseText).afterLogoutURL)
        request.send()
      }`)
      const response = await told
      assert.match((await response.headerValue('content-type')) ?? '', /^application\/json/)
      await page.waitForURL(`${provider.url}/**`)
      await agree(page)
      await page.waitForURL(on('/oauth2/sign_out**'))
      const status: unknown = await other.evaluate(`fetch('/poll').then(({ status }) => status)`)
      assert.equal(status, 401)
      await page.context().close()
    })
  }

  it('signs out at the paths that the configuration adds', async () => {
    const page = await bed.openTab()
    await signInAt(page, at('/app'))
    await page.goto(at('/public/x'))
    await page.evaluate(`location.href = '/logout'`)
    await page.waitForURL(`${provider.url}/**`)
    assert.deepEqual(await cookieNames(page, hosts.grpc), [])
    await page.context().close()
  })

  it('stays signed out there when the person says no to the provider', async () => {
    const page = await bed.openTab()
    await signInAt(page, at('/app'))
    await page.goto(at('/oauth2/sign_out'))
    await page.click('button[name=logout]:not([value=yes]), button:not([name=logout])')
    await page.waitForURL(at('/oauth2/sign_out**'))
    assert.deepEqual(await cookieNames(page, hosts.grpc), [])
    await page.context().close()
  })

  it('shows by the back button what the browser was told to keep, and answers nothing from there', async () => {
    const page = await bed.openTab()
    await signInAt(page, at('/app'))
    await page.goto(at('/oauth2/userinfo'))
    assert.match((await page.textContent('main')) ?? '', /alice@example\.com/)
    await page.goto(at('/forgetful'))
    await page.goto(at('/app/last'))
    await page.click('#sign-out')
    await agree(page)
    await page.waitForURL(at('/oauth2/sign_out**'))
    const begun = bed.fronts.grpc.upstream.seen.length
    const withTheName: string[] = []
    const shown = new Set<string>()
    // Back through all of it, what the provider has shown included.
    while (page.url() !== 'about:blank') {
      await page.goBack()
      shown.add(page.url())
      if ((await page.content()).includes('alice@example.com')) withTheName.push(page.url())
      if (page.url() !== at('/forgetful')) continue
      assert.equal(await page.evaluate(`fetch('/poll').then(({ status }) => status)`), 401)
    }
    assert.ok(shown.has(at('/oauth2/userinfo')))
    assert.deepEqual(withTheName, [at('/forgetful')])
    assert.equal(bed.fronts.grpc.upstream.seen.length, begun)
    await page.context().close()
  })

  it('lets somebody else in after it, as themselves', async () => {
    const page = await bed.openTab()
    await signInAt(page, at('/admin'))
    await page.click('#sign-out')
    await agree(page)
    await page.waitForURL(at('/oauth2/sign_out**'))
    await page.goto(at('/admin'))
    await fillIn(page, 'bob')
    await page.waitForURL(at('/admin'))
    assert.match((await page.textContent('.who')) ?? '', /bob@example\.com/)
    // To be somebody else, one signs out first, there as well.
    await page.click('a[target=_top]')
    await agree(page)
    await page.waitForURL(at('/oauth2/sign_out**'))
    await signInAt(page, at('/admin'))
    assert.equal(await userShown(page), 'alice@example.com')
    await page.context().close()
  })
})
