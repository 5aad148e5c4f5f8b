/**
 * Pages of other origins use the session of a browser that they can get to send requests (CSRF): from a host
 * of the same site, of another site, from the same host without TLS, and from an origin that may.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { firstAuthority } from '../support/authorities.ts'
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

const sameSite = 'https://evil.example.test'
const crossSite = 'https://evil.other.test'
/** In `signIn.allowedOrigins`. */
const allowed = 'https://tools.example.test'

/** An empty page of somebody else. */
const blank: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  response.end('<!doctype html><html lang="en"><title>Elsewhere</title><body></body></html>')
}

async function listen(server: ReturnType<typeof createHttpServer> | Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Scripts of a page that make the browser send something; each resolves when it has been answered. */
const attacks = {
  form: (url: string) => `new Promise((resolve) => {
    const target = 'target' + document.forms.length
    const frame = Object.assign(document.createElement('iframe'), { name: target })
    const form = Object.assign(document.createElement('form'), { method: 'POST', action: '${url}', target })
    document.body.append(frame, form)
    frame.onload = resolve
    form.submit()
  })`,
  'form of nobody': (url: string) => `new Promise((resolve) => {
    const frame = document.createElement('iframe')
    frame.sandbox = 'allow-forms allow-scripts'
    frame.srcdoc = '<form method=POST action="${url}"></form><script>document.forms[0].submit()</' + 'script>'
    // What is refused in a frame does not always say that it has loaded.
    setTimeout(resolve, 500)
    document.body.append(frame)
  })`,
  'simple fetch': (url: string) =>
    `fetch('${url}', { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'x' }).then(() => 'sent')`,
  'fetch with a body of JSON': (url: string) =>
    `fetch('${url}', { method: 'POST', credentials: 'include', body: '{}', headers: { 'content-type': 'application/json' } }).then(() => 'sent', () => 'refused')`,
  'fetch with DELETE': (url: string) =>
    `fetch('${url}', { method: 'DELETE', credentials: 'include' }).then(() => 'sent', () => 'refused')`,
  beacon: (url: string) => `new Promise((resolve) => {
    navigator.sendBeacon('${url}', 'x')
    setTimeout(resolve, 100)
  })`,
  WebSocket: (url: string) => `new Promise((resolve) => {
    const socket = new WebSocket('${url.replace('https:', 'wss:')}')
    socket.onmessage = () => resolve('open')
    socket.onerror = () => resolve('refused')
  })`,
} as const

/** Scripts that ask for a page or a picture only. */
const looks = {
  image: (url: string) => `new Promise((resolve) => {
    document.body.append(Object.assign(new Image(), { src: '${url}', onerror: resolve, onload: resolve }))
  })`,
  frame: (url: string) => `new Promise((resolve) => {
    document.body.append(Object.assign(document.createElement('iframe'), { src: '${url}', onload: resolve }))
  })`,
} as const

/** The browser itself keeps the cookie from those of another site, whatever asks the check. */
const attackers = {
  grpc: ['the same site', 'another site', 'the same host without TLS'],
  http: ['the same site'],
} as const

describe('a page of another origin', { skip: parts.skip }, () => {
  let provider: TestProvider
  let bed: ChromiumBed
  const servers = [
    createHttpServer(blank),
    createHttpsServer(firstAuthority.server, blank),
  ] as const
  let plain: number

  before(async () => {
    provider = await startPeopleProvider()
    const attache = browserConfig({
      providers: { company: provider.url },
      signIn: { allowedOrigins: [allowed] },
    })
    plain = await listen(servers[0])
    const https = { '*.test': await listen(servers[1]) }
    bed = await startChromiumBed(parts.get(), { attache, https })
  })
  after(async () => {
    await bed.stop()
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
    await provider.close()
  })

  for (const transport of transports) {
    const on = (path: string) => addressOf(transport, path)
    const seen = () => bed.fronts[transport].upstream.seen
    /** In the window of somebody who is signed in, at that address. */
    const elsewhere = async (origin: string): Promise<Page> => {
      const page = await bed.openTab()
      await signInAt(page, on('/app'))
      await page.goto(`${origin}/`)
      return page
    }
    const isStillSignedIn = async (page: Page) => {
      await page.goto(on('/app'))
      assert.equal(await userShown(page), 'alice@example.com')
      await page.context().close()
    }
    const origins = () => ({
      'the same site': sameSite,
      'another site': crossSite,
      'the same host without TLS': `http://${hosts[transport]}:${plain}`,
    })

    for (const from of attackers[transport]) {
      it(`changes nothing from ${from} (${transport})`, async () => {
        const page = await elsewhere(origins()[from])
        const begun = seen().length
        for (const attack of Object.values(attacks)) await page.evaluate(attack(on('/app/delete')))
        assert.deepEqual(
          seen()
            .slice(begun)
            .map(({ method, path }) => `${method} ${path}`),
          [],
        )
        const reasons = bed.attache
          .logLines()
          .filter((line) => line['path'] === '/app/delete' && line['host'] === hosts[transport])
          .map((line) => line['reason'])
        assert.ok(reasons.length >= Object.keys(attacks).length - 1, String(reasons))
        for (const reason of reasons) assert.match(String(reason), /^(cross-site|no-credential)$/)
        await isStillSignedIn(page)
      })

      it(`signs nobody out from ${from} unasked (${transport})`, async () => {
        const page = await elsewhere(origins()[from])
        for (const send of [...Object.values(attacks), ...Object.values(looks)]) {
          await page.evaluate(send(on('/oauth2/sign_out')))
        }
        for (const send of [attacks.form, attacks['simple fetch'], looks.image]) {
          await page.evaluate(send(on('/logout')))
        }
        // A link, which takes the cookies along: it asks first.
        for (const path of ['/oauth2/sign_out', '/logout']) {
          const asked = page.waitForURL(on(path))
          await page.evaluate(`location.href = '${on(path)}'`)
          await asked
          assert.equal(await page.locator('a.main').getAttribute('href'), '/oauth2/sign_out')
          await page.goBack()
        }
        await isStillSignedIn(page)
      })
    }

    it(`leads to a page by a link, from another site too (${transport})`, async () => {
      const page = await elsewhere(crossSite)
      const there = page.waitForURL(on('/app/linked'))
      await page.evaluate(`location.href = '${on('/app/linked')}'`)
      await there
      assert.equal(await userShown(page), 'alice@example.com')
      await page.context().close()
    })

    it(`sees a page inside a frame only as the application itself allows (${transport})`, async () => {
      const page = await elsewhere(crossSite)
      const begun = seen().length
      for (const look of Object.values(looks)) await page.evaluate(look(on('/app/framed')))
      // Without the cookie, which is Lax, there is only our own page, and that refuses to be framed.
      assert.equal(seen().length, begun)
      assert.deepEqual(
        page
          .frames()
          .map((frame) => frame.url())
          .slice(1),
        ['chrome-error://chromewebdata/'],
      )
      await isStillSignedIn(page)
    })

    it(`does what it is allowed to from an origin that is named (${transport})`, async () => {
      const page = await elsewhere(allowed)
      const begun = seen().length
      await page.evaluate(attacks['simple fetch'](on('/app/tool')))
      await page.evaluate(attacks.form(on('/app/tool')))
      assert.equal(await page.evaluate(attacks.WebSocket(on('/app/tool'))), 'open')
      assert.deepEqual(
        seen()
          .slice(begun)
          .map(({ method, headers }) => `${method} ${headers['x-forwarded-user']?.toString()}`),
        ['POST alice@example.com', 'POST alice@example.com', 'GET alice@example.com'],
      )
      await page.evaluate(attacks['simple fetch'](on('/logout')))
      await page.goto(on('/oauth2/userinfo'))
      assert.doesNotMatch(await page.content(), /alice@example\.com/)
      await page.context().close()
    })
  }

  it('of our own does all of it', async () => {
    const page = await bed.openTab()
    await signInAt(page, addressOf('grpc', '/app'))
    const begun = bed.fronts.grpc.upstream.seen.length
    for (const name of ['form', 'simple fetch', 'fetch with DELETE', 'WebSocket'] as const) {
      await page.evaluate(attacks[name](addressOf('grpc', '/app/own')))
    }
    const methods = bed.fronts.grpc.upstream.seen.slice(begun).map(({ method }) => method)
    assert.deepEqual(methods, ['POST', 'POST', 'DELETE', 'GET'])
    await page.context().close()
  })
})
