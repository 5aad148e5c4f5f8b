import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { type Algorithm, algorithms, parseJws, splitCompact } from '../../../src/authn/jwt/jws.ts'
import { encode, publicJwk, rsaKey } from './signed-token.ts'

const payload = { iss: 'x' }
const rsa = rsaKey('r')
const privateJwk = rsa.privateKey.export({ format: 'jwk' })
const edJwk = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })

function parse(header: unknown, signature = 'AA', allowed: readonly Algorithm[] = algorithms) {
  const compact = splitCompact(`${encode(header)}.${encode(payload)}.${signature}`)
  assert.ok(compact)
  return parseJws(compact, { algorithms: allowed })
}

describe('splitCompact()', () => {
  const refused = {
    nothing: '',
    'one part': 'a',
    'two parts': 'a.b',
    'four parts': 'a.b.c.d',
    'the JSON serialization': '{"payload":"a.YQ.b"}',
    'the JSON serialization after a blank': '\u00a0{a.YQ.b',
    'a padded payload': 'a.YQ==.b',
    'a payload with a blank': 'a.Y Q.b',
  }
  for (const [what, token] of Object.entries(refused)) {
    it(`does not take ${what} for a JWT`, () => {
      assert.equal(splitCompact(token), undefined)
    })
  }

  it('does not look at the other parts', () => {
    assert.deepEqual(splitCompact('!.YQ.'), {
      header: '!',
      payload: Buffer.from('a'),
      signature: '',
    })
  })

  it('takes little time for a token of dots', () => {
    assert.equal(splitCompact('.'.repeat(1_000_000)), undefined)
  })
})

describe('parseJws()', () => {
  const accepted = {
    'no kid': { alg: 'RS256' },
    'a kid of null': { alg: 'RS256', kid: null },
    'empty crit': { alg: 'RS256', crit: [] },
    'crit of null': { alg: 'RS256', crit: null },
    'b64 in crit': { alg: 'RS256', crit: ['b64'], b64: true },
    'an address of keys': {
      alg: 'RS256',
      jku: 'http://169.254.169.254/',
      x5u: 'http://localhost/',
    },
    'another typ': { alg: 'RS256', typ: 'at+jwt', cty: 'x', zip: 'DEF' },
    'an unknown member': { alg: 'RS256', x: { y: [1] } },
    'an embedded public key': { alg: 'RS256', jwk: publicJwk(rsa) },
    'an embedded Ed25519 key': { alg: 'RS256', jwk: edJwk },
    'no embedded key': { alg: 'RS256', jwk: null, x5c: null },
    'an empty x5c': { alg: 'RS256', x5c: [] },
    'a name in capitals': { alg: 'RS256', ALG: 'none' },
  }
  for (const [what, header] of Object.entries(accepted)) {
    it(`reads a header with ${what}`, () => {
      assert.partialDeepStrictEqual(parse(header), { kind: 'jws', algorithm: 'RS256', kid: '' })
    })
  }

  it('signs over both encoded parts', () => {
    const header = { alg: 'ES256', kid: 'k' }
    assert.deepEqual(parse(header, 'AQI'), {
      kind: 'jws',
      algorithm: 'ES256',
      kid: 'k',
      signingInput: Buffer.from(`${encode(header)}.${encode(payload)}`),
      signature: Buffer.from([1, 2]),
    })
  })

  it('signs over the bare payload when "b64" is false (RFC 7797)', () => {
    const header = { alg: 'RS256', b64: false }
    assert.partialDeepStrictEqual(parse(header), {
      signingInput: Buffer.from(`${encode(header)}.${JSON.stringify(payload)}`),
    })
  })

  it('ignores white space in the header and the signature', () => {
    const compact = splitCompact(` ${encode({ alg: 'RS256' })}\u00a0.${encode(payload)}.A\tQ `)
    assert.ok(compact)
    assert.partialDeepStrictEqual(parseJws(compact, { algorithms }), {
      signature: Buffer.from([1]),
    })
  })

  for (const alg of ['none', 'None', 'HS256', 'HS512', 'EdDSA', 'ES256K', 'rs256', 'RS256 ', '']) {
    it(`refuses the algorithm "${alg}"`, () => {
      assert.partialDeepStrictEqual(parse({ alg }), {
        kind: 'rejected',
        reason: 'credential-invalid',
      })
    })
  }
  it('refuses a header without algorithm', () => {
    assert.equal(parse({ kid: 'x' }).kind, 'rejected')
  })
  it('refuses an algorithm that the issuer may not use', () => {
    assert.equal(parse({ alg: 'RS256' }, 'AA', ['ES256']).kind, 'rejected')
  })

  for (const crit of [['exp'], ['b64', 'exp'], 'b64', [null], {}, 1]) {
    it(`refuses a "crit" of ${JSON.stringify(crit)}`, () => {
      assert.partialDeepStrictEqual(parse({ alg: 'RS256', crit }), {
        kind: 'rejected',
        reason: 'credential-invalid',
      })
    })
  }

  const malformed = {
    nothing: '',
    'no object': '[]',
    null: 'null',
    'no JSON': 'x',
    'a repeated member': '{"alg":"RS256","alg":"RS256"}',
    'a repeated member inside': '{"alg":"RS256","x":[{"a":1,"a":1}]}',
    'a number that is too large': '{"alg":"RS256","x":1e400}',
    'a numeric alg': { alg: 1 },
    'a numeric kid': { alg: 'RS256', kid: 1 },
    'a numeric nonce': { alg: 'RS256', nonce: 1 },
    'a private key': { alg: 'RS256', jwk: privateJwk },
    'a symmetric key': { alg: 'RS256', jwk: { kty: 'oct', k: 'AA' } },
    'a broken key': { alg: 'RS256', jwk: {} },
    'a broken certificate': { alg: 'RS256', x5c: ['AAAA'] },
    'certificates that are no list': { alg: 'RS256', x5c: 'x' },
    'too many certificates': { alg: 'RS256', x5c: Array(11).fill('') },
  }
  for (const [what, header] of Object.entries(malformed)) {
    it(`finds a header malformed that is or has ${what}`, () => {
      assert.partialDeepStrictEqual(parse(header), {
        kind: 'rejected',
        reason: 'credential-malformed',
      })
    })
  }
  for (const signature of ['A', '=', '+', 'AA==', 'A\0A']) {
    it(`finds the signature ${JSON.stringify(signature)} malformed`, () => {
      assert.partialDeepStrictEqual(parse({ alg: 'RS256' }, signature), {
        kind: 'rejected',
        reason: 'credential-malformed',
      })
    })
  }
})
