import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { issuerUrlFault } from '../../src/config/issuer-url.ts'

describe('issuerUrlFault()', () => {
  const good = [
    'https://issuer.example.com',
    'https://issuer.example.com/',
    'https://issuer.example.com/realms/a%20b',
    'https://issuer.example.com/a b\\c',
    'HTTPS://issuer.example.com',
    'https://issuer.example.com:8443/x',
    'https://issuer.example.com:99999',
    'https://issuer.example.com:/x',
    'https://:443',
    'https://bücher.example.com',
    'https://b%C3%BCcher.example.com',
    'https://a"b<c>]d',
    'https://[::1]:8443',
    'https://[::ffff:1.2.3.4]',
    'https://[fe80::1%25eth0]/x',
    'https://[fe80::1%25e%20%25%41"]',
    'https://issuer.example.com?',
    'https://issuer.example.com/#',
    'https://issuer.example.com?#',
    'https:///path',
    'https://',
    'https:',
    'https:issuer@%zz',
    'https:/path/@',
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
    ['://issuer.example.com', /must be a URL/],
    ['1https://issuer.example.com', /must be a URL/],
    ['*', /must be a URL/],
    ['//issuer.example.com', /must be a URL/],
    [' https://issuer.example.com', /must be a URL/],
    ['https://issuer.example.com?a=b', /query/],
    ['https://issuer.example.com??', /query/],
    ['https:?a', /query/],
    ['https://issuer.example.com/#a', /fragment/],
    ['https://issuer.example.com/##', /fragment/],
    ['https://user@issuer.example.com', /user/],
    ['https://user:password@issuer.example.com', /user/],
    ['https://@issuer.example.com', /user/],
    ['https://evil.example.com\\@issuer.example.com', /user/],
    ['https://issuer example.com', /host/],
    ['https://evil.example.com\\x', /host/],
    ['https://{issuer}', /host/],
    ['https://issuer%41.example.com', /host/],
    ['https://issuer:443x', /host/],
    ['https://a:1:2', /host/],
    ['https://::1', /host/],
    ['https://[::1', /host/],
    ['https://[1.2.3.4]', /host/],
    ['https://[::1]x', /host/],
    ['https://x[::1]', /host/],
    ['https://[[::1]]', /host/],
    ['https://[fe80::1%eth0]', /%/],
    ['https://[fe80::1%25]', /host/],
    ['https://[fe80::1%25%80]', /host/],
    ['https://[fe80::1%25a b]', /host/],
    ['https://issuer.example.com\n', /control/],
    ['https://issuer.example.com/\u007f', /control/],
    ['https://issuer.example.com/%zz', /%/],
    ['https://issuer.example.com/%4', /%/],
    ['https://issuer.example.com%', /%/],
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
