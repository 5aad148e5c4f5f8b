import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseJws, splitCompact } from '../../../src/authn/jwt/jws.ts'
import { readHeader, rememberHeaders } from '../../../src/authn/jwt/jws-header.ts'
import { encode } from './signed-token.ts'

const usual = encode({ alg: 'RS256', kid: 'k', typ: 'JWT' })

describe('readHeader()', () => {
  it('says what matters', () => {
    assert.deepEqual(readHeader(usual), {
      kind: 'header',
      algorithm: 'RS256',
      kid: 'k',
      encodesPayload: true,
      canonical: usual,
    })
  })

  it('has the canonical form of another spelling', () => {
    assert.deepEqual(readHeader(` ${usual.slice(0, 9)}\n${usual.slice(9)}`), readHeader(usual))
  })
})

describe('rememberHeaders()', () => {
  const headers = {
    usual,
    'without anything': encode({}),
    'with a payload as it is': encode({ alg: 'RS256', b64: false, crit: ['b64'] }),
    'in another spelling': `${usual}\n`,
    'that is long': encode({ alg: 'RS256', x: 'y'.repeat(2000) }),
    'that repeats a member': Buffer.from('{"alg":"RS256","alg":"none"}').toString('base64url'),
    'with an extension': encode({ alg: 'RS256', crit: ['exp'] }),
    'that is no JSON': 'AAAA',
    'that is no base64url': '!',
  }
  for (const [what, header] of Object.entries(headers)) {
    it(`reads a header ${what} as ever, and again`, () => {
      const read = rememberHeaders()
      assert.deepEqual(read(header), readHeader(header))
      assert.deepEqual(read(header), readHeader(header))
    })
  }

  it('reads a header once', () => {
    const read = rememberHeaders()
    assert.equal(read(usual), read(usual))
  })

  it('keeps nothing of a token in another spelling, and none that is long', () => {
    const read = rememberHeaders()
    for (const header of [headers['in another spelling'], headers['that is long']]) {
      assert.notEqual(read(header), read(header))
    }
  })

  it('holds a hundred', () => {
    const read = rememberHeaders()
    const first = read(usual)
    for (let kid = 0; kid < 99; kid += 1) read(encode({ alg: 'RS256', kid: `${kid}` }))
    assert.equal(read(usual), first)
    read(encode({ alg: 'RS256', kid: 'one more' }))
    assert.notEqual(read(usual), first)
    assert.deepEqual(read(usual), first)
  })

  it('leaves the algorithm for the issuer to allow', () => {
    const readHeaderOnce = rememberHeaders()
    const compact = splitCompact(`${usual}.${encode({})}.AA`)
    assert.ok(compact)
    const kinds = (['RS256', 'ES256', 'RS256'] as const).map(
      (allowed) => parseJws(compact, { algorithms: [allowed], readHeader: readHeaderOnce }).kind,
    )
    assert.deepEqual(kinds, ['jws', 'rejected', 'jws'])
  })
})
