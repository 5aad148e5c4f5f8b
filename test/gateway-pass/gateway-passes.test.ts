import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { createGatewayPasses } from '../../src/gateway-pass/gateway-passes.ts'
import { createSealer, type SealPurpose } from '../../src/session/seal.ts'
import { authenticated, userInfo } from '../support/user.ts'

const startMs = Date.UTC(2030, 0)
const key = Buffer.alloc(32, 1)
const otherKey = Buffer.alloc(32, 2)

const model = { verb: 'get', group: 'serving.kserve.io', resource: 'inferenceservices' }
const reviewed = [
  { ...model, subresource: '', namespace: 'team-a', name: 'm' },
  { ...model, subresource: '', namespace: 'a', name: 'm-team' },
]

/** A replica: its keys, and a clock that a test can set. */
function replica({ keys = [key], nowMs = startMs } = {}) {
  const clock = { nowMs }
  const passes = createGatewayPasses({
    config: { keys },
    now: () => clock.nowMs,
    random: randomBytes,
  })
  return { ...passes, clock }
}

function sealedBy({ seal }: Pick<ReturnType<typeof replica>, 'seal'>, user = authenticated()) {
  const pass = seal(user, reviewed)
  assert.ok(typeof pass === 'string')
  return pass
}

const alice = authenticated({
  user: userInfo({
    name: 'älice\ud800',
    uid: 'u-1',
    groups: ['a,b', '', 'a,b'],
    extra: new Map([['example.com/scopes', ['x', 'y']]]),
  }),
  email: 'alice@example.com',
})

const named = (name: string) => [{ ...model, namespace: 'team-a', name }]

const manyGroups = (count: number) =>
  authenticated({
    user: userInfo({ groups: Array.from({ length: count }, (_, n) => `group-${n}`) }),
  })

describe('createGatewayPasses()', () => {
  it('brings the whole user, what was reviewed and the end to another replica', () => {
    assert.deepEqual(replica().open(sealedBy(replica(), alice)), {
      kind: 'pass',
      pass: {
        user: alice.user,
        email: alice.email,
        expiresAtMs: startMs + 60_000,
        goodFor: reviewed,
      },
    })
  })

  it('fits behind a scheme of Authorization', () => {
    assert.match(sealedBy(replica()), /^[A-Za-z0-9._-]+$/)
  })

  it('is good for a minute, to the millisecond', () => {
    const { clock, open, ...rest } = replica()
    const pass = sealedBy(rest)
    clock.nowMs = startMs + 59_999
    assert.equal(open(pass).kind, 'pass')
    clock.nowMs = startMs + 60_000
    assert.deepEqual(open(pass), {
      kind: 'refused',
      reason: 'credential-expired',
      detail: 'the gateway pass has ended',
    })
  })

  it('ends with what the user has shown, so no chain of passes outlives the first', () => {
    const { clock, ...first } = replica()
    let user = authenticated({ expiresAtMs: startMs + 50_000 })
    for (const laterMs of [0, 20_000, 49_999]) {
      clock.nowMs = startMs + laterMs
      const opened = first.open(sealedBy(first, user))
      assert.ok(opened.kind === 'pass')
      assert.equal(opened.pass.expiresAtMs, startMs + 50_000)
      user = authenticated({ authenticator: 'gateway-pass', ...opened.pass })
    }
    clock.nowMs = startMs + 50_000
    assert.equal(first.open(sealedBy(first, user)).kind, 'refused')
  })

  for (const [what, aheadMs, kind] of [
    ['a minute ahead', 60_000, 'pass'],
    ['more than a minute ahead', 60_001, 'refused'],
    ['59 seconds behind', -59_999, 'pass'],
    ['a minute behind', -60_000, 'refused'],
  ] as const) {
    it(`${kind === 'pass' ? 'takes' : 'refuses'} one by a clock that is ${what}`, () => {
      const pass = sealedBy(replica({ nowMs: startMs + aheadMs }))
      assert.equal(replica().open(pass).kind, kind)
    })
  }

  it('opens with every key, and seals with the first', () => {
    const rotated = replica({ keys: [otherKey, key] })
    assert.equal(rotated.open(sealedBy(replica())).kind, 'pass')
    assert.equal(replica().open(sealedBy(rotated)).kind, 'refused')
    assert.equal(replica({ keys: [otherKey] }).open(sealedBy(rotated)).kind, 'pass')
  })

  for (const purpose of [
    'session',
    'redis-session',
    'sign-in-state',
    'sign-out-state',
  ] satisfies SealPurpose[]) {
    it(`refuses what was sealed as ${purpose}, and no pass opens as one`, () => {
      const options = { keys: [key], random: randomBytes }
      const genuine = createSealer({ ...options, purpose: 'gateway-pass' })
      const text = genuine.open(sealedBy(replica())) ?? ''
      const other = createSealer({ ...options, purpose })
      assert.notEqual(text, '')
      assert.equal(replica().open(other.seal(text)).kind, 'refused')
      assert.equal(other.open(sealedBy(replica())), undefined)
    })
  }

  it('refuses whatever is not whole', () => {
    const { open, ...rest } = replica()
    const pass = sealedBy(rest)
    const flipped = (at: number) =>
      `${pass.slice(0, at)}${pass[at] === 'A' ? 'B' : 'A'}${pass.slice(at + 1)}`
    const end = pass.length - 30
    for (const text of [
      '',
      '.',
      '....',
      pass.slice(0, -1),
      pass.slice(1),
      `${pass}A`,
      `${pass}.`,
      pass.toLowerCase(),
      flipped(5),
      flipped(end),
      pass.replace('..', '.A.'),
      'A'.repeat(100_000),
    ]) {
      const opened = open(text)
      assert.equal(opened.kind === 'refused' && opened.reason, 'credential-invalid', text)
    }
  })

  it('refuses what a sealer of its own would have written in another form', () => {
    const { seal } = createSealer({ keys: [key], purpose: 'gateway-pass', random: randomBytes })
    const user = ['alice', '', [], []]
    const texts = [
      [],
      {},
      null,
      'pass',
      [startMs, 'alice', null, reviewed],
      [null, user, null, reviewed],
      ['x', user, null, reviewed],
      [startMs + 1000, user, null],
    ]
    for (const text of texts) {
      assert.equal(replica().open(seal(JSON.stringify(text))).kind, 'refused', JSON.stringify(text))
    }
  })

  it('refuses a user who does not fit, and cuts nothing', () => {
    const { seal } = replica()
    assert.equal(typeof seal(manyGroups(300), reviewed), 'string')
    const answer = seal(manyGroups(1000), reviewed)
    assert.ok(typeof answer === 'object')
    assert.equal(answer.kind, 'too-large')
    assert.ok(answer.bytes > 8192)
  })

  it('seals nothing that was not reviewed', () => {
    assert.throws(() => replica().seal(authenticated(), []), TypeError)
  })

  describe('keeps a pass', () => {
    it('while it has half of its life before it', () => {
      const { clock, seal } = replica()
      const user = authenticated()
      const first = seal(user, named('m'))
      clock.nowMs = startMs + 29_999
      assert.equal(seal(user, named('m')), first)
      clock.nowMs = startMs + 30_000
      assert.notEqual(seal(user, named('m')), first)
    })

    it('for one user and what was reviewed, and for nobody else', () => {
      const { seal } = replica()
      const user = authenticated()
      const first = seal(user, named('m'))
      assert.notEqual(seal(authenticated(), named('m')), first)
      assert.notEqual(seal(user, named('other')), first)
      assert.notEqual(seal(user, [...named('m'), ...named('other')]), first)
      assert.equal(seal(user, named('m')), first)
    })

    it('of four models, so that no client fills the memory', () => {
      const { seal } = replica()
      const user = authenticated()
      const first = seal(user, named('m'))
      for (const name of ['a', 'b', 'c', 'd']) seal(user, named(name))
      assert.notEqual(seal(user, named('m')), first)
    })
  })
})
