import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listenAndRoutes, oneIssuer, problemsOf, sessionKeys } from './folder.ts'
import { type Case, problemsWith } from './sign-in-parts.ts'

const cases: readonly Case[] = [
  ['the least that there must be', {}],
  ['a client secret', { provider: { clientSecretFile: 'secret' } }],
  [
    'a client secret of two lines',
    { provider: { clientSecretFile: 'lines' } },
    /clientSecretFile: .*one line/,
  ],
  [
    'a client secret that is not UTF-8',
    { provider: { clientSecretFile: 'latin' } },
    /clientSecretFile: .*not UTF-8/,
  ],
  [
    'an empty client secret',
    { provider: { clientSecretFile: 'empty' } },
    /clientSecretFile: .*empty/,
  ],
  ['http on loopback', { signIn: { externalURL: 'http://localhost:8080' } }],
  [
    'several addresses',
    { signIn: { externalURL: ['https://a.example.com', 'https://b.example.com'] } },
  ],
  ['no externalURL', { signIn: { externalURL: undefined } }, /^4:1 signIn.externalURL: is missing/],
  [
    'http elsewhere',
    { signIn: { externalURL: 'http://app.example.com' } },
    /externalURL: must be https, as its host is not loopback/,
  ],
  [
    'http on a host that looks like loopback',
    { signIn: { externalURL: 'http://localhost.example.com' } },
    /externalURL: must be https/,
  ],
  [
    'an externalURL with a path',
    { signIn: { externalURL: 'https://a.example.com/x' } },
    /without path/,
  ],
  [
    'an externalURL with a query',
    { signIn: { externalURL: 'https://a.example.com?x' } },
    /without path/,
  ],
  [
    'an externalURL that is none',
    { signIn: { externalURL: ['app.example.com'] } },
    /externalURL\[0\]: must be https:\/\/host/,
  ],
  [
    'an externalURL with \\',
    { signIn: { externalURL: 'https:\\\\a.example.com' } },
    /externalURL: must be https/,
  ],
  [
    'an externalURL whose host ends in a dot',
    { signIn: { externalURL: 'https://a.example.com.' } },
    /externalURL: must not end its host in a dot/,
  ],
  ['no externalURLs', { signIn: { externalURL: [] } }, /externalURL: must not be an empty list/],
  [
    'one host twice',
    { signIn: { externalURL: ['https://a.example.com', 'https://A.example.com:8443'] } },
    /externalURL\[1\]: must not name a host twice/,
  ],
  [
    'a prefix that ends with /',
    { signIn: { pathPrefix: '/oauth2/' } },
    /pathPrefix: must be a path/,
  ],
  ['/ as prefix', { signIn: { pathPrefix: '/' } }, /pathPrefix: must be a path/],
  [
    'a prefix that is not normalised',
    { signIn: { pathPrefix: '/a/../b' } },
    /pathPrefix: must be a path/,
  ],
  [
    'a logout path with *',
    { signIn: { logoutPaths: ['/logout*'] } },
    /logoutPaths\[0\]: must be a path/,
  ],
  [
    'a logout path under the prefix',
    { signIn: { logoutPaths: ['/oauth2/x'] } },
    /logoutPaths\[0\]: must not lie under/,
  ],
  [
    'an API path that is no pattern',
    { signIn: { apiPaths: ['api'] } },
    /apiPaths\[0\]: path "api" must begin/,
  ],
  ['no API paths', { signIn: { apiPaths: [], logoutPaths: [], allowedOrigins: [] } }],
  ['* as origin', { signIn: { allowedOrigins: ['*'] } }, /allowedOrigins\[0\]: must be https/],
  [
    'null as origin',
    { signIn: { allowedOrigins: ['null'] } },
    /allowedOrigins\[0\]: must be https/,
  ],
  [
    'an origin with a path',
    { signIn: { allowedOrigins: ['https://a.example.com/x'] } },
    /allowedOrigins\[0\]/,
  ],
  [
    'another status',
    { signIn: { unauthenticated: { navigate: 403, api: 404, other: 200 } } },
    /other: must be at least 400/,
  ],
  [
    'another word',
    { signIn: { unauthenticated: { navigate: 'signin' } } },
    /navigate: must be signIn or a status \(got "signin"\)/,
  ],
  ['no provider', { signIn: { providers: [] } }, /providers: must not be an empty list/],
  [
    'an issuer that is not trusted',
    { provider: { issuer: 'https://dex.example.com/' } },
    /issuer: must be an issuer.url of authentication.jwt.*there is "https:\/\/dex.example.com"/,
  ],
  [
    'a client that is no audience',
    { provider: { clientID: 'other' } },
    /clientID: must be one of the audiences/,
  ],
  ['an id with a /', { provider: { id: 'a/b' } }, /id: must be lower-case/],
  ['scopes without openid', { provider: { scopes: ['email'] } }, /scopes: must have openid/],
  [
    'two scopes in one',
    { provider: { scopes: ['openid', 'email groups'] } },
    /scopes\[1\]: must be one scope/,
  ],
  [
    'an endpoint elsewhere',
    {
      provider: { authorizationEndpoint: 'https://a.example.com/auth', endSessionEndpoint: '/end' },
    },
  ],
  [
    'an endpoint over http',
    { provider: { authorizationEndpoint: 'http://a.example.com/auth' } },
    /authorizationEndpoint: must be a path/,
  ],
  [
    'an endpoint that leaves the host',
    { provider: { authorizationEndpoint: '//evil.example.com' } },
    /authorizationEndpoint: must be a path/,
  ],
  [
    'an endpoint with \\',
    { provider: { endSessionEndpoint: '/\\evil.example.com' } },
    /endSessionEndpoint: must be a path/,
  ],
  [
    'an endpoint that is script',
    { provider: { authorizationEndpoint: 'javascript:alert(1)' } },
    /authorizationEndpoint: must be a path/,
  ],
  [
    'a session without keys',
    { session: { keysFile: undefined } },
    /^5:1 session.keysFile: is missing/,
  ],
  ['a plain name for plain http', { cookie: { name: 'attache', secure: false } }],
  [
    'plain http with __Host-',
    { cookie: { secure: false } },
    /cookie.name: must not begin with __Host- while secure is false/,
  ],
  [
    'plain http with __secure-',
    { cookie: { secure: false, name: '__secure-x' } },
    /cookie.name: must not begin with __Secure-/,
  ],
  ['a domain with __Host-', { cookie: { domain: 'example.com' } }, /cookie.domain: must be empty/],
  ['a domain above the host', { cookie: { name: '__Secure-a', domain: 'example.com' } }],
  [
    'a domain of somebody else',
    { cookie: { name: 'a', domain: 'ample.com' } },
    /cookie.domain: must be a parent of every host/,
  ],
  [
    'a domain with a dot before it',
    { cookie: { name: 'a', domain: '.example.com' } },
    /cookie.domain: must be a domain/,
  ],
  [
    'a domain that is a whole top level',
    { cookie: { name: 'a', domain: 'com' } },
    /cookie.domain: must be a domain/,
  ],
  [
    'SameSite=None without Secure',
    { cookie: { name: 'a', secure: false, sameSite: 'none' } },
    /cookie.sameSite: must not be none/,
  ],
  ['a name with a blank', { cookie: { name: 'a b' } }, /cookie.name: must be 1 to 64/],
  [
    'a lifetime of nothing',
    { session: { absoluteLifetime: '0s' } },
    /absoluteLifetime: must be 1s to 9600h/,
  ],
  [
    'a lifetime of years',
    { session: { absoluteLifetime: '99999h' } },
    /absoluteLifetime: must be 1s to 9600h/,
  ],
  [
    'a lifetime without a unit',
    { session: { absoluteLifetime: '12' } },
    /absoluteLifetime: must be a duration such as .* \(got "12"\)/,
  ],
  [
    'a lifetime that is a number',
    { session: { absoluteLifetime: 12 } },
    /absoluteLifetime: must be a string/,
  ],
]

describe('signIn and session', () => {
  for (const [what, parts, ...expected] of cases) {
    it(`${expected.length === 0 ? 'accept' : 'refuse'} ${what}`, () => {
      const problems = problemsWith(parts)
      assert.equal(problems.length, expected.length, problems.join('\n'))
      for (const [index, pattern] of expected.entries())
        assert.match(problems[index] ?? '', pattern)
    })
  }

  it('are refused one without the other', () => {
    const [signIn] = problemsOf(
      `${listenAndRoutes}${oneIssuer}signIn: { externalURL: https://a.example.com, providers: [{ id: dex, issuer: https://dex.example.com, clientID: kubeflow }] }`,
    )
    assert.match(signIn ?? '', /^4:1 signIn: needs session/)
    const [session] = problemsOf(`${listenAndRoutes}session: { keysFile: keys }`, {
      files: { keys: sessionKeys },
    })
    assert.match(session ?? '', /^3:1 session: has no use without signIn/)
  })
})
