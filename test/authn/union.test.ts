import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Authenticated, Authenticator, Outcome } from '../../src/authn/authenticator.ts'
import { noCredential } from '../../src/authn/authenticator.ts'
import { rejected } from '../../src/authn/rejected.ts'
import { union } from '../../src/authn/union.ts'
import type { CheckInput } from '../../src/check-input.ts'
import { DependencyError } from '../../src/errors.ts'

const input: CheckInput = {
  transport: 'http',
  method: 'GET',
  host: 'example.com',
  path: '/',
  headers: new Map(),
  source: undefined,
  certificate: undefined,
}

function user(name: string): Authenticated {
  return {
    kind: 'authenticated',
    user: { name, uid: '', groups: [], extra: new Map() },
    authenticator: 'jwt',
    email: undefined,
    idToken: undefined,
    expiresAtMs: 1,
  }
}

const none = noCredential
const alice = user('alice')
const bob = user('bob')
const expired = rejected('credential-expired', 'a')
const invalid = rejected('credential-invalid', 'b')
const outage = new DependencyError('issuer', 'Cannot fetch keys: away')

function authenticator(answer: Outcome | Error): Authenticator {
  return async () => {
    if (answer instanceof Error) throw answer
    return answer
  }
}

describe('union()', () => {
  const cases = [
    { when: 'nothing is found', found: [none, none], session: none, answer: none },
    { when: 'nothing is found but a session', found: [none], session: bob, answer: bob },
    { when: 'the session is bad', found: [none], session: invalid, answer: invalid },
    { when: 'the second is good', found: [none, alice], session: bob, answer: alice },
    { when: 'a good one follows a bad one', found: [expired, alice], session: bob, answer: alice },
    { when: 'two are good', found: [alice, bob], session: none, answer: alice },
    { when: 'a bad one precedes a good session', found: [expired], session: bob, answer: expired },
    { when: 'two are bad', found: [expired, invalid], session: bob, answer: expired },
    {
      when: 'one cannot be judged, and one is good',
      found: [outage, alice],
      session: bob,
      answer: alice,
    },
  ]
  for (const { when, found, session, answer } of cases) {
    it(`answers ${JSON.stringify(answer).slice(0, 60)} when ${when}`, async () => {
      const credentials = found.map(authenticator)
      const authenticate = union({ credentials, session: authenticator(session) })
      assert.equal(await authenticate(input), answer)
    })
  }

  for (const { when, found } of [
    { when: 'one cannot be judged', found: [outage, none] },
    { when: 'one cannot be judged and one is bad', found: [expired, outage] },
  ]) {
    it(`is unavailable when ${when}, and does not ask the session`, async () => {
      const authenticate = union({
        credentials: found.map(authenticator),
        session: () => assert.fail('the session was asked'),
      })
      await assert.rejects(async () => authenticate(input), outage)
    })
  }

  it('passes a bug on', async () => {
    const bug = new TypeError('x')
    const credentials = [authenticator(bug), authenticator(alice)]
    const authenticate = union({ credentials, session: undefined })
    await assert.rejects(async () => authenticate(input), bug)
  })

  it('does without a session', async () => {
    assert.equal(await union({ credentials: [], session: undefined })(input), none)
  })
})
