import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { registeredClaims, unverifiedIssuer } from '../../../src/authn/jwt/registered-claims.ts'
import { parseObject } from '../../../src/json/go-json.ts'

function object(text: string) {
  const parsed = parseObject(text)
  assert.ok(parsed, `${text} parses`)
  return parsed
}

describe('unverifiedIssuer()', () => {
  const cases = [
    { text: '{}', issuer: '' },
    { text: '{"iss":"a"}', issuer: 'a' },
    { text: '{"iss":null}', issuer: '' },
    { text: '{"iss":1}', issuer: undefined },
    { text: '{"iss":1,"iss":"a"}', issuer: undefined },
    { text: '{"iss":"a","ISS":"b"}', issuer: 'b' },
    { text: '{"iss":"a","Iss":"b","iss":"c"}', issuer: 'c' },
    { text: '{"iss":"a","i\\u017fs":"b"}', issuer: 'b' },
    { text: '{"iss":"a","iss":null}', issuer: 'a' },
    { text: '{"iss":"accounts.google.com"}', issuer: 'https://accounts.google.com' },
    { text: '{"x":{"iss":"a"}}', issuer: '' },
  ]
  for (const { text, issuer } of cases) {
    it(`reads ${text} as ${issuer}`, () => {
      assert.equal(unverifiedIssuer(object(text)), issuer)
    })
  }
})

describe('registeredClaims()', () => {
  const longPast = Number.NEGATIVE_INFINITY
  const expiries = [
    { exp: '100', seconds: 100 },
    { exp: '100.9', seconds: 100 },
    { exp: '"100"', seconds: 100 },
    { exp: '"1.5e2"', seconds: 150 },
    { exp: '-1.5', seconds: -1 },
    { exp: '1e300', seconds: longPast },
    { exp: '9223372036854775807', seconds: longPast },
    { exp: '9223371974719179007', seconds: Number(9223371974719179007n) },
    { exp: '"9223371974719179007"', seconds: Number(9223371974719179007n) },
    { exp: '9223371974719179008', seconds: longPast },
    { exp: '9223371974719179007.5', seconds: 9223371974719178752 },
    { exp: '9223371974719179700.5', seconds: longPast },
    { exp: '-9223372036854775809', seconds: longPast },
    { exp: '99999999999999999999999', seconds: longPast },
    { exp: '1e18', seconds: 1e18 },
  ]
  for (const { exp, seconds } of expiries) {
    it(`reads an "exp" of ${exp} as ${seconds}`, () => {
      const claims = registeredClaims(object(`{"exp":${exp}}`))
      assert.deepEqual(claims, {
        kind: 'claims',
        audience: [],
        expiry: seconds,
        notBefore: undefined,
      })
    })
  }

  it('takes an absent "exp" for long past', () => {
    assert.partialDeepStrictEqual(registeredClaims(object('{}')), { expiry: longPast })
  })

  const accepted = [
    { text: '{"exp":1,"EXP":2}', expected: { expiry: 2 } },
    { text: '{"EXP":2,"exp":1}', expected: { expiry: 1 } },
    { text: '{"nbf":null}', expected: { notBefore: undefined } },
    { text: '{"nbf":7,"NBF":null}', expected: { notBefore: undefined } },
    { text: '{"nbf":7}', expected: { notBefore: 7 } },
    { text: '{"nbf":1e300}', expected: { notBefore: longPast } },
    { text: '{"aud":"a"}', expected: { audience: ['a'] } },
    { text: '{"aud":["a",null,"b"]}', expected: { audience: ['a', '', 'b'] } },
    { text: '{"aud":null}', expected: { audience: [''] } },
    { text: '{"aud":"a","AUD":[]}', expected: { audience: [] } },
    { text: '{"sub":null,"nonce":null,"at_hash":null}', expected: { audience: [] } },
    { text: '{"_claim_names":null,"_claim_sources":null}', expected: { audience: [] } },
    { text: '{"_claim_names":{"a":"s"},"_claim_names":null}', expected: { audience: [] } },
    { text: '{"_claim_names":{"a":"s"},"_claim_sources":{"s":null}}', expected: { audience: [] } },
    {
      text: '{"_claim_names":{"a":"s"},"_claim_sources":{"s":{"endpoint":"x","JWT":1}}}',
      expected: { audience: [] },
    },
  ]
  for (const { text, expected } of accepted) {
    it(`accepts ${text}`, () => {
      assert.partialDeepStrictEqual(registeredClaims(object(text)), { kind: 'claims', ...expected })
    })
  }

  const refused = [
    '{"exp":null}',
    '{"exp":"x"}',
    '{"exp":""}',
    '{"exp":" 1"}',
    '{"exp":"+1"}',
    '{"exp":"01"}',
    '{"exp":"0x1"}',
    '{"exp":"Infinity"}',
    '{"exp":true}',
    '{"exp":[1]}',
    '{"exp":1e400}',
    '{"exp":"x","exp":1}',
    '{"iat":null}',
    '{"iat":"x"}',
    '{"nbf":"x"}',
    '{"sub":1}',
    '{"SUB":1,"sub":"a"}',
    '{"nonce":1}',
    '{"at_hash":[]}',
    '{"aud":1}',
    '{"aud":[1]}',
    '{"aud":{}}',
    '{"_claim_names":[]}',
    '{"_claim_names":{"a":1}}',
    '{"_claim_names":{"a":null}}',
    '{"_claim_names":{"a":"s"}}',
    '{"_claim_names":{"a":"toString"},"_claim_sources":{}}',
    '{"_claim_names":{"__proto__":"s"}}',
    '{"_claim_sources":{"s":1}}',
    '{"_claim_sources":{"s":{"Endpoint":1}}}',
  ]
  for (const text of refused) {
    it(`refuses ${text}`, () => {
      assert.partialDeepStrictEqual(registeredClaims(object(text)), {
        kind: 'rejected',
        reason: 'credential-malformed',
      })
    })
  }
})
