import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nearest } from '../../src/config/nearest.ts'

const keys = ['externalURL', 'pathPrefix', 'providers', 'clientSecretFile', 'grpc', 'http', 'tls']

describe('nearest()', () => {
  const cases = [
    ['externalUrl', 'externalURL'],
    ['external_url', 'externalURL'],
    ['path-prefix', 'pathPrefix'],
    ['provider', 'providers'],
    ['clientSecret', 'clientSecretFile'],
    ['htp', 'http'],
    ['gprc', undefined],
    ['x', undefined],
    ['', undefined],
    ['p'.repeat(100_000), undefined],
  ] as const
  for (const [name, expected] of cases) {
    it(`takes "${name.slice(0, 20)}" for ${expected}`, () => {
      assert.equal(nearest(name, keys), expected)
    })
  }

  it('knows nothing when there is nothing to know', () => {
    assert.equal(nearest('a', []), undefined)
  })
})
