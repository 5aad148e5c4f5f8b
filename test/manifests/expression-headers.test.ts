import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { headersReadBy } from '../../src/manifests/expression-headers.ts'

const cases: readonly (readonly [source: string, names: readonly string[], others: boolean])[] = [
  ["'a' in user.groups", [], false],
  ["request.headers['X-A'] == 'b'", ['x-a'], false],
  ['request.headers.host == "b"', ['host'], false],
  ["'x-a' in request.headers && request.headers['x-b'] != ''", ['x-a', 'x-b'], false],
  [
    "has(request.headers.etag) || request.headers[?'x-a'].orValue('') == 'b'",
    ['etag', 'x-a'],
    false,
  ],
  ["[1].exists(i, request.headers['x-a'] == string(i))", ['x-a'], false],
  ["request.headers['x-' + user.username] == 'a'", [], true],
  ["request.headers.all(name, name != 'x-a')", [], true],
  ['size(request.headers) < 5', [], true],
  ["cel.bind(h, request.headers, h['x-a'] == 'b')", [], true],
  ["'request.headers' == request.path", [], false],
  ["captures.headers == 'a' && user.extra['request'][0] == 'headers'", [], false],
  ['not an expression', [], true],
]

describe('headersReadBy()', () => {
  for (const [source, names, others] of cases) {
    it(`finds ${names.join(', ') || 'no name'}${others ? ', and others,' : ''} in ${source}`, () => {
      const read = headersReadBy(source)
      assert.deepEqual(read.names.toSorted(), names)
      assert.equal(read.others, others)
    })
  }
})
