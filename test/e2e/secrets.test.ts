/**
 * Every error path is taken with marked secrets, and none of them may be found in what Attaché prints,
 * counts or answers (threats: canary secrets).
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import {
  createGatewayBrowser,
  type GatewayBrowser,
  locationOf,
} from '../support/gateway-browser.ts'
import { envoy } from '../support/parts.ts'
import { http1Request, type RawResponse } from '../support/raw-client.ts'
import { part } from '../support/require.ts'
import { type Gateway, type Service, startGateway, startService } from '../support/service-bed.ts'
import { credential, hosts, platformWithSignIn, who } from './platform.ts'

const mark = () => `canary${randomBytes(6).toString('hex')}`

for (const transport of ['grpc', 'http'] as const) {
  const binary = await part('Envoy', async () => envoy())
  describe(`secrets over ${transport}`, { skip: binary.skip }, () => {
    const client = mark()
    const session = randomBytes(32).toString('base64')
    const secrets = new Set([client, session, credential.replace('authorization: Bearer ', '')])
    const answers: RawResponse[] = []
    let service: Service
    let gateway: Gateway
    let browser: GatewayBrowser

    const keep = async (request: Promise<RawResponse>): Promise<RawResponse> => {
      const response = await request
      // The upstream's echo holds the credential by design.
      if (!response.body.startsWith('{"method":')) answers.push(response)
      return response
    }

    async function sendBearer(token: string, host: string): Promise<void> {
      secrets.add(token)
      const headers = [['Authorization', `Bearer ${token}`]] as const
      await keep(http1Request(gateway.port, { host, path: '/x', headers }))
    }

    before(async () => {
      service = await startService(platformWithSignIn({ client, session }))
      const checkPorts = service.attache.ports
      gateway = await startGateway({ transport, checkPorts, binary: binary.get() })
      browser = createGatewayBrowser(gateway.port, hosts.other)
    })
    after(async () => {
      await gateway.stop()
      await service.stop()
    })

    it('stay out of denials of tokens', async () => {
      const good = await service.issuer.mint(who.alice.claims)
      const bad = [
        good,
        mark(),
        `${mark()}.${mark()}.${mark()}`,
        `${good.slice(0, -8)}AAAAAAAA`,
        await service.issuer.mint(who.alice.claims, { validSeconds: -60 }),
        await service.issuer.mint(who.alice.claims, { audience: 'another' }),
        await service.issuer.mint({ email: 'a\nb' }),
      ]
      for (const token of bad) {
        for (const host of [hosts.kubernetes, hosts.other, hosts.forward, 'unknown.example']) {
          await sendBearer(token, host)
        }
      }
      assert.ok(answers.some(({ status }) => status === 401))
    })

    it('stay out of denials of other credentials', async () => {
      const [basic, cookie, protocol, query] = [mark(), mark(), mark(), mark()]
      for (const secret of [basic, cookie, protocol, query]) secrets.add(secret)
      const path = `/x?access_token=${query}&code=${query}`
      const headers = [
        `Authorization: Basic ${basic}`,
        `Cookie: __Host-attache=${cookie}; __Host-attache.0=${cookie}`,
        `Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.${protocol}`,
      ]
      for (const line of headers) {
        const options = { host: hosts.other, path, headers: [line] }
        await keep(http1Request(gateway.port, options))
        await keep(browser.navigate(path, { headers: { cookie: `__Host-attache=${cookie}` } }))
      }
    })

    it('stay out of what a failed sign-in answers', async () => {
      const asked = await keep(browser.navigate('/app'))
      const back = await service.issuer.signIn(locationOf(asked), 'alice')
      const [code, state] = [mark(), mark()]
      secrets.add(code).add(state)
      for (const name of ['code', 'state', 'session_state']) {
        const value = back.searchParams.get(name)
        if (value !== null) secrets.add(value)
      }
      const altered = [
        `/oauth2/callback?code=${code}&state=${state}`,
        `/oauth2/callback?code=${code}&state=${back.searchParams.get('state')}`,
        `/oauth2/callback?error=${code}&error_description=${state}&state=${state}`,
        `/oauth2/callback?code=${code}&code=${state}&state=${state}`,
      ]
      for (const path of altered) await keep(browser.navigate(path))
    })

    it('stay out of what a sign-in does, and of its session', async () => {
      const asked = await keep(browser.navigate('/app'))
      const back = await service.issuer.signIn(locationOf(asked), 'alice')
      secrets.add(codeOf(back))
      await browser.navigate(back.pathname + back.search)
      const cookies = [...browser.jar().values()]
      assert.ok(cookies.length > 0)
      for (const cookie of cookies) secrets.add(cookie)
      await keep(browser.fetch('/oauth2/userinfo'))
      const headers = { 'sec-fetch-site': 'cross-site' }
      await keep(browser.fetch('/app', { method: 'POST', headers }))
      await keep(browser.fetch('/oauth2/sign_out', { method: 'POST', headers }))
    })

    it('stay out of what is said when the provider is away', async () => {
      const another = createGatewayBrowser(gateway.port, hosts.other)
      const asked = await another.navigate('/app')
      const back = await service.issuer.signIn(locationOf(asked), 'alice')
      secrets.add(codeOf(back))
      await service.issuer.close()
      const failed = await keep(another.navigate(back.pathname + back.search))
      assert.ok(failed.status >= 400)
    })

    it('are in no log line, no metric and no answer', async () => {
      const metrics = await fetch(`http://127.0.0.1:${service.attache.ports.admin}/metrics`)
      const texts = {
        log: service.attache.output(),
        metrics: await metrics.text(),
        answers: answers
          .map(({ lines, body }) => [...withoutOwn(lines), body].join('\n'))
          .join('\n'),
      }
      assert.ok(texts.log.includes('check answered'))
      assert.ok(texts.metrics.includes('attache_'))
      for (const [where, text] of Object.entries(texts)) {
        for (const secret of secrets) {
          assert.ok(!text.includes(secret), `the ${where} has ${secret.slice(0, 20)}…`)
          const encoded = Buffer.from(secret).toString('base64').replaceAll('=', '')
          assert.ok(!text.includes(encoded), `the ${where} has ${secret.slice(0, 20)}… in base64`)
        }
      }
    })
  })
}

/** Without the lines that are there to carry a secret: cookies, and the way to the provider. */
function withoutOwn(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !/^(set-cookie|location):/i.test(line))
}

function codeOf(callback: URL): string {
  const code = callback.searchParams.get('code')
  assert.ok(code !== null, 'the provider gave no code')
  return code
}
