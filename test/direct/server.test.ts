import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import type { CheckInput } from '../../src/check-input.ts'
import type { Reply } from '../../src/decision.ts'
import { type DirectServerOptions, startDirectServer } from '../../src/direct/server.ts'
import { http1Request, type RawResponse } from '../support/raw-client.ts'
import { values } from '../support/wire.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const page: Reply = {
  kind: 'reply',
  id: 'd1',
  status: 200,
  headers: [
    ['content-type', 'text/html; charset=utf-8'],
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ],
  body: '<p>ü</p>',
}

interface Started {
  readonly asked: CheckInput[]
  readonly forms: string[]
  readonly ask: (request: Parameters<typeof http1Request>[1]) => Promise<RawResponse>
}

async function start(options: Partial<DirectServerOptions> = {}): Promise<Started> {
  const asked: CheckInput[] = []
  const forms: string[] = []
  const server = await startDirectServer({
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    checker: () => ({
      page: async (input) => {
        asked.push(input)
        return page
      },
    }),
    jwks: () => undefined,
    backChannelLogout: () => ({
      path: '/oauth2/backchannel_logout',
      answer: async (form) => {
        forms.push(form)
        return { status: 200, headers: [['cache-control', 'no-store']], body: '' }
      },
    }),
    ...options,
  })
  closing.push(() => server.close(0))
  const { address } = server
  assert.equal(address.kind, 'tcp')
  return { asked, forms, ask: (request) => http1Request(address.port, request) }
}

const form = [['content-type', 'application/x-www-form-urlencoded']] as const

describe('the port for direct requests', () => {
  it('shows the request as a check would, and sends the answer as it is', async () => {
    const { ask, asked } = await start()
    const answer = await ask({
      path: '/oauth2/sign_in?rd=%2Fx',
      method: 'GET',
      headers: [
        ['cookie', 'a=1'],
        ['x-attache-source', '10.0.0.1'],
      ],
      host: 'app.example.com',
    })
    assert.equal(answer.status, 200)
    assert.deepEqual(values(answer.lines, 'set-cookie'), ['a=1', 'b=2'])
    assert.equal(Buffer.from(answer.body, 'latin1').toString(), '<p>ü</p>')
    const [input] = asked
    assert.partialDeepStrictEqual(input, {
      transport: 'direct',
      method: 'GET',
      host: 'app.example.com',
      path: '/oauth2/sign_in?rd=%2Fx',
      source: '127.0.0.1',
      certificate: undefined,
    })
    assert.equal(input?.headers.get('cookie'), 'a=1')
    assert.equal(input?.headers.has('x-attache-source'), false)
  })

  it('takes a body of any kind where none is wanted', async () => {
    const { ask, asked } = await start()
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      const headers = [['content-type', type]] as const
      const answer = await ask({ path: '/logout', method: 'POST', headers, body: '{"x":' })
      assert.equal(answer.status, 200)
    }
    assert.equal(asked.length, 3)
  })

  it('hands the form of a provider on', async () => {
    const { ask, asked, forms } = await start()
    const path = '/oauth2/backchannel_logout'
    const body = 'logout_token=a.b.c'
    const answer = await ask({ path, method: 'POST', headers: form, body })
    assert.equal(answer.status, 200)
    assert.deepEqual(values(answer.lines, 'cache-control'), ['no-store'])
    assert.deepEqual(forms, [body])
    assert.deepEqual(asked, [])
  })

  it('publishes the keys of identity tokens, where there are any', async () => {
    const path = '/.well-known/jwks.json'
    const { ask } = await start({ jwks: () => '{"keys":[]}' })
    const answer = await ask({ path })
    assert.equal(answer.body, '{"keys":[]}')
    assert.deepEqual(values(answer.lines, 'content-type'), [
      'application/jwk-set+json; charset=utf-8',
    ])
    const { ask: askOther, asked } = await start()
    await askOther({ path })
    assert.equal(asked.length, 1)
  })

  it('takes nothing but POST there', async () => {
    const { ask, forms } = await start()
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await ask({ path: '/oauth2/backchannel_logout?logout_token=a', method })
      assert.equal(answer.status, 405)
      assert.deepEqual(values(answer.lines, 'allow'), ['POST'])
    }
    assert.deepEqual(forms, [])
  })

  it('treats that address as any other where no provider may end a session', async () => {
    const { ask, asked } = await start({ backChannelLogout: () => undefined })
    const path = '/oauth2/backchannel_logout'
    await ask({ path, method: 'POST', headers: form, body: 'logout_token=a' })
    assert.equal(asked.length, 1)
  })

  it('refuses more than a logout token can hold', async () => {
    const { ask, forms } = await start()
    const path = '/oauth2/backchannel_logout'
    const body = `logout_token=${'a'.repeat(70_000)}`
    const answer = await ask({ path, method: 'POST', headers: form, body })
    assert.equal(answer.status, 400)
    assert.deepEqual(forms, [])
  })

  it('says nothing of a failure', async () => {
    const { ask } = await start({
      checker: () => ({ page: () => Promise.reject(new Error('redis://user:canary@host')) }),
    })
    const answer = await ask({ path: '/', method: 'GET' })
    assert.equal(answer.status, 500)
    assert.ok(!answer.body.includes('canary'))
  })

  it('repeats nothing of an address or a method that is none', async () => {
    const { ask, asked } = await start()
    const requests = [
      { path: '/%zz<script>' },
      { path: '/<script>', method: 'PROPFIND' },
      { path: '/<script>', method: 'MKCOL' },
    ]
    for (const request of requests) {
      const { status, lines, body } = await ask(request)
      assert.equal(status, 400)
      assert.deepEqual(values(lines, 'cache-control'), ['no-store'])
      assert.deepEqual(values(lines, 'content-type'), ['text/plain; charset=utf-8'])
      assert.doesNotMatch(body, /script/)
    }
    assert.deepEqual(asked, [])
  })

  it('takes as many cookies as Envoy does', async () => {
    const { ask } = await start()
    const cookie = Array.from({ length: 16 }, (_, n) => `c${n}=${'x'.repeat(3700)}`).join('; ')
    assert.equal(
      (await ask({ path: '/oauth2/sign_in', headers: [['cookie', cookie]] })).status,
      200,
    )
  })
})
