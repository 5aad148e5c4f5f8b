import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { readCheckRequest } from '../../src/grpc/check-request.ts'
import { messageField, tagOf, textField, toBuffer } from '../../src/grpc/wire.ts'
import { encodeRequest, type ReferenceHeader } from './reference.ts'

interface HttpParts {
  readonly method?: string
  readonly path?: string
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly header_map?: { readonly headers: readonly ReferenceHeader[] }
}

function request(http: HttpParts, { source = '10.0.0.1', certificate = '' } = {}): Buffer {
  return encodeRequest({
    attributes: {
      source: { address: { socket_address: { address: source } }, certificate },
      request: { http: { method: 'GET', path: '/', host: 'h', ...http } },
    },
  })
}

function read(bytes: Buffer) {
  const result = readCheckRequest(bytes)
  assert.equal(result.kind, 'request')
  return result.input
}

/** A whole CheckRequest around an `http` field. */
function piece(http: string): string {
  return messageField(tagOf(1), messageField(tagOf(4), http))
}

const name = fc.stringMatching(/^[a-z][a-z0-9!#$%&'*+.^_`|~-]{0,20}$/)
const text = fc.string({ unit: 'grapheme', maxLength: 60 })

describe('readCheckRequest()', () => {
  it('reads what a general library wrote', () => {
    fc.assert(
      fc.property(
        fc.record({
          method: fc.stringMatching(/^[A-Z]{1,20}$/),
          path: text.map((rest) => `/${rest}`),
          host: text,
          headers: fc.dictionary(name, text),
          source: fc.ipV4(),
          certificate: fc.stringMatching(/^[-A-Za-z0-9%]{1,200}$/),
        }),
        ({ method, path, host, headers, source, certificate }) => {
          const bytes = request({ method, path, host, headers }, { source, certificate })
          assert.deepEqual(read(bytes), {
            transport: 'grpc',
            method,
            path,
            host,
            source,
            certificate,
            headers: new Map(Object.entries(headers)),
          })
        },
      ),
    )
  })

  it('reads header_map as it reads headers', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, text)), (lines) => {
        const header_map = {
          headers: lines.map(([key, value]) => ({ key, raw_value: Buffer.from(value) })),
        }
        const expected = new Map<string, string>()
        for (const [key, value] of lines) {
          const separator = key === 'cookie' ? '; ' : ','
          const before = expected.get(key)
          expected.set(key, before === undefined ? value : `${before}${separator}${value}`)
        }
        assert.deepEqual(read(request({ header_map })).headers, expected)
      }),
    )
  })

  const lines: {
    what: string
    http: HttpParts
    headers: readonly (readonly [string, string])[]
  }[] = [
    {
      what: 'reads `value` where an entry has no raw_value',
      http: { header_map: { headers: [{ key: 'a', value: 'x' }] } },
      headers: [['a', 'x']],
    },
    {
      what: 'joins lines of header_map that differ in case',
      http: {
        header_map: {
          headers: [
            { key: 'Impersonate-Group', raw_value: Buffer.from('a') },
            { key: 'impersonate-group', raw_value: Buffer.from('b') },
          ],
        },
      },
      headers: [['impersonate-group', 'a,b']],
    },
    {
      what: 'hides nothing when both forms are there',
      http: {
        headers: { authorization: 'Bearer a' },
        header_map: { headers: [{ key: 'authorization', raw_value: Buffer.from('Bearer b') }] },
      },
      headers: [['authorization', 'Bearer a,Bearer b']],
    },
    {
      what: 'reads bytes that are no UTF-8 as U+FFFD',
      http: { header_map: { headers: [{ key: 'a', raw_value: Buffer.from([0x4a, 0xfc]) }] } },
      headers: [['a', 'J\ufffd']],
    },
    {
      what: 'leaves out pseudo headers and what only Envoy may say',
      http: {
        headers: {
          ':path': '/other',
          ':authority': 'other',
          'x-attache-caller': 'secret',
          'x-attache-source': '1.2.3.4',
          'x-attache-connection': 'upgrade',
          'x-attache-upgrade': 'websocket',
        },
      },
      headers: [],
    },
    {
      what: 'keeps an empty header',
      http: { headers: { 'impersonate-user': '' } },
      headers: [['impersonate-user', '']],
    },
  ]
  for (const { what, http, headers } of lines) {
    it(what, () => assert.deepEqual(read(request(http)).headers, new Map(headers)))
  }

  it('takes method, path and host from their own fields', () => {
    const headers = { ':method': 'POST', ':path': '/other', ':authority': 'other', host: 'third' }
    const { method, path, host } = read(request({ headers, path: '/%zz//..?q#f', host: 'H.:80' }))
    assert.deepEqual([method, path, host], ['GET', '/%zz//..?q#f', 'H.:80'])
  })

  it('knows no source when Envoy names none', () => {
    const bytes = encodeRequest({ attributes: { request: { http: { method: 'GET', path: '/' } } } })
    assert.equal(read(bytes).source, undefined)
  })

  it('knows no certificate when Envoy names none', () => {
    assert.equal(read(request({})).certificate, undefined)
  })

  it('passes over fields that it does not know, wherever they are', () => {
    const unknown = `${textField(tagOf(1000), 'x')}\u0098\u0075\u0005` // 1000: bytes, 1875: varint
    const http = textField(tagOf(2), 'GET') + unknown + textField(tagOf(4), '/')
    const inRequest = unknown + messageField(tagOf(2), http)
    const attributes = messageField(tagOf(4), inRequest) + unknown
    const { method, path } = read(toBuffer(unknown + messageField(tagOf(1), attributes)))
    assert.deepEqual([method, path], ['GET', '/'])
  })

  it('merges a message that comes in two pieces, as the format wants it', () => {
    const first = piece(messageField(tagOf(2), textField(tagOf(2), 'GET')))
    const second = piece(messageField(tagOf(2), textField(tagOf(4), '/')))
    assert.equal(read(toBuffer(first + second)).path, '/')
  })

  const malformed = [
    { what: 'an empty message', bytes: Buffer.alloc(0), detail: 'names no method' },
    { what: 'no method', bytes: request({ method: '' }), detail: 'names no method' },
    { what: 'no path, as CONNECT has', bytes: request({ path: '' }), detail: 'names no path' },
    { what: 'an absolute form', bytes: request({ path: 'http://h/' }), detail: 'names no path' },
    { what: 'JSON', bytes: Buffer.from('{"attributes":{}}'), detail: 'well-formed' },
    { what: 'a byte too few', bytes: request({}).subarray(0, -1), detail: 'well-formed' },
    {
      what: 'a byte too many',
      bytes: Buffer.concat([request({}), Buffer.of(8)]),
      detail: 'well-formed',
    },
    { what: 'endless 0xff', bytes: Buffer.alloc(1000, 0xff), detail: 'well-formed' },
  ]
  for (const { what, bytes, detail } of malformed) {
    it(`refuses ${what}`, () => {
      const result = readCheckRequest(bytes)
      assert.equal(result.kind, 'malformed')
      assert.match(result.detail, new RegExp(detail))
    })
  }

  it('refuses every message that is cut short, unless the cut is between two fields', () => {
    const headers = { a: 'x', authorization: 'Bearer y' }
    const whole = request({ headers })
    const outer = [...whole.keys()]
      .slice(1)
      .map((length) => readCheckRequest(whole.subarray(0, length)))
    assert.deepEqual(new Set(outer.map(({ kind }) => kind)), new Set(['malformed']))
  })

  it('takes any bytes without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.match(readCheckRequest(Buffer.from(bytes)).kind, /^(request|malformed)$/)
      }),
      { numRuns: 2000 },
    )
  })

  it('takes any change of a real message without throwing', () => {
    const whole = request({ headers: { a: 'x', cookie: 'b=c' } })
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(whole)
        changed[at] = byte
        assert.match(readCheckRequest(changed).kind, /^(request|malformed)$/)
      }),
      { numRuns: 2000 },
    )
  })

  it('reads 10,000 lines and a megabyte in one go', () => {
    const many = Array.from({ length: 10_000 }, (_, n) => ({ key: `x-${n}`, value: 'v' }))
    assert.equal(read(request({ header_map: { headers: many } })).headers.size, 10_000)
    const { headers } = read(request({ headers: { cookie: 'c'.repeat(1 << 20) } }))
    assert.equal(headers.get('cookie')?.length, 1 << 20)
  })

  it('refuses more lines than anybody has', () => {
    const headers = Array.from({ length: 65_537 }, () => ({ key: 'a', value: '' }))
    const result = readCheckRequest(request({ header_map: { headers } }))
    assert.deepEqual(result, {
      kind: 'malformed',
      detail: 'the CheckRequest has more than 65536 header lines',
    })
  })
})
