import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { locateClaim } from '../../../src/authn/issuer/distributed-claims.ts'

const named = { sub: 'a', _claim_names: { groups: 's' } }
const at = (s: unknown) => ({ ...named, _claim_sources: { s } })

describe('locateClaim()', () => {
  const cases = [
    { claims: at({ endpoint: 'https://x.example' }), is: 'https://x.example with ""' },
    { claims: at({ ENDPOINT: 'https://x.example' }), is: 'https://x.example with ""' },
    {
      claims: at({ endpoint: 'https://x.example', access_token: 't' }),
      is: 'https://x.example with "t"',
    },
    {
      claims: at({ endpoint: 'https://x.example', Access_Token: null }),
      is: 'https://x.example with ""',
    },
    { claims: at({ JWT: 'x' }), is: 'here' },
    { claims: at({ endpoint: '' }), is: 'here' },
    { claims: at({ endpoint: null }), is: 'here' },
    { claims: at(null), is: 'here' },
    { claims: { sub: 'a' }, is: 'here' },
    { claims: { ...named, groups: ['g'], _claim_sources: { s: { endpoint: 'x' } } }, is: 'here' },
    { claims: { ...named, groups: null, _claim_sources: { s: { endpoint: 'x' } } }, is: 'here' },
    { claims: { ...at({ endpoint: 'x' }), _claim_names: { address: 's' } }, is: 'here' },
    { claims: { ...at({ endpoint: 'x' }), _claim_names: null }, is: 'here' },
    { claims: { sub: 'a', _claim_names: null, _claim_sources: null }, is: 'here' },
    { claims: at({ JWT: 1 }), is: 'fault' },
    { claims: at({ endpoint: 1 }), is: 'fault' },
    { claims: at({ endpoint: 'x', access_token: {} }), is: 'fault' },
    { claims: { ...named, _claim_sources: { t: {} } }, is: 'fault' },
    { claims: { ...named, _claim_sources: [] }, is: 'fault' },
    { claims: { ...named, _claim_sources: null }, is: 'fault' },
    { claims: named, is: 'fault' },
    { claims: { ...at({}), _claim_names: { groups: 5 } }, is: 'fault' },
    { claims: { sub: 'a', _claim_names: {} }, is: 'fault' },
  ]
  for (const { claims, is } of cases) {
    it(`answers ${is} for ${JSON.stringify(claims)}`, () => {
      const place = locateClaim(claims, 'groups')
      assert.equal(
        place.kind === 'elsewhere'
          ? `${place.source.endpoint} with ${JSON.stringify(place.source.accessToken)}`
          : place.kind,
        is,
      )
    })
  }
})
