import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { urls } from '../../../src/cel/library/urls.ts'
import { unlimitedMeter } from '../../../src/cel/run/work.ts'
import { type CelValue, isNativeStrings } from '../../../src/cel/value.ts'
import { calling, failed } from './calling.ts'

const { call, cost } = calling(urls)

/** A URL, which must be one. */
function urlOf(text: string): CelValue {
  const value = call('string_to_url', text)
  assert.ok(
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'opaque',
  )
  return value
}

/** scheme, host, hostname, port, escaped path. */
const parts: readonly (readonly [string, readonly string[]])[] = [
  ['https://u:p@example.com:80/a?k=v#f', ['https', 'example.com:80', 'example.com', '80', '/a']],
  ['HTTPS://Example.COM', ['https', 'Example.COM', 'Example.COM', '', '']],
  ['https://[::1]:80/', ['https', '[::1]:80', '::1', '80', '/']],
  ['https://[fe80::1%25eth0]', ['https', '[fe80::1%eth0]', 'fe80::1%eth0', '', '']],
  ['https://a:', ['https', 'a:', 'a', '', '']],
  ['/a b/%2f/[x]', ['', '', '', '', '/a%20b///%5Bx%5D']],
  ['/a%20b/%2f/[x]', ['', '', '', '', '/a%20b/%2f/[x]']],
  ['//host/path', ['', 'host', 'host', '', '/path']],
  ['mailto:somebody', ['mailto', '', '', '', '']],
  ['*', ['', '', '', '', '*']],
  ['/é', ['', '', '', '', '/%C3%A9']],
  ['postgres://a:1,b:2/db', ['postgres', 'a:1,b:2', 'a:1,b', '2', '/db']],
]

const refused = [
  '',
  'a/b',
  '../a',
  '#a',
  ':a',
  'https://a:b:c/',
  'https://a:8a/',
  'https://a b/',
  'https://a%41/',
  'https://[::1/',
  'https://x[::1]/',
  'https://[1.2.3.4]/',
  'https://[::g]/',
  'https://a@b@é@/%',
  '/%zz',
  '/\n',
  '/\u007f',
]

const queries: readonly (readonly [string, Readonly<Record<string, readonly string[]>>])[] = [
  ['', {}],
  ['?', {}],
  ['?a=1&b=2&a=3', { a: ['1', '3'], b: ['2'] }],
  ['?a+b=c%20d+e', { 'a b': ['c d e'] }],
  ['?a&=b&&c==', { a: [''], '': ['b'], c: ['='] }],
  ['?a;b=1&%zz=2&c=%zz&d=3', { d: ['3'] }],
  [`?${'a&'.repeat(10_000)}`, {}],
]

describe('url', () => {
  for (const [text, expected] of parts) {
    it(`takes "${text}" apart`, () => {
      const url = urlOf(text)
      const getters = ['scheme', 'host', 'hostname', 'port', 'escaped_path']
      assert.deepEqual(
        getters.map((name) => call(`url_get_${name}`, url)),
        expected,
      )
      assert.equal(call('is_url_string', text), true)
    })
  }

  for (const text of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(call('is_url_string', text), false)
      assert.equal(failed(call('string_to_url', text)), true)
    })
  }

  it('sees a URL in what has a broken fragment, but cannot read it', () => {
    assert.equal(call('is_url_string', '/?#%zz'), true)
    assert.equal(failed(call('string_to_url', '/?#%zz')), true)
  })

  for (const [query, expected] of queries) {
    it(`reads the query "${query.slice(0, 30)}"`, () => {
      const map = call('url_get_query', urlOf(`/${query}`))
      assert.ok(typeof map === 'object' && map !== null && 'entries' in map && 'kind' in map)
      const entries = [...map.entries()] as (readonly [string, readonly string[]])[]
      const plain = entries.map(([name, values]) => [name, [...values]])
      assert.deepEqual(Object.fromEntries(plain), expected)
      assert.ok(entries.every(([, values]) => isNativeStrings(values)))
    })
  }

  it('answers an error for escapes that are no text, since two of them would look alike', () => {
    assert.equal(failed(call('url_get_query', urlOf('/?a=%ff'))), true)
    assert.equal(failed(call('url_get_host', urlOf('http://a%ff/'))), true)
    assert.equal(call('url_get_escaped_path', urlOf('/%ff')), '/%ff')
  })

  it('compares URLs as they are written', () => {
    const url = urlOf('HTTP://a/%7Ex?#')
    assert.ok(typeof url === 'object' && url !== null && 'equals' in url)
    assert.equal(url.equals(urlOf('http://a/%7Ex?'), unlimitedMeter()), true)
    assert.equal(url.equals(urlOf('http://a/~x?'), unlimitedMeter()), false)
    assert.equal(failed(url.equals('http://a/%7Ex?', unlimitedMeter())), true)
  })

  it('does not take long for a long text', () => {
    for (const part of ['%', '%41', ':', '@', '[', '/', '?', 'a=b&', '#', 'é', '<']) {
      const text = part.repeat(20_000)
      for (const start of ['/', 'http://', 'http://[', 'a:', '/?', '/#', '']) {
        assert.equal(typeof call('is_url_string', start + text), 'boolean')
        call('string_to_url', start + text)
      }
    }
  })

  it('costs what Kubernetes counts', () => {
    assert.equal(cost('string_to_url', `/${'x'.repeat(94)}`), 10)
    assert.equal(cost('is_url_string', `/${'x'.repeat(94)}`), 1)
    assert.equal(cost('url_get_host', urlOf('/')), 1)
  })
})
