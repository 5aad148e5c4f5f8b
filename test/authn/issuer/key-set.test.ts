import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKeySet, type KeySet } from '../../../src/authn/issuer/key-set.ts'
import { DependencyError } from '../../../src/errors.ts'
import { jwksOf, rsaKey } from '../jwt/signed-token.ts'
import { capturedLog, manualSchedule } from './issuer-fixtures.ts'

const [first, second, third] = [rsaKey('1'), rsaKey('2'), rsaKey('3')]
const away = new Error('connect ECONNREFUSED')

/** A key set whose issuer, clock and timers the test moves. */
function start(initial: string | Error) {
  const timers = manualSchedule()
  const { log, lines } = capturedLog()
  const world = { answer: initial, nowMs: 1_000_000, fetches: 0 }
  const keySet = createKeySet({
    issuer: 'https://idp.example.com',
    load: async () => {
      world.fetches += 1
      if (world.answer instanceof Error) throw world.answer
      return world.answer
    },
    now: () => world.nowMs,
    schedule: timers.schedule,
    log,
  })
  const runTimers = async () => {
    timers.run()
    await keySet.settled()
  }
  return { keySet, world, timers, lines, runTimers }
}

async function kids(keySet: KeySet): Promise<string[]> {
  return (await keySet.keys()).map(({ kid }) => kid)
}

describe('createKeySet()', () => {
  it('fetches at once, and lets the first who asks wait for it', async () => {
    const { keySet, world } = start(jwksOf(first))
    assert.equal(world.fetches, 1)
    assert.equal(keySet.isMissing(), true)
    assert.deepEqual(await kids(keySet), ['1'])
    assert.equal(keySet.isMissing(), false)
  })

  it('refreshes well within the five minutes of a withdrawn key', async () => {
    const { keySet, timers } = start(jwksOf(first))
    await keySet.settled()
    assert.deepEqual(timers.delays(), [240_000])
  })

  it('is unavailable while the issuer is away, and says why', async () => {
    const { keySet } = start(away)
    await assert.rejects(
      async () => keySet.keys(),
      (error) => {
        assert.ok(error instanceof DependencyError)
        assert.equal(error.dependency, 'issuer')
        assert.equal(error.cause, away)
        return true
      },
    )
  })

  it('retries ever more slowly, up to ten seconds', async () => {
    const { keySet, timers, runTimers } = start(away)
    await keySet.settled()
    const delays = [...timers.delays()]
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await runTimers()
      delays.push(...timers.delays())
    }
    assert.deepEqual(delays, [1_000, 2_000, 5_000, 5_000, 5_000, 5_000])
  })

  it('works once the issuer is there', async () => {
    const { keySet, world, timers, runTimers } = start(away)
    await assert.rejects(async () => keySet.keys())
    world.answer = jwksOf(first)
    await runTimers()
    assert.deepEqual(await kids(keySet), ['1'])
    assert.deepEqual(timers.delays(), [240_000])
  })

  for (const [what, broken] of Object.entries({
    'the issuer is away': away,
    'the set does not parse': '<html>',
    'one key spoils the set': '{"keys":[{"kty":"AKP"}]}',
  })) {
    it(`keeps the keys while ${what}, says so, and tries again in a minute`, async () => {
      const { keySet, world, timers, lines, runTimers } = start(jwksOf(first))
      const before = await keySet.keys()
      world.answer = broken
      await runTimers()
      assert.equal(await keySet.keys(), before)
      assert.deepEqual(timers.delays(), [60_000])
      assert.match(lines.at(-1) ?? '', /the previous ones stay/)
    })
  }

  it('keeps what it has when nothing changed', async () => {
    const { keySet, world, runTimers } = start(jwksOf(first, second))
    const before = await keySet.keys()
    world.answer = jwksOf(second, first)
    await runTimers()
    assert.equal(await keySet.keys(), before)
  })

  it('trusts a key until it is withdrawn', async () => {
    const { keySet, world, runTimers } = start(jwksOf(first, second))
    const [one, two] = await keySet.keys()
    assert.ok(one && two)
    world.answer = jwksOf(second, third)
    await runTimers()
    assert.deepEqual([keySet.trusts(one), keySet.trusts(two)], [false, true])
    assert.deepEqual(await kids(keySet), ['2', '3'])
  })

  it('does not trust a key that another one replaced under its kid', async () => {
    const { keySet, world, runTimers } = start(jwksOf(first))
    const [before] = await keySet.keys()
    assert.ok(before)
    world.answer = jwksOf(rsaKey('1'))
    await runTimers()
    assert.equal(keySet.trusts(before), false)
  })

  it('withdraws all keys when the issuer publishes none', async () => {
    const { keySet, world, runTimers } = start(jwksOf(first))
    const [before] = await keySet.keys()
    assert.ok(before)
    world.answer = '{"keys":[]}'
    await runTimers()
    assert.equal(keySet.trusts(before), false)
    assert.deepEqual(await keySet.keys(), [])
    assert.equal(keySet.isMissing(), false)
  })

  it('fetches no more once closed', async () => {
    const { keySet, world, timers } = start(jwksOf(first))
    const seen = await keySet.keys()
    await keySet.settled()
    keySet.close()
    assert.deepEqual(timers.delays(), [])
    assert.equal(await keySet.refetch(seen), false)
    assert.equal(world.fetches, 1)
  })

  it('sets no timer when it is closed during a fetch', async () => {
    const { keySet, timers } = start(jwksOf(first))
    keySet.close()
    await keySet.settled()
    assert.deepEqual(timers.delays(), [])
  })
})

describe('refetch()', () => {
  it('finds a new key', async () => {
    const { keySet, world } = start(jwksOf(first))
    const seen = await keySet.keys()
    await keySet.settled()
    world.answer = jwksOf(first, second)
    assert.equal(await keySet.refetch(seen), true)
    assert.deepEqual(await kids(keySet), ['1', '2'])
  })

  it('fetches once for all who ask at the same time', async () => {
    const { keySet, world } = start(jwksOf(first))
    const seen = await keySet.keys()
    await keySet.settled()
    world.answer = jwksOf(second)
    const answers = await Promise.all(Array.from({ length: 100 }, () => keySet.refetch(seen)))
    assert.deepEqual(new Set(answers), new Set([true]))
    assert.equal(world.fetches, 2)
  })

  it('fetches at most once a minute, however many tokens fail', async () => {
    const { keySet, world } = start(jwksOf(first))
    const seen = await keySet.keys()
    await keySet.settled()
    for (let elapsed = 0; elapsed < 180; elapsed += 1) {
      await keySet.refetch(seen)
      await keySet.refetch(seen)
      world.nowMs += 1_000
    }
    assert.equal(world.fetches, 1 + 3)
  })

  it('fetches nothing for one who has not seen the newest keys', async () => {
    const { keySet, world, runTimers } = start(jwksOf(first))
    const seen = await keySet.keys()
    await keySet.settled()
    world.answer = jwksOf(second)
    await runTimers()
    assert.equal(await keySet.refetch(seen), true)
    assert.equal(world.fetches, 2)
  })

  it('answers false when the issuer is away, and keeps to the rate', async () => {
    const { keySet, world } = start(jwksOf(first))
    const seen = await keySet.keys()
    await keySet.settled()
    world.answer = away
    assert.equal(await keySet.refetch(seen), false)
    assert.equal(await keySet.refetch(seen), false)
    assert.equal(world.fetches, 2)
  })
})
