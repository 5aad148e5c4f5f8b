import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { takes } from '../../../src/manifests/check/uri-matches.ts'

const taken = (regex: string) =>
  takes({ match: [{ uri: { regex } }] }, { path: '/dex/', owner: 'dex.auth' })

describe('takes()', () => {
  it('comes to an end with every regular expression of a tenant', () => {
    assert.equal(taken('(.|.|.|.|.|.)*!'), false)
    assert.equal(taken('((((.*)*)*)*)*!'), false)
  })

  it('says yes of one that nobody can read', () => {
    assert.equal(taken('('), true)
    assert.equal(taken('.{1,1000}'.repeat(500)), true)
  })
})
