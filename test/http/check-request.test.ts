import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RawCheck, readCheckRequest } from '../../src/http/check-request.ts'

const get: RawCheck = { method: 'GET', url: '/', rawHeaders: ['host', 'h'] }

function headersOf(...rawHeaders: string[]): [string, string][] {
  const read = readCheckRequest({ ...get, rawHeaders }, '')
  assert.equal(read.kind, 'request')
  return [...read.input.headers]
}

function inputOf(check: Partial<RawCheck>, prefix = '') {
  const read = readCheckRequest({ ...get, ...check }, prefix)
  assert.equal(read.kind, 'request')
  return read.input
}

describe('readCheckRequest()', () => {
  it('reads a request', () => {
    const rawHeaders = ['Host', 'H.example:80', 'X-Attache-Source', '10.0.0.1', 'Accept', '*/*']
    assert.deepEqual(inputOf({ method: 'PROPFIND', url: '/a?b', rawHeaders }), {
      transport: 'http',
      method: 'PROPFIND',
      host: 'H.example:80',
      path: '/a?b',
      headers: new Map([['accept', '*/*']]),
      source: '10.0.0.1',
      certificate: undefined,
    })
  })

  const headers: { what: string; raw: string[]; seen: [string, string][] }[] = [
    {
      what: 'writes names in lower case and joins lines',
      raw: ['Impersonate-Group', 'a', 'x-b', '', 'IMPERSONATE-GROUP', 'b'],
      seen: [
        ['impersonate-group', 'a,b'],
        ['x-b', ''],
      ],
    },
    {
      what: 'joins cookies as cookies',
      raw: ['cookie', 'a=1', 'Cookie', 'b=2'],
      seen: [['cookie', 'a=1; b=2']],
    },
    {
      what: 'leaves out what belongs to the check and not to the request',
      raw: [
        ...['host', 'h', 'connection', 'keep-alive', 'keep-alive', '5', 'content-length', '0'],
        ...['transfer-encoding', 'chunked', 'upgrade', 'h2c', 'x-envoy-internal', 'true'],
        ...[
          'x-envoy-expected-rq-timeout-ms',
          '5',
          'x-attache-caller',
          's',
          'x-attache-source',
          'a',
        ],
      ],
      seen: [],
    },
    {
      what: 'takes connection and upgrade of the request from what Envoy adds',
      raw: [
        ...['connection', 'close', 'upgrade', 'h2c'],
        ...['x-attache-connection', 'Upgrade, X', 'x-attache-upgrade', 'websocket'],
      ],
      seen: [
        ['connection', 'Upgrade, X'],
        ['upgrade', 'websocket'],
      ],
    },
    {
      what: 'reads UTF-8, and other bytes as U+FFFD',
      raw: ['a', Buffer.from('jürgen').toString('latin1'), 'b', 'J\u00fcrgen'],
      seen: [
        ['a', 'jürgen'],
        ['b', 'J\ufffdrgen'],
      ],
    },
    {
      what: 'keeps what the pre-filter renamed',
      raw: ['x-attache-requested-impersonate-user', 'x'],
      seen: [['x-attache-requested-impersonate-user', 'x']],
    },
  ]
  for (const { what, raw, seen } of headers) {
    it(what, () => assert.deepEqual(headersOf(...raw), seen))
  }

  it('hides no second host', () => {
    assert.equal(inputOf({ rawHeaders: ['host', 'a', 'Host', 'b'] }).host, 'a,b')
    assert.equal(inputOf({ rawHeaders: [] }).host, '')
  })

  const sources = [
    { lines: [], source: undefined },
    { lines: [''], source: undefined },
    { lines: ['10.0.0.1'], source: '10.0.0.1' },
    { lines: ['::1'], source: '::1' },
    { lines: ['6.6.6.6', '10.0.0.1'], source: undefined },
    { lines: ['6.6.6.6, 10.0.0.1'], source: undefined },
  ]
  for (const { lines, source } of sources) {
    it(`takes ${JSON.stringify(lines)} for the source ${JSON.stringify(source)}`, () => {
      const rawHeaders = lines.flatMap((value) => ['x-attache-source', value])
      assert.equal(inputOf({ rawHeaders }).source, source)
    })
  }

  const timeouts = [
    { lines: [], ms: undefined },
    { lines: ['1500'], ms: 1500 },
    { lines: ['0'], ms: undefined },
    { lines: [''], ms: undefined },
    { lines: ['-1'], ms: undefined },
    { lines: ['1e3'], ms: undefined },
    { lines: ['0x10'], ms: undefined },
    { lines: ['99999999999'], ms: undefined },
    { lines: ['5', '9999999'], ms: undefined },
  ]
  for (const { lines, ms } of timeouts) {
    it(`takes ${JSON.stringify(lines)} for a deadline of ${ms} ms`, () => {
      const rawHeaders = lines.flatMap((value) => ['X-Envoy-Expected-Rq-Timeout-Ms', value])
      assert.equal(readCheckRequest({ ...get, rawHeaders }, '').timeoutMs, ms)
    })
  }

  it('tells who asks, even when the rest cannot be read', () => {
    const read = readCheckRequest({ ...get, url: 'x', rawHeaders: ['X-Attache-Caller', 's'] }, '')
    assert.deepEqual([read.kind, read.caller], ['malformed', 's'])
  })

  const paths = [
    { prefix: '', url: '/%zz//../a;b?c=%2F#', path: '/%zz//../a;b?c=%2F#' },
    { prefix: '', url: '*', path: '*' },
    { prefix: '', url: '//', path: '//' },
    { prefix: '/check', url: '/check/a/../b', path: '/a/../b' },
    { prefix: '/check', url: '/check/check/a', path: '/check/a' },
    { prefix: '/check', url: '/check*', path: '*' },
    { prefix: '/check', url: '/check', path: undefined },
    { prefix: '/check', url: '/checks/a', path: undefined },
    { prefix: '/check', url: '/a', path: undefined },
    { prefix: '/check', url: '//check/a', path: undefined },
    { prefix: '/check', url: '/Check/a', path: undefined },
    { prefix: '/check', url: '/%63heck/a', path: undefined },
    { prefix: '/check/', url: '/check//a', path: '/a' },
    { prefix: '', url: 'http://h/a', path: undefined },
    { prefix: '', url: 'h:443', path: undefined },
    { prefix: '', url: '', path: undefined },
  ]
  for (const { prefix, url, path } of paths) {
    it(`takes ${path === undefined ? 'no path' : `"${path}"`} from "${url}" behind "${prefix}"`, () => {
      const read = readCheckRequest({ ...get, url }, prefix)
      assert.equal(read.kind === 'request' ? read.input.path : undefined, path)
    })
  }
})
