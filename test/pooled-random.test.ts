import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pooledRandom } from '../src/pooled-random.ts'

/** Gives the numbers from 0 on as words of two bytes, so that each pair is there once, and counts its calls. */
function counting() {
  let next = 0
  let calls = 0
  const random = pooledRandom((size) => {
    calls += 1
    const words = Uint16Array.from({ length: size / 2 }, () => next++)
    return new Uint8Array(words.buffer)
  })
  return { random, calls: () => calls }
}

function wordOf(bytes: Uint8Array): number {
  const [low = 0, high = 0] = bytes
  return low + 256 * high
}

describe('pooledRandom()', () => {
  it('gives as many bytes as are wanted', () => {
    const { random } = counting()
    for (const size of [0, 2, 12, 102, 4096, 5000]) assert.equal(random(size).length, size)
  })

  it('gives no byte twice, and leaves those that it gave alone', () => {
    const { random } = counting()
    const given = Array.from({ length: 10_000 }, () => random(2))
    assert.equal(new Set(given.map(wordOf)).size, 10_000)
  })

  it('asks once for many', () => {
    const { random, calls } = counting()
    for (let index = 0; index < 2048; index += 1) random(2)
    assert.equal(calls(), 1)
    random(2)
    assert.equal(calls(), 2)
  })
})
