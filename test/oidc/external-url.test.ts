import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { externalURLOf } from '../../src/oidc/external-url.ts'

const find = externalURLOf([
  new URL('https://App.Example.com'),
  new URL('https://other.example.com:8443'),
  new URL('http://localhost:8080'),
  new URL('http://[::1]'),
])

describe('externalURLOf()', () => {
  const cases: readonly (readonly [host: string, origin: string | undefined])[] = [
    ['app.example.com', 'https://app.example.com'],
    ['APP.example.COM', 'https://app.example.com'],
    ['app.example.com:443', 'https://app.example.com'],
    ['other.example.com:8443', 'https://other.example.com:8443'],
    ['localhost:8080', 'http://localhost:8080'],
    ['[::1]', 'http://[::1]'],
    ['[::1]:80', 'http://[::1]'],
    ['app.example.com:80', undefined],
    ['app.example.com:8443', undefined],
    ['app.example.com.', undefined],
    ['app.example.com:', undefined],
    ['other.example.com', undefined],
    ['localhost', undefined],
    ['evil.example', undefined],
    ['app.example.com,evil.example', undefined],
    ['app.example.com@evil.example', undefined],
    ['evilapp.example.com', undefined],
    ['', undefined],
    ['__proto__', undefined],
  ]
  for (const [host, origin] of cases) {
    it(`answers ${origin} for ${JSON.stringify(host)}`, () => {
      assert.equal(find(host)?.origin, origin)
    })
  }

  it('answers with the first of two that differ in their scheme alone', () => {
    const both = externalURLOf([new URL('https://a.example'), new URL('http://a.example')])
    assert.equal(both('a.example')?.origin, 'https://a.example')
    assert.equal(both('a.example:80')?.origin, 'http://a.example')
  })
})
