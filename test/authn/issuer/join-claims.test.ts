import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { joinClaims } from '../../../src/authn/issuer/join-claims.ts'

const idToken = {
  iss: 'https://a',
  sub: 'alice',
  aud: 'attache',
  exp: 1,
  sid: 's1',
  groups: ['old'],
}

describe('joinClaims()', () => {
  it("has the newer word of UserInfo about the person, and the ID token's about itself", () => {
    const userInfo = {
      iss: 'https://evil',
      sub: 'mallory',
      aud: 'other',
      exp: 2,
      nbf: 3,
      iat: 4,
      jti: 'j',
      sid: 's2',
      groups: ['new'],
      name: 'Alice',
    }
    assert.deepEqual(joinClaims(idToken, userInfo), { ...idToken, groups: ['new'], name: 'Alice' })
  })

  it('takes null for nothing said', () => {
    assert.deepEqual(joinClaims(idToken, { groups: null, name: null }), idToken)
  })

  it('takes the names of object members for names of claims', () => {
    const userInfo: unknown = JSON.parse('{"__proto__":{"groups":["admins"]},"constructor":"x"}')
    assert.ok(typeof userInfo === 'object' && userInfo !== null)
    const joined = joinClaims({ sub: 'alice' }, { ...userInfo })
    assert.deepEqual(Object.keys(joined), ['sub', '__proto__', 'constructor'])
    assert.equal(Object.getPrototypeOf(joined), Object.prototype)
    assert.equal(Object.hasOwn(joined, 'groups'), false)
  })

  const [own, other] = ['alice@example.com', 'root@example.com']
  const emails: readonly (readonly [
    what: string,
    token: object,
    info: object,
    email: unknown,
    verified: unknown,
  ])[] = [
    ['neither has a flag', { email: own }, { email: other }, other, undefined],
    ['the ID token alone has both', { email: own, email_verified: true }, {}, own, true],
    ['UserInfo alone has both', {}, { email: own, email_verified: true }, own, true],
    [
      'both agree',
      { email: own, email_verified: true },
      { email: own, email_verified: true },
      own,
      true,
    ],
    [
      'the flag is for another address',
      { email: own, email_verified: true },
      { email: other },
      other,
      false,
    ],
    [
      'UserInfo says it is not',
      { email: own, email_verified: true },
      { email: own, email_verified: false },
      own,
      false,
    ],
    [
      'the ID token says it is not',
      { email: own, email_verified: false },
      { email: own },
      own,
      false,
    ],
    [
      'UserInfo says so of an address that the ID token doubts',
      { email: own, email_verified: false },
      { email: own, email_verified: true },
      own,
      false,
    ],
    ['the flag comes without an address', { email: own }, { email_verified: true }, own, true],
    ['the flag is a text', { email: own }, { email: own, email_verified: 'true' }, own, false],
    ['the flag is null', { email: own }, { email: own, email_verified: null }, own, undefined],
  ]
  for (const [what, token, info, email, verified] of emails) {
    it(`says ${String(verified)} of the address when ${what}`, () => {
      const joined = joinClaims({ ...token }, { ...info })
      assert.equal(joined['email'], email)
      assert.equal(joined['email_verified'], verified)
    })
  }
})
