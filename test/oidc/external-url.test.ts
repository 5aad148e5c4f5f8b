import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createExternalURLs } from '../../src/oidc/external-url.ts'

function among(urls: readonly string[], relativeRedirectURI = false, secure = true) {
  const externalURLs = urls.map((url) => new URL(url))
  return createExternalURLs({ externalURLs, relativeRedirectURI }, { secure })
}

const hosts = [
  'https://App.Example.com',
  'https://other.example.com:8443',
  'http://localhost:8080',
  'http://[::1]',
]

describe('createExternalURLs()', () => {
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
      assert.equal(among(hosts)(host)?.origin, origin)
      // Where hosts are named, no others have sign-in, whatever is sent to the provider.
      assert.equal(among(hosts, true)(host)?.origin, origin)
    })
  }

  it('answers with the first of two that differ in their scheme alone', () => {
    const both = among(['https://a.example', 'http://a.example'])
    assert.equal(both('a.example')?.origin, 'https://a.example')
    assert.equal(both('a.example:80')?.origin, 'http://a.example')
  })

  it('knows no host when none is named', () => {
    assert.equal(among([])('app.example.com'), undefined)
  })

  const any: readonly (readonly [host: string, origin: string | undefined])[] = [
    ['app.example.com', 'https://app.example.com'],
    ['APP.example.com:8443', 'https://app.example.com:8443'],
    ['localhost:8080', 'https://localhost:8080'],
    ['10.0.0.1', 'https://10.0.0.1'],
    ['[::1]:8080', 'https://[::1]:8080'],
    ['', undefined],
    ['user@evil.example', undefined],
    ['app.example.com/path', undefined],
    ['app.example.com?x', undefined],
    ['app.example.com#x', undefined],
    ['app.example.com\\evil.example', undefined],
    ['app.example.com,evil.example', undefined],
    ['app.example.com evil.example', undefined],
    ['app.example.com:99999', undefined],
    ['app.example.com:80:80', undefined],
    ['%65vil.example', undefined],
    ['bücher.example', undefined],
  ]
  for (const [host, origin] of any) {
    it(`answers ${origin} for ${JSON.stringify(host)} where every host will do`, () => {
      assert.equal(among([], true)(host)?.origin, origin)
    })
  }

  it('answers with http where cookies are not for https alone', () => {
    assert.equal(among([], true, false)('kubeflow:8080')?.origin, 'http://kubeflow:8080')
  })
})
