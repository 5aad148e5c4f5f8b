import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shareStrings } from '../../../src/authn/jwt/share-strings.ts'

describe('shareStrings()', () => {
  it('answers an equal string, before and after it forgot', () => {
    const share = shareStrings(2)
    assert.deepEqual(['a', 'b', 'a', 'c', 'a'].map(share), ['a', 'b', 'a', 'c', 'a'])
  })
})
