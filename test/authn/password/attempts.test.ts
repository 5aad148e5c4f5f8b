import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createAttempts, createSlots, sourceKey } from '../../../src/authn/password/attempts.ts'

const create = (maxKeys = 100) => createAttempts({ burst: 3, everyMs: 1000, maxKeys })
const at = 1_000_000

describe('createAttempts()', () => {
  it('allows a burst, then one every so often', () => {
    const attempts = create()
    for (let n = 0; n < 3; n++) {
      assert.equal(attempts.has('a', at), true)
      attempts.take('a', at)
    }
    assert.equal(attempts.has('a', at + 999), false)
    assert.equal(attempts.has('a', at + 1000), true)
    attempts.take('a', at + 1000)
    assert.equal(attempts.has('a', at + 1000), false)
    assert.equal(attempts.has('b', at), true)
  })

  it('has the whole burst again after it was left alone', () => {
    const attempts = create()
    for (let n = 0; n < 3; n++) attempts.take('a', at)
    for (let n = 0; n < 3; n++) {
      assert.equal(attempts.has('a', at + 3000), true)
      attempts.take('a', at + 3000)
    }
    assert.equal(attempts.has('a', at + 3000), false)
  })

  it('takes back what was not used', () => {
    const attempts = create()
    for (let n = 0; n < 3; n++) attempts.take('a', at)
    attempts.giveBack('a')
    assert.equal(attempts.has('a', at), true)
    attempts.giveBack('unknown')
    assert.equal(attempts.has('unknown', at), true)
  })

  it('gives no more than the burst for what was given back late', () => {
    const attempts = create()
    attempts.take('a', at)
    attempts.giveBack('a')
    for (let n = 0; n < 3; n++) attempts.take('a', at + 50_000)
    assert.equal(attempts.has('a', at + 50_000), false)
  })

  it('forgets the key that was not used for longest', () => {
    const attempts = create(2)
    for (let n = 0; n < 3; n++) attempts.take('a', at)
    attempts.take('b', at)
    assert.equal(attempts.has('a', at), false)
    attempts.take('c', at)
    assert.equal(attempts.has('a', at), false)
    attempts.take('d', at)
    attempts.take('e', at)
    assert.equal(attempts.has('a', at), true)
  })
})

describe('sourceKey()', () => {
  const keys = [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:1:2::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    [undefined, ''],
    ['', ''],
    ['192.0.2.1:50001', '192.0.2.1'],
    ['[2001:db8:1:2::1]:50001', '2001:db8:1:2'],
    ['[2001:db8:1:2::1]', '2001:db8:1:2'],
    ['unknown', ''],
    ['?', ''],
    ['x'.repeat(1000), ''],
  ] as const
  for (const [address, key] of keys) {
    it(`of ${address} is ${key}`, () => assert.equal(sourceKey(address), key))
  }
})

describe('createSlots()', () => {
  it('has so many for each key, and again what is given back', () => {
    const { take, giveBack } = createSlots(2)
    assert.deepEqual(['a', 'a', 'a', 'b'].map(take), [true, true, false, true])
    giveBack('a')
    assert.deepEqual(['a', 'a', 'b', 'b'].map(take), [true, false, true, false])
  })
})
