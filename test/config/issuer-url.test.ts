import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { issuerUrlFault } from '../../src/config/issuer-url.ts'

describe('issuerUrlFault()', () => {
  const good = [
    'https://issuer.example.com',
    'https://issuer.example.com/',
    'https://issuer.example.com/realms/a%20b',
    'HTTPS://issuer.example.com',
    'https://issuer.example.com:8443/x',
    'https://[::1]:8443',
    'https://issuer.example.com?',
    'https://issuer.example.com/#',
  ]
  for (const text of good) {
    it(`accepts ${text}`, () => {
      assert.equal(issuerUrlFault(text, { allowHttp: false }), undefined)
    })
  }

  const bad = [
    ['http://issuer.example.com', /insecureIssuers/],
    ['ftp://issuer.example.com', /https/],
    ['issuer.example.com', /must be a URL/],
    ['https:issuer', /must be a URL/],
    ['https:///path', /must be a URL/],
    ['https://', /must be a URL/],
    ['//issuer.example.com', /must be a URL/],
    ['https://issuer.example.com?a=b', /query/],
    ['https://issuer.example.com/#a', /fragment/],
    ['https://user@issuer.example.com', /user/],
    ['https://user:password@issuer.example.com', /user/],
    ['https://@issuer.example.com', /user/],
    ['https://issuer.example.com/a b', /blanks/],
    [' https://issuer.example.com', /blanks/],
    ['https://issuer.example.com\n', /blanks/],
    ['https://evil.example.com\\@issuer.example.com', /blanks/],
    ['https://issuer.example.com/%zz', /%/],
    ['https://issuer.example.com:99999', /must be a URL/],
  ] as const
  for (const [text, expected] of bad) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.match(issuerUrlFault(text, { allowHttp: false }) ?? '', expected)
    })
  }

  it('accepts plain http where it is allowed, and relaxes nothing else', () => {
    assert.equal(issuerUrlFault('http://dex:5556/dex', { allowHttp: true }), undefined)
    assert.equal(issuerUrlFault('https://dex:5556/dex', { allowHttp: true }), undefined)
    for (const text of ['http://u@dex', 'http://dex?a', 'http://dex#a', 'ftp://dex']) {
      assert.notEqual(issuerUrlFault(text, { allowHttp: true }), undefined, text)
    }
  })
})
