import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createIssuerFetch } from '../../../src/authn/issuer/issuer-fetch.ts'
import { type LocalIssuer, respond, silence, startIssuer } from './local-issuer.ts'

describe('createIssuerFetch()', () => {
  let issuer: LocalIssuer
  let elsewhere: LocalIssuer
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  const settings = { certificateAuthority: undefined, allowHttp: true }
  const client = createIssuerFetch({ ...settings, timeoutMs: 20_000 })
  const impatient = createIssuerFetch({ ...settings, timeoutMs: 100 })

  before(async () => {
    issuer = await startIssuer()
    elsewhere = await startIssuer()
  })
  beforeEach(() => {
    issuer.asked.other = 0
    issuer.discovery = respond(200, '{"a":1}', { 'x-a': 'b' })
  })
  after(async () => {
    await client.close()
    await impatient.close()
    await issuer.close()
    await elsewhere.close()
  })

  const discovery = () => `${issuer.url}/.well-known/openid-configuration`

  it('answers as fetch does', async () => {
    const response = await client.fetch(discovery())
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('x-a'), 'b')
    assert.deepEqual(await response.json(), { a: 1 })
  })

  it('answers with any status', async () => {
    issuer.discovery = respond(503, 'busy')
    const response = await client.fetch(new URL(discovery()))
    assert.equal(response.status, 503)
    assert.equal(await response.text(), 'busy')
  })

  it('tells what came of each request', async () => {
    const told: string[] = []
    const counting = createIssuerFetch({
      certificateAuthority: undefined,
      allowHttp: true,
      timeoutMs: 2_000,
      onCall: (result) => told.push(result),
    })
    await counting.fetch(discovery())
    issuer.discovery = respond(503, 'busy')
    await counting.fetch(discovery())
    issuer.discovery = respond(302, '', { location: `${issuer.url}/other` })
    await counting.fetch(discovery())
    issuer.discovery = silence
    await assert.rejects(counting.fetch(discovery()))
    await assert.rejects(counting.fetch('http://127.0.0.1:1/'))
    await assert.rejects(counting.fetch('ftp://127.0.0.1/'))
    await counting.close()
    assert.deepEqual(told, ['200', '503', '302', '404', 'timeout', 'error'])
  })

  it('tells of each request where it went, and no path', async () => {
    const told: unknown[] = []
    const watched = createIssuerFetch({
      certificateAuthority: undefined,
      allowHttp: true,
      onCall: (_, details) => {
        const { method, url, path } = details?.http ?? {}
        told.push([method, url?.origin, path, details !== undefined && details.startedMs > 0])
      },
    })
    await watched.fetch(discovery(), { method: 'POST', body: 'x' })
    await watched.close()
    assert.deepEqual(told, [['POST', issuer.url, undefined, true]])
  })

  it('keeps repeated header lines apart', async () => {
    issuer.discovery = (_request, response) =>
      response
        .writeHead(
          200,
          [
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
          ].flat(),
        )
        .end()
    const response = await client.fetch(discovery())
    assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2'])
  })

  it('sends a form', async () => {
    issuer.other = (request, response) => {
      response.write(`${request.method} ${request.headers['content-type']} `)
      request.pipe(response)
    }
    const response = await client.fetch(`${issuer.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({ code: 'x' }),
    })
    assert.equal(
      await response.text(),
      'POST application/x-www-form-urlencoded;charset=UTF-8 code=x',
    )
  })

  it('asks for no compression, and unpacks what is packed all the same, up to its bound', async () => {
    const contents = [gzipSync('{"a":1}'), bomb, Buffer.from('not packed')]
    issuer.discovery = (request, response) => {
      assert.equal(request.headers['accept-encoding'], 'identity')
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(contents.shift())
    }
    assert.equal(await (await client.fetch(discovery())).text(), '{"a":1}')
    await assert.rejects(client.fetch(discovery()))
    await assert.rejects(client.fetch(discovery()))
    assert.equal(contents.length, 0)
  })

  it('drops an answer of 10 MB', async () => {
    issuer.discovery = respond(200, Buffer.alloc(10_000_000, 0x20))
    await assert.rejects(client.fetch(discovery()))
  })

  it('drops an answer of 10 MB that does not say its length', async () => {
    issuer.discovery = (_request, response) => {
      response.writeHead(200)
      for (let chunk = 0; chunk < 10; chunk += 1) response.write(Buffer.alloc(1_000_000))
      response.end()
    }
    await assert.rejects(client.fetch(discovery()))
  })

  it('does not wait for an issuer that never answers', async () => {
    issuer.discovery = silence
    await assert.rejects(impatient.fetch(discovery()), { name: 'TimeoutError' })
  })

  it('does not wait for a body that never ends', async () => {
    issuer.discovery = (_request, response) => response.writeHead(200).write('{')
    await assert.rejects(impatient.fetch(discovery()))
  })

  it('stops when its caller does', async () => {
    const signal = AbortSignal.abort()
    await assert.rejects(client.fetch(discovery(), { signal }), { name: 'AbortError' })
  })

  it('follows a redirect within the origin', async () => {
    issuer.discovery = respond(302, '', { location: '/other' })
    issuer.other = respond(200, 'there')
    assert.equal(await (await client.fetch(discovery())).text(), 'there')
  })

  it('follows no redirect to another origin at a private address', async () => {
    issuer.discovery = respond(302, '', { location: `${elsewhere.url}/other` })
    await assert.rejects(client.fetch(discovery()), /redirect is not followed/)
    assert.equal(elsewhere.asked.other, 0)
  })

  for (const location of ['http://169.254.169.254/', '//169.254.169.254/', 'file:///etc/passwd']) {
    it(`follows no redirect to ${location}`, async () => {
      issuer.discovery = respond(307, '', { location })
      await assert.rejects(client.fetch(discovery()), /redirect is not followed/)
    })
  }

  it('follows no redirect to a name with a private address', async () => {
    const { port } = new URL(elsewhere.url)
    issuer.discovery = respond(302, '', { location: `http://localhost:${port}/other` })
    await assert.rejects(client.fetch(discovery()), ({ cause, message }: Error) =>
      /has no public address/.test(`${message} ${String(cause)}`),
    )
    assert.equal(elsewhere.asked.other, 0)
  })

  it('follows one to a public address, without the credential', async () => {
    const open = createIssuerFetch({
      certificateAuthority: undefined,
      allowHttp: true,
      mayRedirectTo: () => true,
    })
    issuer.discovery = respond(302, '', { location: `${elsewhere.url}/other` })
    elsewhere.other = (request, response) => response.end(String(request.headers.authorization))
    const headers = { authorization: 'Bearer canary' }
    assert.equal(await (await open.fetch(discovery(), { headers })).text(), 'undefined')
    const { port } = new URL(elsewhere.url)
    issuer.discovery = respond(302, '', { location: `http://localhost:${port}/other` })
    assert.equal((await open.fetch(discovery())).status, 200)
    await open.close()
  })

  it('sends what stands before the @ of an address as Basic, as Go does', async () => {
    issuer.other = (request, response) => response.end(String(request.headers.authorization))
    const address = `${issuer.url}/other`.replace('//', '//us%20er:pass@')
    const expected = `Basic ${Buffer.from('us er:pass').toString('base64')}`
    assert.equal(await (await client.fetch(address)).text(), expected)
  })

  it('follows no circle', async () => {
    issuer.other = respond(302, '', { location: '/other' })
    await assert.rejects(client.fetch(`${issuer.url}/other`), /redirect is not followed/)
    assert.equal(issuer.asked.other, 11)
  })

  it('sends a body to one place only', async () => {
    issuer.other = respond(307, '', { location: '/other2' })
    const sent = client.fetch(`${issuer.url}/other`, { method: 'POST', body: 'secret' })
    await assert.rejects(sent, /redirect is not followed/)
    assert.equal(issuer.asked.other, 1)
  })

  it('answers with the redirect when the caller looks at it', async () => {
    issuer.discovery = respond(302, '', { location: `${elsewhere.url}/` })
    const response = await client.fetch(discovery(), { redirect: 'manual' })
    assert.equal(response.status, 302)
  })

  it('follows none when the caller wants none', async () => {
    issuer.discovery = respond(302, '', { location: '/other' })
    await assert.rejects(client.fetch(discovery(), { redirect: 'error' }))
  })

  it('sends nothing without TLS unless that is allowed', async () => {
    const strict = createIssuerFetch({ certificateAuthority: undefined, allowHttp: false })
    await assert.rejects(strict.fetch(`${issuer.url}/other?secret=x`), {
      message: `Cannot fetch "${issuer.url}/other": it is no https address`,
    })
    assert.equal(issuer.asked.other, 0)
    await strict.close()
  })

  for (const address of ['ftp://127.0.0.1/', 'data:application/json,{}', 'file:///etc/passwd']) {
    it(`does not fetch ${address}`, async () => {
      await assert.rejects(client.fetch(address), /no https address/)
    })
  }

  it('rejects, and does not throw, for what is no address', async () => {
    await assert.rejects(client.fetch('no address'), TypeError)
  })
})
