import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeUser, type EncodedUser, encodeUser } from '../src/encoded-user.ts'

describe('encodeUser()', () => {
  it('keeps all of a user through JSON, with names that hold commas and quotes', () => {
    const user = {
      name: 'alice, "the" second',
      uid: '',
      groups: ['a,b', 'team-a', 'team-a'],
      extra: new Map([['example.com/teams', ['x', 'y']]]),
    }
    const parse: (text: string) => EncodedUser = JSON.parse
    assert.deepEqual(decodeUser(parse(JSON.stringify(encodeUser(user)))), user)
  })
})
