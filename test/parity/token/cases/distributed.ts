import type { RequestListener } from 'node:http'
import type { Entry } from '../../../config/entry.ts'
import type { TokenCase } from '../compare-tokens.ts'
import { keys, mint, nowSeconds as now, published } from '../mint.ts'
import { fileOf, text, type World } from '../world.ts'

/** Groups that stand elsewhere (OpenID Connect Core 1.0 §5.6.2). */
export function distributedCases(world: World): TokenCase[] {
  const source = world.issuer({ jwks: published })
  const unknown = world.issuer({ jwks: published, discovery: { issuer: 'x' } })
  let count = 0

  /** A token whose groups are at a page that answers so. */
  const one = (
    name: string,
    answer: (url: string) => string | RequestListener,
    {
      entry = {},
      claims = {},
      sources,
    }: { entry?: Entry; claims?: object; sources?: (endpoint: string) => object } = {},
  ): TokenCase => {
    const pages: Record<string, RequestListener> = {}
    const url = world.issuer({ jwks: published, pages })
    const path = `/groups-${(count += 1)}`
    const given = answer(url)
    const listener = typeof given === 'string' ? text(given) : given
    const at = world.issuer({ pages: { [path]: listener } })
    const endpoint = `${at}${path}`
    const names = sources?.(endpoint) ?? {
      _claim_names: { groups: 's' },
      _claim_sources: { s: { endpoint } },
    }
    return {
      name: `distributed: ${name}`,
      file: fileOf([{ ...entry, issuer: { url, ...entry.issuer } }]),
      token: mint({ iss: url, aud: 'me', exp: now + 3600, sub: 'alice', ...names, ...claims }),
      attempts: 15,
    }
  }
  const claims = { iss: source, aud: 'me', exp: now + 3600, groups: ['from', 'there'] }
  const withToken =
    (expected: string | undefined): RequestListener =>
    (request, response) =>
      request.headers.authorization === expected
        ? text(mint(claims))(request, response)
        : text('', 401)(request, response)

  return [
    one('a good answer', () => mint(claims)),
    one('a good answer with a prefix', () => mint(claims), {
      entry: { mappings: { groups: { claim: 'groups', prefix: 'p:' } } },
    }),
    one('an answer of the issuer itself', (url) => mint({ ...claims, iss: url })),
    one('an answer of another algorithm', () => mint(claims, { alg: 'ES256', key: keys.p256 })),
    one('a group that is a text', () => mint({ ...claims, groups: 'one' })),
    one('groups that are numbers', () => mint({ ...claims, groups: [1] })),
    one('groups that are null', () => mint({ ...claims, groups: null })),
    one('no groups in it', () => mint({ ...claims, groups: undefined })),
    one('groups in capitals', () => mint({ ...claims, groups: undefined, GROUPS: ['a'] })),
    one('an answer that has expired', () => mint({ ...claims, exp: 1 })),
    one('an answer without exp', () => mint({ ...claims, exp: undefined })),
    one('an answer of the future', () => mint({ ...claims, nbf: now + 9999 })),
    one('an answer for somebody else', () => mint({ ...claims, aud: 'other' })),
    one('an answer without sub', () => mint({ ...claims, sub: undefined })),
    one('an answer with another sub', () => mint({ ...claims, sub: 'bob' })),
    one('an answer that is not signed', () => `${mint(claims).split('.').slice(0, 2).join('.')}.`),
    one('an answer of a key that nobody published', () => mint(claims, { key: keys.other })),
    one('an answer without iss', () => mint({ ...claims, iss: undefined })),
    one('an answer of an issuer that cannot be discovered', () =>
      mint({ ...claims, iss: unknown }),
    ),
    one('an answer of an issuer that is no URL', () => mint({ ...claims, iss: 'nonsense' })),
    one('an answer of an issuer over plain http', () =>
      mint({ ...claims, iss: source.replace('https', 'http') }),
    ),
    one('an answer with a line break', () => `${mint(claims)}\n`),
    one('an answer with blanks around', () => ` ${mint(claims)} `),
    one('an answer that is no token', () => 'nonsense'),
    one('an answer that is JSON', () => JSON.stringify(claims)),
    one('an empty answer', () => ''),
    one('an answer that is distributed itself', () =>
      mint({
        ...claims,
        groups: undefined,
        _claim_names: { groups: 's' },
        _claim_sources: { s: { endpoint: source } },
      }),
    ),
    ...[200, 201, 204, 226, 227, 300, 400, 401, 404, 500].map((status) =>
      one(`status ${status}`, () => text(mint(claims), status)),
    ),
    one(
      'a redirect',
      () => (_, response) => response.writeHead(302, { location: '/nowhere' }).end(),
    ),
    one('an access token', () => withToken('Bearer T'), {
      sources: (endpoint) => ({
        _claim_names: { groups: 's' },
        _claim_sources: { s: { endpoint, access_token: 'T' } },
      }),
    }),
    one('an empty access token', () => withToken(undefined), {
      sources: (endpoint) => ({
        _claim_names: { groups: 's' },
        _claim_sources: { s: { endpoint, access_token: '' } },
      }),
    }),
    one('an access token that is wanted', () => withToken('Bearer T')),
    one('an access token that is a number', () => mint(claims), {
      sources: (endpoint) => ({
        _claim_names: { groups: 's' },
        _claim_sources: { s: { endpoint, access_token: 1 } },
      }),
    }),
    one('an access token with a line break', () => mint(claims), {
      sources: (endpoint) => ({
        _claim_names: { groups: 's' },
        _claim_sources: { s: { endpoint, access_token: 'a\nb' } },
      }),
    }),
    one('members in capitals', () => mint(claims), {
      sources: (endpoint) => ({
        _claim_names: { groups: 's' },
        _claim_sources: { s: { ENDPOINT: endpoint } },
      }),
    }),
    one('a source in capitals', () => mint(claims), {
      sources: (endpoint) => ({
        _claim_names: { groups: 's' },
        _claim_sources: { S: { endpoint } },
      }),
    }),
    one('another claim that is distributed', () => mint(claims), {
      sources: (endpoint) => ({
        _claim_names: { roles: 's' },
        _claim_sources: { s: { endpoint } },
      }),
    }),
    one('two claims, two sources', () => mint(claims), {
      sources: (endpoint) => ({
        _claim_names: { roles: 't', groups: 's' },
        _claim_sources: { s: { endpoint }, t: { endpoint: 'https://127.0.0.1:1' } },
      }),
    }),
    one('a source that is missing', () => mint(claims), {
      sources: (endpoint) => ({
        _claim_names: { groups: 't' },
        _claim_sources: { s: { endpoint } },
      }),
    }),
    one('no sources', () => mint(claims), { sources: () => ({ _claim_names: { groups: 's' } }) }),
    one('an aggregated claim', () => mint(claims), {
      sources: () => ({
        _claim_names: { groups: 's' },
        _claim_sources: { s: { JWT: mint(claims) } },
      }),
    }),
    one('an aggregated claim with an endpoint', () => mint(claims), {
      sources: (endpoint) => ({
        _claim_names: { groups: 's' },
        _claim_sources: { s: { JWT: 'x', endpoint } },
      }),
    }),
    one('groups that are there already', () => mint(claims), { claims: { groups: ['here'] } }),
    one('groups that are there already and null', () => mint(claims), { claims: { groups: null } }),
    one('an endpoint that is no URL', () => mint(claims), {
      sources: () => ({
        _claim_names: { groups: 's' },
        _claim_sources: { s: { endpoint: 'nonsense' } },
      }),
    }),
    one('an endpoint where nobody listens', () => mint(claims), {
      sources: () => ({
        _claim_names: { groups: 's' },
        _claim_sources: { s: { endpoint: 'https://127.0.0.1:1/' } },
      }),
    }),
    one('an endpoint over plain http', () => mint(claims), {
      sources: (endpoint) => ({
        _claim_names: { groups: 's' },
        _claim_sources: { s: { endpoint: endpoint.replace('https', 'http') } },
      }),
    }),
    one('an endpoint with a query', () => mint(claims), {
      sources: (endpoint) => ({
        _claim_names: { groups: 's' },
        _claim_sources: { s: { endpoint: `${endpoint}?a=b` } },
      }),
    }),
    one('groups by an expression', () => mint(claims), {
      entry: { mappings: { groups: { expression: "claims.?groups.orValue('none')" } } },
    }),
    one('no groups mapped', () => mint(claims), { entry: { mappings: { groups: undefined } } }),
    one('a claim of another name', () => mint({ ...claims, roles: ['r'] }), {
      entry: { mappings: { groups: { claim: 'roles', prefix: '' } } },
      sources: (endpoint) => ({
        _claim_names: { roles: 's' },
        _claim_sources: { s: { endpoint } },
      }),
    }),
    one('an expression sees what was fetched', () => mint(claims), {
      entry: { mappings: { uid: { expression: 'claims.groups[0]' } } },
    }),
    one('a required claim is what was fetched', () => mint({ ...claims, groups: 'one' }), {
      entry: { more: { claimValidationRules: [{ claim: 'groups', requiredValue: 'one' }] } },
    }),
  ]
}
