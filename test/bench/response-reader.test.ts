import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createResponseReader } from './response-reader.ts'

const responses = [
  'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nserver: envoy\r\n\r\n',
  'HTTP/1.1 401 Unauthorized\r\ncontent-length: 11\r\n\r\n{"no":true}',
  'HTTP/1.1 302 Found\r\nlocation: /\r\nContent-Length: 4\r\n\r\n\r\n\r\n',
]

describe('createResponseReader()', () => {
  for (const bytes of [1, 2, 7, 1000]) {
    it(`finds each response once in pieces of ${bytes} bytes`, () => {
      const found: string[] = []
      const read = createResponseReader((status) => found.push(status))
      const all = Buffer.from(responses.join(''))
      for (let at = 0; at < all.length; at += bytes) read(all.subarray(at, at + bytes))
      assert.deepEqual(found, ['200', '401', '302'])
    })
  }

  it('says so when it cannot know where a response ends', () => {
    const read = createResponseReader(() => {})
    const head = Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
    assert.throws(() => read(head), /no content-length/)
  })
})
