import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { type AdminServerOptions, startAdminServer } from '../../src/admin/server.ts'
import { http1Request, type RawResponse } from '../support/raw-client.ts'
import { values } from '../support/wire.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function get(
  path: string,
  options: Partial<AdminServerOptions> = {},
  method = 'GET',
): Promise<RawResponse> {
  const server = await startAdminServer({
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    live: () => true,
    ready: () => ({ ready: true, missing: [] }),
    metrics: async () => 'attache_up 1\n',
    ...options,
  })
  closing.push(() => server.close(0))
  assert.equal(server.address.kind, 'tcp')
  return http1Request(server.address.port, { path, method })
}

async function failing(): Promise<string> {
  throw new Error('redis://user:secret@host')
}

describe('startAdminServer()', () => {
  it('says whether it lives', async () => {
    assert.equal((await get('/livez')).status, 200)
    assert.equal((await get('/livez', { live: () => false })).status, 503)
  })

  it('says that it is ready, and what is missing all the same', async () => {
    const missing = ['keys of "https://dex.example.com"']
    const { status, body } = await get('/readyz', { ready: () => ({ ready: true, missing }) })
    assert.equal(status, 200)
    assert.deepEqual(JSON.parse(body), { ready: true, missing })
  })

  it('says that it is not ready, and why', async () => {
    const missing = ['keys of "https://dex.example.com"']
    const { status, body } = await get('/readyz', { ready: () => ({ ready: false, missing }) })
    assert.equal(status, 503)
    assert.deepEqual(JSON.parse(body), { ready: false, missing })
  })

  it('gives the metrics in the format of Prometheus', async () => {
    const { status, lines, body } = await get('/metrics')
    assert.equal(status, 200)
    assert.deepEqual(values(lines, 'content-type'), ['text/plain; version=0.0.4; charset=utf-8'])
    assert.equal(body, 'attache_up 1\n')
  })

  it('does not tell why it has no metrics', async () => {
    assert.deepEqual(
      await get('/metrics', { metrics: failing }).then(({ status, body }) => [status, body]),
      [500, 'error\n'],
    )
  })

  const elsewhere = [
    { method: 'GET', path: '/' },
    { method: 'GET', path: '/debug/pprof' },
    { method: 'GET', path: '/livez/' },
    { method: 'GET', path: '/%zz' },
    { method: 'POST', path: '/livez' },
    { method: 'POST', path: '/metrics' },
  ]
  for (const { method, path } of elsewhere) {
    it(`has nothing for ${method} ${path}`, async () => {
      const { status } = await get(path, {}, method)
      assert.ok(status === 404 || status === 400, String(status))
    })
  }
})
