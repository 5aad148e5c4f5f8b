import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import { hashSync } from 'bcryptjs'
import { type BasicOptions, basic } from '../../../src/authn/password/basic.ts'
import type { Place } from '../../../src/authn/password/fair-queue.ts'
import type { Comparison } from '../../../src/authn/password/workers.ts'
import { DependencyError } from '../../../src/errors.ts'
import { checkInput } from '../../support/check-input.ts'

const hashes = new Map([
  ['alice', hashSync('alice-secret', 4)],
  ['bob', hashSync('bob-secret', 4)],
])
const bob = {
  name: 'bob@example.com',
  uid: '7',
  groups: ['a', 'b'],
  extra: new Map([['k', ['v']]]),
}
const config = { hashes, users: new Map([['bob', bob]]) }

const closing: { close: () => void }[] = []
after(() => {
  for (const one of closing) one.close()
})

function authenticator(options: Partial<BasicOptions> = {}) {
  const clock = { nowMs: 1_000_000_000 }
  const now = () => clock.nowMs
  const made = basic(config, { now, random: randomBytes, trustedHops: 0, ...options })
  closing.push(made)
  return { ...made, clock }
}

/** Real answers, counted. */
function counting() {
  const asked: Comparison[] = []
  return {
    asked,
    workers: {
      compare: async (comparison: Comparison) => {
        asked.push(comparison)
        return comparison.hash === hashes.get(comparison.password.replace('-secret', ''))
      },
      close: () => {},
    },
  }
}

function request(login: string, password: string, { source = '192.0.2.1', headers = {} } = {}) {
  const authorization = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`
  return checkInput({ source, headers: { authorization, ...headers } })
}

const wrong = { kind: 'rejected', reason: 'credential-invalid', detail: 'wrong login or password' }
const tooMany = {
  kind: 'rejected',
  reason: 'too-many-attempts',
  detail: 'too many wrong passwords for a login or from a source',
}

describe('basic()', () => {
  it('takes a right password, with bcrypt in a thread', async () => {
    const { authenticate } = authenticator()
    const outcome = await authenticate(request('alice', 'alice-secret'))
    assert.ok(outcome.kind === 'authenticated')
    assert.equal(outcome.authenticator, 'basic')
    assert.deepEqual(outcome.user, { name: 'alice', uid: '', groups: [], extra: new Map() })
    assert.deepEqual(await authenticate(request('alice', 'bob-secret')), wrong)
  })

  it('makes the user of the file of users', async () => {
    const outcome = await authenticator().authenticate(request('bob', 'bob-secret'))
    assert.ok(outcome.kind === 'authenticated')
    assert.deepEqual(outcome.user, bob)
  })

  it('finds no credential in other schemes', async () => {
    const { authenticate } = authenticator()
    assert.equal((await authenticate(checkInput())).kind, 'no-credential')
    const bearer = checkInput({ headers: { authorization: 'Bearer x' } })
    assert.equal((await authenticate(bearer)).kind, 'no-credential')
  })

  it('rejects what it cannot read, without asking', async () => {
    const { asked, workers } = counting()
    const { authenticate } = authenticator({ workers })
    const outcome = await authenticate(request('alice', 'x'.repeat(73)))
    assert.equal(outcome.kind === 'rejected' && outcome.reason, 'credential-malformed')
    assert.equal(asked.length, 0)
  })

  it('asks bcrypt for a login that does not exist too, for one always the same', async () => {
    const { asked, workers } = counting()
    const { authenticate } = authenticator({ workers })
    for (const login of ['nobody', 'nobody', '__proto__', 'ALICE', '']) {
      assert.deepEqual(await authenticate(request(login, `guess of ${login}`)), wrong)
    }
    assert.equal(asked.length, 5)
    assert.equal(asked[0]?.hash, asked[1]?.hash)
    assert.ok(asked.every(({ hash }) => [...hashes.values()].includes(hash)))
  })

  it('lets nobody in with the password of somebody else', async () => {
    const { workers } = counting()
    const { authenticate } = authenticator({ workers })
    for (const login of ['nobody', 'somebody', 'bob', 'carol', 'x', '']) {
      assert.deepEqual(await authenticate(request(login, 'alice-secret')), wrong)
    }
  })

  it('knows nobody without logins', async () => {
    const { authenticate } = basic(
      { hashes: new Map(), users: new Map([['bob', bob]]) },
      { now: () => 0, random: randomBytes, trustedHops: 0, workers: counting().workers },
    )
    assert.deepEqual(await authenticate(request('bob', 'bob-secret')), wrong)
  })
})

describe('basic() and its memory', () => {
  it('asks once for a right password, and again after a minute', async () => {
    const { asked, workers } = counting()
    const { authenticate, clock } = authenticator({ workers })
    const first = await authenticate(request('alice', 'alice-secret'))
    assert.equal(await authenticate(request('alice', 'alice-secret')), first)
    assert.equal(asked.length, 1)
    clock.nowMs += 60_000
    assert.equal(await authenticate(request('alice', 'alice-secret')), first)
    assert.equal(asked.length, 2)
  })

  it('asks once for equal credentials that come together', async () => {
    const { asked, workers } = counting()
    const { authenticate } = authenticator({ workers })
    const many = Array.from({ length: 30 }, async () =>
      authenticate(request('alice', 'alice-secret')),
    )
    assert.ok((await Promise.all(many)).every(({ kind }) => kind === 'authenticated'))
    assert.equal(asked.length, 1)
  })

  it('does not confuse where a login ends', async () => {
    const { workers } = counting()
    const { authenticate } = authenticator({ workers })
    assert.equal((await authenticate(request('alice', 'alice-secret'))).kind, 'authenticated')
    assert.deepEqual(await authenticate(request('alic', 'e:alice-secret')), wrong)
  })

  it('remembers no wrong password', async () => {
    const { asked, workers } = counting()
    const { authenticate } = authenticator({ workers })
    for (let n = 0; n < 3; n++) await authenticate(request('alice', 'wrong'))
    assert.equal(asked.length, 3)
  })
})

describe('basic() and guessing', () => {
  it('looks at ten passwords for a login, from wherever they come', async () => {
    const { asked, workers } = counting()
    const { authenticate, clock } = authenticator({ workers })
    for (let n = 0; n < 10; n++) {
      const from = { source: `192.0.2.${n}` }
      assert.deepEqual(await authenticate(request('alice', `${n}`, from)), wrong)
    }
    const right = request('alice', 'alice-secret', { source: '192.0.2.99' })
    assert.deepEqual(await authenticate(right), tooMany)
    assert.equal(asked.length, 10)
    assert.equal((await authenticate(request('bob', 'bob-secret'))).kind, 'authenticated')
    clock.nowMs += 6000
    assert.equal((await authenticate(right)).kind, 'authenticated')
  })

  it('looks at thirty passwords from a source, for whomever they are', async () => {
    const { asked, workers } = counting()
    const { authenticate } = authenticator({ workers })
    for (let n = 0; n < 30; n++) {
      assert.deepEqual(await authenticate(request(`user ${n}`, 'x')), wrong)
    }
    assert.deepEqual(await authenticate(request('bob', 'bob-secret')), tooMany)
    assert.equal(asked.length, 30)
    const elsewhere = request('bob', 'bob-secret', { source: '192.0.2.2' })
    assert.equal((await authenticate(elsewhere)).kind, 'authenticated')
  })

  it('counts guesses that come together one by one', async () => {
    const { asked, workers } = counting()
    const { authenticate } = authenticator({ workers })
    const many = Array.from({ length: 50 }, async (_, n) =>
      authenticate(request('alice', `${n}`, { source: `192.0.2.${n}` })),
    )
    const outcomes = await Promise.all(many)
    assert.equal(asked.length, 10)
    assert.equal(
      outcomes.filter((outcome) => 'reason' in outcome && outcome.reason === 'too-many-attempts')
        .length,
      40,
    )
  })

  it('does not hold up who was right a moment ago', async () => {
    const { workers } = counting()
    const { authenticate } = authenticator({ workers })
    await authenticate(request('alice', 'alice-secret'))
    for (let n = 0; n < 12; n++) await authenticate(request('alice', `${n}`))
    assert.equal((await authenticate(request('alice', 'alice-secret'))).kind, 'authenticated')
    assert.deepEqual(await authenticate(request('alice', 'x')), tooMany)
  })

  it('does not count right passwords', async () => {
    const { workers } = counting()
    const { authenticate, clock } = authenticator({ workers })
    for (let n = 0; n < 100; n++) {
      assert.equal((await authenticate(request('alice', 'alice-secret'))).kind, 'authenticated')
      clock.nowMs += 600_000 // forgotten by then
    }
    clock.nowMs -= 600_000
    for (let n = 0; n < 10; n++) {
      assert.deepEqual(await authenticate(request('alice', `${n}`)), wrong)
    }
  })

  const hops = [
    { trustedHops: 0, forwarded: '198.51.100.1', isHeldUp: true },
    { trustedHops: 1, forwarded: 'made up, 198.51.100.1', isHeldUp: true },
    { trustedHops: 1, forwarded: '198.51.100.1, {n}', isHeldUp: false },
    { trustedHops: 2, forwarded: 'made up {n}, 198.51.100.1, 10.0.0.1', isHeldUp: true },
    { trustedHops: 2, forwarded: '{n}, 10.0.0.1', isHeldUp: false },
  ]
  for (const { trustedHops, forwarded, isHeldUp } of hops) {
    it(`counts by ${trustedHops} trusted hops of "${forwarded}"`, async () => {
      const { workers } = counting()
      const { authenticate } = authenticator({ workers, trustedHops })
      const guess = async (n: number) => {
        const headers = { 'x-forwarded-for': forwarded.replace('{n}', `203.0.113.${n}`) }
        return authenticate(request(`user ${n}`, 'x', { headers }))
      }
      for (let n = 0; n < 30; n++) await guess(n)
      assert.deepEqual(await guess(31), isHeldUp ? tooMany : wrong)
    })
  }

  it('counts everybody whose address is not known as one', async () => {
    const { workers } = counting()
    const { authenticate } = authenticator({ workers })
    const guess = async (n: number) => authenticate(checkInputWithoutSource(n))
    for (let n = 0; n < 30; n++) await guess(n)
    assert.deepEqual(await guess(31), tooMany)
  })

  it('does not count what nobody has looked at', async () => {
    let isDown = true
    const { workers } = counting()
    const compare = async (comparison: Comparison) => {
      if (isDown) throw new DependencyError('password-workers', 'down')
      return workers.compare(comparison)
    }
    const { authenticate } = authenticator({ workers: { ...workers, compare } })
    for (let n = 0; n < 40; n++) {
      const answer = async () => authenticate(request('alice', `${n}`))
      await assert.rejects(answer, DependencyError)
    }
    isDown = false
    assert.equal((await authenticate(request('alice', 'alice-secret'))).kind, 'authenticated')
  })

  it('says nothing of the credential', async () => {
    const { authenticate } = authenticator({ workers: counting().workers })
    for (let n = 0; n < 12; n++) {
      const outcome = await authenticate(request('alice', 'canary'))
      assert.doesNotMatch(JSON.stringify(outcome), /canary|alice/)
    }
  })
})

/** Answers nobody before it is told to. */
function held() {
  const { asked, workers } = counting()
  const open = Promise.withResolvers<undefined>()
  const places: Place[] = []
  const compare = async (comparison: Comparison, place: Place) => {
    places.push(place)
    await open.promise
    return workers.compare(comparison)
  }
  return { asked, places, answer: () => open.resolve(undefined), workers: { ...workers, compare } }
}

describe('basic() and many at once', () => {
  it('has three of a source under way, and others of other sources', async () => {
    const { answer, places, workers } = held()
    const { authenticate } = authenticator({ workers })
    const flood = Array.from({ length: 30 }, async (_, n) =>
      authenticate(request(`user ${n}`, 'x', { source: `2001:db8::${n}` })),
    )
    const elsewhere = authenticate(request('bob', 'bob-secret', { source: '192.0.2.2' }))
    assert.deepEqual(await flood[3], {
      kind: 'rejected',
      reason: 'too-many-attempts',
      detail: 'too many passwords at once from a source',
    })
    const network = '2001:db8:0:0'
    assert.deepEqual(
      places.map(({ source }) => source),
      [network, network, network, '192.0.2.2'],
    )
    answer()
    assert.equal((await elsewhere).kind, 'authenticated')
    const outcomes = await Promise.all(flood)
    assert.equal(outcomes.filter((one) => 'reason' in one && one.reason === wrong.reason).length, 3)
    // What was refused so is no attempt, and there is room again.
    const from = { source: '2001:db8::ffff' }
    assert.deepEqual(await authenticate(request('carol', 'x', from)), wrong)
  })

  it('has room again after a failure', async () => {
    const down = { compare: async () => Promise.reject(new DependencyError('issuer', 'down')) }
    const { authenticate } = authenticator({ workers: { ...counting().workers, ...down } })
    for (let n = 0; n < 5; n++) {
      const answer = async () => authenticate(request('alice', `${n}`))
      await assert.rejects(answer, DependencyError)
    }
  })

  it('keeps a place for ten minutes for who was right', async () => {
    const { answer, places, workers } = held()
    const { authenticate, clock } = authenticator({ workers })
    const first = authenticate(request('alice', 'alice-secret'))
    answer()
    await first
    const again = async () => authenticate(request('alice', 'alice-secret'))
    for (let n = 0; n < 12; n++) await authenticate(request('alice', `${n}`))
    for (const afterMs of [60_000, 599_999]) {
      clock.nowMs += afterMs
      assert.equal((await again()).kind, 'authenticated')
      assert.equal(places.at(-1)?.source, undefined)
    }
    clock.nowMs += 600_000
    await again()
    assert.equal(places.at(-1)?.source, '192.0.2.1')
    await authenticate(request('alice', 'wrong'))
    assert.equal(places.at(-1)?.source, '192.0.2.1')
  })

  it('says when its check is over', async () => {
    const { answer, places, workers } = held()
    const { authenticate, clock } = authenticator({ workers })
    answer()
    await authenticate(request('alice', 'alice-secret'))
    assert.equal(places[0]?.deadlineMs, clock.nowMs + 8000)
  })
})

function checkInputWithoutSource(n: number) {
  const input = request(`user ${n}`, 'x')
  return { ...input, source: undefined }
}
