import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answerOr, continueWith } from '../src/awaitable.ts'

const twice = (value: number) => value * 2
const later = async (value: number) => value
const failure = new Error('nothing there')
const refuse = (): never => {
  throw failure
}

describe('continueWith()', () => {
  it('goes on at once with what is at hand', () => {
    assert.equal(continueWith(1, twice), 2)
  })

  it('waits for a promise, of the answer or of what follows', async () => {
    assert.equal(await continueWith(later(1), twice), 2)
    assert.equal(await continueWith(1, later), 1)
  })

  it('throws at once, and rejects later', async () => {
    assert.throws(() => continueWith(1, refuse), failure)
    const answer = continueWith(later(1), refuse)
    await assert.rejects(async () => answer, failure)
  })
})

const instead = (error: unknown) => (error === failure ? 'instead' : 'something else')

describe('answerOr()', () => {
  it('gives the answer, at once or later', async () => {
    assert.equal(
      answerOr(() => 1, instead),
      1,
    )
    assert.equal(await answerOr(async () => 1, instead), 1)
  })

  it('takes the place of what is thrown, and of what is rejected', async () => {
    assert.equal(answerOr(refuse, instead), 'instead')
    assert.equal(await answerOr(async () => refuse(), instead), 'instead')
  })
})
