/**
 * Input that no honest client, gateway or issuer sends, against the whole service: a clear denial before
 * the deadline, never a yes, and the service goes on.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { Client, credentials, type ServiceError } from '@grpc/grpc-js'
import { type Attache, startAttache } from '../support/attache.ts'
import { type Issuer, startIssuer } from '../support/issuer.ts'
import { http1Bytes, type RawResponse, sendBytes } from '../support/raw-client.ts'
import { trust } from '../support/service-bed.ts'

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token that claims an issuer; nobody has signed it. */
function unsigned(iss: string): string {
  const exp = Math.floor(Date.now() / 1000) + 300
  return `${encode({ alg: 'RS256' })}.${encode({ iss, aud: 'platform', sub: 'a', exp })}.c2ln`
}

interface BadIssuer {
  readonly what: string
  readonly answer: (path: string, origin: string) => string | undefined
}

const discovery = (origin: string): string =>
  JSON.stringify({ issuer: origin, jwks_uri: `${origin}/jwks` })

const badIssuers: readonly BadIssuer[] = [
  { what: 'never answers', answer: () => undefined },
  { what: 'has discovery that is no JSON', answer: () => '<html>' },
  { what: 'has discovery of somebody else', answer: () => discovery('http://127.0.0.1:9') },
  {
    what: 'has keys that are no JSON',
    answer: (path, origin) => (path === '/jwks' ? 'keys' : discovery(origin)),
  },
  {
    what: 'has keys without end',
    answer: (path, origin) =>
      path === '/jwks' ? `{"keys":["${'x'.repeat(8 * 1024 * 1024)}"]}` : discovery(origin),
  },
]

const tokens: readonly { readonly what: string; readonly change: (token: string) => string }[] = [
  { what: 'is cut off', change: (token) => token.slice(0, -20) },
  { what: 'has no signature', change: (token) => token.split('.').slice(0, 2).join('.') },
  { what: 'has an empty signature', change: (token) => `${token.split('.', 2).join('.')}.` },
  { what: 'is one dot', change: () => '.' },
  { what: 'is 100 KB', change: (token) => token + 'A'.repeat(100_000) },
  { what: 'is 100 KB of dots', change: () => '.'.repeat(100_000) },
  { what: 'has bytes that are no UTF-8', change: (token) => `${token}\xff\xfe` },
  { what: 'has another payload', change: (token) => swapPayload(token) },
]

const parseClaims: (text: string) => object = JSON.parse

function swapPayload(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims = parseClaims(Buffer.from(payload, 'base64url').toString())
  return [header, encode({ ...claims, email: 'root@example.com' }), signature].join('.')
}

/** What Envoy would wait. 80 % are less than the issuers' own five seconds, so that the deadline decides. */
const timeoutMs = 6000
const host = 'app.example.com'

describe('hostile input', () => {
  let issuer: Issuer
  let attache: Attache
  let good: string
  const servers: Server[] = []
  const urls: string[] = []

  before(async () => {
    issuer = await startIssuer()
    for (const { answer } of badIssuers) {
      const server = createServer((request, response) => {
        const body = answer(request.url ?? '', `http://${request.headers.host}`)
        if (body !== undefined) response.end(body)
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      assert.ok(typeof address === 'object' && address !== null)
      servers.push(server)
      urls.push(`http://127.0.0.1:${address.port}`)
    }
    attache = await startAttache({ config: configuration(), logLevel: 'info' })
    good = await issuer.mint({ email: 'alice@example.com' })
  })
  after(async () => {
    await attache.stop()
    await issuer.close()
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  })

  function configuration() {
    const { authentication, insecureIssuers } = trust(issuer) as {
      authentication: { jwt: object[] }
      insecureIssuers: string[]
    }
    const claimMappings = { username: { claim: 'sub', prefix: '' } }
    const bad = urls.map((url) => ({ issuer: { url, audiences: ['platform'] }, claimMappings }))
    return {
      authentication: { ...authentication, jwt: [...authentication.jwt, ...bad] },
      insecureIssuers: [...insecureIssuers, ...urls],
      routes: [{ identity: 'headers' }],
    }
  }

  async function ask(headers: readonly string[], path = '/'): Promise<RawResponse> {
    const timeout = `x-envoy-expected-rq-timeout-ms: ${timeoutMs}`
    const startMs = performance.now()
    const bytes = http1Bytes({ host, path, headers: [timeout, ...headers] })
    const response = await sendBytes(attache.ports.http, bytes)
    assert.ok(performance.now() - startMs < timeoutMs, 'answered too late')
    return response
  }

  async function stillGood(): Promise<void> {
    assert.equal((await ask([`Authorization: Bearer ${good}`])).status, 200)
  }

  for (const { what, change } of tokens) {
    it(`is refused when a token ${what}`, async () => {
      const { status, body } = await ask([`Authorization: Bearer ${change(good)}`])
      assert.equal(status, 401, body)
      await stillGood()
    })
  }

  for (const [index, { what }] of badIssuers.entries()) {
    it(`is unavailable when the issuer ${what}`, async () => {
      const { status, lines, body } = await ask([
        `Authorization: Bearer ${unsigned(urls[index] ?? '')}`,
      ])
      assert.equal(status, 403, body)
      assert.match(body, /"type":"unavailable"/)
      assert.ok(lines.some((line) => line.startsWith('retry-after:')))
      await stillGood()
    })
  }

  it('is refused with headers of 1 MB over HTTP', async () => {
    const { status } = await ask([`x-big: ${'a'.repeat(1024 * 1024)}`])
    assert.equal(status, 431)
    await stillGood()
  })

  it('sees every one of 10,000 header lines over HTTP', async () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `x-${index}: 1`)
    const last = [`Authorization: Bearer ${good}`, 'Impersonate-Extra-X: 1']
    const response = await ask([...lines, ...last])
    assert.equal(response.status, 200)
    assert.match(response.lines.join(), /headers-to-remove: .*impersonate-extra-x/)
    await stillGood()
  })

  it('is refused when a path has bytes that are no UTF-8', async () => {
    const { status } = await ask([`Authorization: Bearer ${good}`], '/\xff\xfe')
    assert.equal(status, 400)
    await stillGood()
  })

  const messages: readonly { readonly what: string; readonly bytes: Buffer }[] = [
    { what: 'empty', bytes: Buffer.alloc(0) },
    { what: 'no protobuf', bytes: Buffer.from('GET / HTTP/1.1\r\n\r\n') },
    { what: 'cut off', bytes: Buffer.from([0x0a, 0xff, 0xff, 0x03, 0x22]) },
    { what: 'a length beyond the end', bytes: Buffer.from([0x0a, 0x7f, 0x22, 0x7f]) },
    { what: 'a varint without end', bytes: Buffer.alloc(20, 0xff) },
    { what: 'groups within groups', bytes: Buffer.alloc(10_000, 0x0b) },
    { what: '1 MB of zeros', bytes: Buffer.alloc(1024 * 1024) },
  ]
  for (const { what, bytes } of messages) {
    it(`is denied, and no RPC error, when a CheckRequest is ${what}`, async () => {
      const answer = await call(attache.ports.grpc, bytes)
      // CheckResponse.status (field 1) with a code that is not 0, then denied_response (field 2).
      assert.deepEqual([answer[0], answer[2]], [0x0a, 0x08])
      assert.equal(answer[3], 3)
      assert.equal(answer[4], 0x12)
      await stillGood()
    })
  }
})

const pass = (bytes: Buffer): Buffer => bytes

/** Sends a message as it is to `Authorization/Check`; rejects on an RPC error. */
async function call(port: number, message: Buffer): Promise<Buffer> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        '/envoy.service.auth.v3.Authorization/Check',
        pass,
        pass,
        message,
        (error: ServiceError | null, response?: Buffer) =>
          response === undefined ? reject(error ?? new Error('no response')) : resolve(response),
      )
    })
  } finally {
    client.close()
  }
}
