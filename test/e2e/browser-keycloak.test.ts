/**
 * A real Keycloak: Chromium signs in and out there, and its console's own calls end sessions on two replicas
 * that share a Redis (OpenID Connect Back-Channel Logout 1.0).
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { type Attache, startAttache } from '../support/attache.ts'
import { type Chromium, startChromium } from '../support/chromium.ts'
import { chromiumBinary } from '../support/chromium-binary.ts'
import { cookieHeader } from '../support/cookie-jar.ts'
import { freePort } from '../support/free-port.ts'
import {
  createGatewayBrowser,
  type GatewayBrowser,
  signInFrom,
} from '../support/gateway-browser.ts'
import { type Keycloak, startKeycloak } from '../support/keycloak.ts'
import { keycloakDistribution } from '../support/keycloak-distribution.ts'
import { type KeycloakRealm, realmPassword } from '../support/keycloak-realm.ts'
import { envoy } from '../support/parts.ts'
import { http1Request } from '../support/raw-client.ts'
import { type Redis, startRedis } from '../support/redis.ts'
import { redisServer } from '../support/redis-server.ts'
import { settled } from '../support/redis-settled.ts'
import { part, skipWithout } from '../support/require.ts'
import {
  addressOf,
  browserConfig,
  clientSecret,
  cookieNames,
  externalURLs,
  type Front,
  hosts,
  startFront,
  userShown,
} from './browser-bed.ts'

const binary = await part('Envoy', async () => envoy())
const chromium = await part('Chromium', chromiumBinary)
const server = await part('Redis', async () => redisServer())
const distribution = await part('Keycloak', keycloakDistribution)
const skip = skipWithout(binary, chromium, server, distribution)

const at = (path: string) => addressOf('grpc', path)

async function fillInKeycloak(page: Page, login: string): Promise<void> {
  await page.fill('#username', login)
  await page.fill('#password', realmPassword)
  await page.click('#kc-login')
}

async function cookiesOf(page: Page): Promise<string> {
  const cookies = await page.context().cookies(at('/'))
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
}

describe('sign-in with Keycloak', { skip }, () => {
  let keycloak: Keycloak
  let redis: Redis
  /** Logout tokens of the first name the session, those of the second only the person. */
  let realms: Readonly<Record<'staff' | 'guests', KeycloakRealm>>
  let replicas: readonly [Attache, Attache]
  let front: Front
  /** Of the browsers that speak no TLS; it asks over HTTP. */
  let plain: Front
  let browser: Chromium

  before(async () => {
    keycloak = await startKeycloak(distribution.get())
    redis = await startRedis({ server: server.get() })
    const pages = await freePort()
    const client = {
      clientID: 'platform',
      clientSecret,
      externalURL: externalURLs,
      backchannelLogoutURL: `http://127.0.0.1:${pages}/oauth2/backchannel_logout`,
    }
    const people = [{ login: 'alice', groups: ['team-a', 'admins'] }, { login: 'robert' }]
    realms = {
      staff: await keycloak.createRealm({ name: 'staff', people, clients: [client] }),
      guests: await keycloak.createRealm({
        name: 'guests',
        people,
        clients: [{ ...client, backchannelLogoutSessionRequired: false }],
      }),
    }
    const config = browserConfig({
      providers: { staff: realms.staff.issuer, guests: realms.guests.issuer },
      signIn: { backChannelLogout: true },
      redisURL: redis.url,
    })
    replicas = [
      await startAttache({ ...config, listen: { pages: `127.0.0.1:${pages}` } }),
      await startAttache({ ...config, listen: { pages: '127.0.0.1:0' } }),
    ]
    front = await startFront({ transport: 'grpc', binary: binary.get(), replicas })
    plain = await startFront({ transport: 'http', binary: binary.get(), replicas, plain: true })
    browser = await startChromium(chromium.get(), { https: { [hosts.grpc]: front.port } })
  })
  after(async () => {
    await browser.close()
    await front.stop()
    await plain.stop()
    for (const replica of replicas) await replica.stop()
    await redis.stop()
    await keycloak.stop()
  })

  const openTab = async () => (await browser.newProfile()).newPage()

  /** What each replica says of a request with these cookies, asked by itself. */
  const verdicts = async (cookie: string, host = hosts.grpc): Promise<readonly number[]> =>
    Promise.all(
      replicas.map(async ({ ports }) => {
        const headers = [['cookie', cookie]] as const
        return (await http1Request(ports.http, { path: '/app', host, headers })).status
      }),
    )
  /** Keycloak tells it in its own time, and replicas may remember an answer for half a second. */
  const hasEnded = async (cookie: string, host = hosts.grpc): Promise<void> =>
    settled('the end of a session', async () =>
      (await verdicts(cookie, host)).every((status) => status === 401),
    )
  const signIn = async (realm: 'staff' | 'guests', login: string): Promise<GatewayBrowser> => {
    const person = createGatewayBrowser(plain.port, hosts.http)
    const path = `/oauth2/start?rd=/app&provider=${realm}`
    await signInFrom(person, { provider: realms[realm].newBrowser(), login, path })
    assert.equal((await person.fetch('/app')).status, 200)
    return person
  }
  const goesOn = async (person: GatewayBrowser) =>
    assert.deepEqual(await verdicts(cookieHeader(person.jar()) ?? '', hosts.http), [200, 200])
  const isOver = async (person: GatewayBrowser) =>
    hasEnded(cookieHeader(person.jar()) ?? '', hosts.http)

  it('signs in, signs out there without being asked, and comes back', async () => {
    const page = await openTab()
    await page.goto(at('/admin'))
    await page.click('.providers a[href$="provider=staff"]')
    await fillInKeycloak(page, 'alice')
    await page.waitForURL(at('/admin'))
    assert.equal(await userShown(page), 'alice@example.com')
    assert.match((await page.textContent('#groups')) ?? '', /team-a/)
    await page.click('#sign-out')
    await page.waitForURL(at('/oauth2/sign_out**'))
    assert.match((await page.textContent('main')) ?? '', /staff/)
    assert.deepEqual(
      (await cookieNames(page, hosts.grpc)).filter((name) => !name.endsWith('-p')),
      [],
    )
    assert.deepEqual(await realms.staff.sessions('alice'), [])
    await page.click('a.main')
    await page.click('.providers a[href*="provider=staff"]')
    await page.waitForSelector('#kc-login')
    await page.context().close()
  })

  it('ends a session on every replica when the console signs a person out', async () => {
    const page = await openTab()
    await page.goto(at('/oauth2/start?rd=/app&provider=staff'))
    await fillInKeycloak(page, 'alice')
    await page.waitForURL(at('/app'))
    const cookie = await cookiesOf(page)
    assert.deepEqual(await verdicts(cookie), [200, 200])
    const ended = page.waitForResponse((response) => response.status() === 401)
    await page.evaluate(`setInterval(() => fetch('/poll').then((answer) => answer.text()), 50)`)

    await realms.staff.logOut('alice')
    await hasEnded(cookie)
    const refused = await ended
    assert.match((await refused.headerValue('content-type')) ?? '', /problem\+json/)
    assert.equal(await refused.headerValue('set-cookie'), null)
    await page.goto(at('/app'))
    await page.click('.providers a[href$="provider=staff"]')
    await page.waitForSelector('#kc-login')
    await page.context().close()
  })

  it('ends the one session that the logout token names', async () => {
    const first = await signIn('staff', 'robert')
    const [sid = ''] = await realms.staff.sessions('robert')
    const second = await signIn('staff', 'robert')
    await realms.staff.endSession(sid)
    await isOver(first)
    await goesOn(second)
  })

  it('ends all sessions of a person when the logout token names nothing else', async () => {
    const all = [
      await signIn('guests', 'robert'),
      await signIn('guests', 'robert'),
      await signIn('guests', 'robert'),
    ]
    const others = [await signIn('guests', 'alice'), await signIn('staff', 'robert')]
    const [sid = ''] = await realms.guests.sessions('robert')
    await realms.guests.endSession(sid)
    for (const person of all) await isOver(person)
    for (const person of others) await goesOn(person)
  })

  it('keeps everybody signed in while Keycloak is away, and keeps nobody who signs out', async () => {
    const person = await signIn('staff', 'alice')
    const leaving = await signIn('staff', 'robert')
    const running = await createGatewayBrowser(plain.port, hosts.http).navigate('/app')
    assert.equal(running.status, 203)
    await keycloak.halt()
    await goesOn(person)
    const signedOut = await leaving.navigate('/oauth2/sign_out')
    assert.ok([203, 303].includes(signedOut.status), String(signedOut.status))
    assert.equal((await leaving.fetch('/app')).status, 401)
  })
})
