import type { RequestListener } from 'node:http'
import type { Entry } from '../../../config/entry.ts'
import { firstAuthority, secondAuthority } from '../../../support/authorities.ts'
import type { TokenCase } from '../compare-tokens.ts'
import { keys, mint, nowSeconds as now, published } from '../mint.ts'
import { fileOf, type IssuerPages, text, type World } from '../world.ts'

const discoveries: Readonly<Record<string, IssuerPages['discovery']>> = {
  'as it should be': {},
  'another issuer': { issuer: 'https://other.example' },
  'no issuer': { issuer: undefined },
  'an issuer that is null': { issuer: null },
  'an issuer that is a number': { issuer: 5 },
  'no jwks_uri': { jwks_uri: undefined },
  'an empty jwks_uri': { jwks_uri: '' },
  'a jwks_uri that is null': { jwks_uri: null },
  'a jwks_uri that is a number': { jwks_uri: 1 },
  'a jwks_uri that is no URL': { jwks_uri: 'nonsense' },
  'algorithms that are others': { id_token_signing_alg_values_supported: ['HS256'] },
  'no algorithms': { id_token_signing_alg_values_supported: [] },
  'algorithms that are null': { id_token_signing_alg_values_supported: null },
  'algorithms that are a text': { id_token_signing_alg_values_supported: 'RS256' },
  'algorithms that are numbers': { id_token_signing_alg_values_supported: [1] },
  'a token endpoint that is a number': { token_endpoint: 1 },
  'a scope that is a number': { scopes_supported: 1 },
  'a revocation endpoint that is a number': { revocation_endpoint: 1 },
  'a byte order mark': '\ufeff{"issuer":"{url}","jwks_uri":"{url}/jwks"}',
  'text after it': '{"issuer":"{url}","jwks_uri":"{url}/jwks"}x',
  'members in capitals': '{"ISSUER":"{url}","JWKS_URI":"{url}/jwks"}',
  'an issuer twice, the last good':
    '{"issuer":"https://x","issuer":"{url}","jwks_uri":"{url}/jwks"}',
  'an issuer twice, the first good':
    '{"issuer":"{url}","issuer":"https://x","jwks_uri":"{url}/jwks"}',
  'an issuer twice, in two cases':
    '{"issuer":"{url}","Issuer":"https://x","jwks_uri":"{url}/jwks"}',
  'an inner member twice': '{"issuer":"{url}","jwks_uri":"{url}/jwks","x":{"a":1,"a":2}}',
  HTML: '<html></html>',
  nothing: '',
  null: 'null',
  'a list': '[]',
  'a slash too many': '{"issuer":"{url}/","jwks_uri":"{url}/jwks"}',
  'a great number': '{"issuer":"{url}","jwks_uri":"{url}/jwks","x":1e400}',
  'no UTF-8': '{"issuer":"{url}","jwks_uri":"{url}/jwks","x":"\ud800"}',
}

function claimsOf(iss: string): object {
  return { iss, aud: 'me', exp: now + 3600, sub: 'alice' }
}

function given(name: string, file: string, token: string): TokenCase {
  return { name: `issuers: ${name}`, file, token }
}

/** Discovery, key sets by other ways, several issuers in one file, and other places to discover at. */
export function issuerCases(world: World): TokenCase[] {
  const one = (name: string, url: string, entry: Entry = {}): TokenCase => ({
    name,
    file: fileOf([{ ...entry, issuer: { url, ...entry.issuer } }]),
    token: mint(claimsOf(url)),
  })
  const served = (name: string, listener: RequestListener): TokenCase => {
    const url = world.issuer({
      jwks: published,
      pages: { '/.well-known/openid-configuration': listener },
    })
    return one(`discovery: ${name}`, url)
  }
  const keysServed = (name: string, listener: RequestListener): TokenCase =>
    one(`keys: ${name}`, world.issuer({ jwks: published, pages: { '/jwks': listener } }))
  const document = (path: string): string =>
    JSON.stringify({ issuer: `${world.url}${path}`, jwks_uri: `${world.url}${path}/jwks` })
  const here: RequestListener = (request, response) =>
    text(document((request.url ?? '').replace('/.well-known/openid-configuration', '')))(
      request,
      response,
    )
  const status =
    (code: number): RequestListener =>
    (request, response) =>
      text(document((request.url ?? '').replace('/.well-known/openid-configuration', '')), code)(
        request,
        response,
      )
  const keysText = JSON.stringify({ keys: published })
  const elsewhere = world.issuer({
    jwks: published,
    discovery: { issuer: 'https://issuer.example.com' },
  })
  const slashed = world.issuer({ jwks: published, suffix: '/' })
  const silent = world.issuer({ jwks: published, discovery: { issuer: 'x' } })
  const [a, b] = [world.issuer({ jwks: published }), world.issuer({ jwks: published.slice(1) })]
  const both = fileOf([
    { issuer: { url: a } },
    { issuer: { url: b }, mappings: { username: { claim: 'sub', prefix: 'b:' } } },
  ])
  const withSilent = fileOf([{ issuer: { url: silent } }, { issuer: { url: a } }])

  return [
    ...Object.entries(discoveries).map(([name, discovery]) =>
      one(
        `discovery: ${name}`,
        world.issuer({ jwks: published, ...(discovery === undefined ? {} : { discovery }) }),
      ),
    ),
    ...[200, 201, 203, 204, 206, 226, 299, 304, 400, 401, 404, 500, 503].map((code) =>
      served(`status ${code}`, status(code)),
    ),
    ...[200, 201, 203, 206, 226, 304, 404, 500].map((code) =>
      keysServed(`status ${code}`, text(keysText, code)),
    ),
    served('as text', here),
    served('a redirect at the same server', (request, response) =>
      response
        .writeHead(302, {
          location: `${(request.url ?? '').replace('/.well-known/openid-configuration', '')}/moved`,
        })
        .end(),
    ),
    one(
      'discovery: a redirect that is followed',
      world.issuer({ jwks: published, pages: redirecting(world) }),
    ),
    keysServed('a redirect to nowhere', (_, response) =>
      response.writeHead(302, { location: '/nowhere' }).end(),
    ),
    keysServed('a redirect without an address', (_, response) => response.writeHead(302).end()),
    keysServed('a redirect to plain http', (_, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:1/jwks' }).end(),
    ),
    keysServed('a redirect in a circle', (request, response) =>
      response.writeHead(302, { location: request.url ?? '' }).end(),
    ),
    keysServed('HTML for a type', text(keysText, 200, { 'content-type': 'text/html' })),
    keysServed('a broken answer', (_, response) => {
      response.writeHead(200, { 'content-length': '9999' }).write(keysText)
      response.destroy()
    }),
    one('keys at another path', world.issuer({ discovery: { jwks_uri: `${a}/jwks` } })),
    one('keys by a query', world.issuer({ discovery: { jwks_uri: `${a}/jwks?x=1` } })),
    one(
      'keys over plain http',
      world.issuer({ discovery: { jwks_uri: `${a.replace('https', 'http')}/jwks` } }),
    ),
    one('keys with a fragment', world.issuer({ discovery: { jwks_uri: `${a}/jwks#x` } })),
    one(
      'keys with a user',
      world.issuer({ discovery: { jwks_uri: `${a.replace('https://', 'https://u:p@')}/jwks` } }),
    ),
    one('a slash at the end of url', slashed),
    one('another CA', a, { issuer: { certificateAuthority: secondAuthority.ca } }),
    one('two CAs, one good', a, {
      issuer: { certificateAuthority: `${secondAuthority.ca}\n${firstAuthority.ca}` },
    }),
    one('no CA', a, { issuer: { certificateAuthority: undefined } }),
    {
      name: 'discoveryURL',
      file: fileOf([
        {
          issuer: {
            url: 'https://issuer.example.com',
            discoveryURL: `${elsewhere}/.well-known/openid-configuration`,
          },
        },
      ]),
      token: mint(claimsOf('https://issuer.example.com')),
    },
    {
      name: 'discoveryURL with another issuer',
      file: fileOf([
        {
          issuer: {
            url: 'https://issuer2.example.com',
            discoveryURL: `${elsewhere}/.well-known/openid-configuration`,
          },
        },
      ]),
      token: mint(claimsOf('https://issuer2.example.com')),
    },
    {
      name: 'discoveryURL, a token of the issuer there',
      file: fileOf([
        {
          issuer: {
            url: 'https://issuer.example.com',
            discoveryURL: `${elsewhere}/.well-known/openid-configuration`,
          },
        },
      ]),
      token: mint(claimsOf(elsewhere)),
    },
    {
      name: 'discoveryURL that is nothing',
      file: fileOf([
        { issuer: { url: 'https://issuer.example.com', discoveryURL: `${elsewhere}/nothing` } },
      ]),
      token: mint(claimsOf('https://issuer.example.com')),
    },
    given('the first of two', both, mint(claimsOf(a))),
    given('the second of two', both, mint(claimsOf(b), { alg: 'ES256', key: keys.p256 })),
    given('the second of two with a key of the first', both, mint(claimsOf(b))),
    given('neither of two', both, mint(claimsOf('https://third.example'))),
    given('no issuer at all', fileOf([]), mint(claimsOf(a))),
    given('one that cannot be discovered, another is asked', withSilent, mint(claimsOf(a))),
    given('one that cannot be discovered is asked', withSilent, mint(claimsOf(silent))),
    given('a token without iss', both, mint({ aud: 'me', exp: now + 3600, sub: 'alice' })),
    given('no token', both, 'nonsense'),
    ...google(world),
  ]
}

function redirecting(world: World): Record<string, RequestListener> {
  return {
    '/.well-known/openid-configuration': (request, response) => {
      const path = (request.url ?? '').replace('/.well-known/openid-configuration', '')
      response.writeHead(307, { location: `${path}/moved` }).end()
    },
    '/moved': (request, response) => {
      const path = (request.url ?? '').replace('/moved', '')
      text(JSON.stringify({ issuer: `${world.url}${path}`, jwks_uri: `${world.url}${path}/jwks` }))(
        request,
        response,
      )
    },
  }
}

/** Google's issuer has two names, and only the longer one can be configured. */
function google(world: World): TokenCase[] {
  const at = world.issuer({ jwks: published, discovery: { issuer: 'https://accounts.google.com' } })
  const file = fileOf([
    {
      issuer: {
        url: 'https://accounts.google.com',
        discoveryURL: `${at}/.well-known/openid-configuration`,
      },
    },
  ])
  return [
    'accounts.google.com',
    'https://accounts.google.com',
    'http://accounts.google.com',
    'Accounts.google.com',
  ].map((iss) => ({
    name: `Google as ${iss}`,
    file,
    token: mint({ iss, aud: 'me', exp: now + 3600, sub: 'g' }),
  }))
}
