import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assert as assertProperty, property, string } from 'fast-check'
import { readTraceparent } from '../../src/tracing/parent.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'
const good = `00-${traceId}-${spanId}-01`
const parent = { traceId, spanId, traceFlags: 1, isRemote: true }

describe('readTraceparent()', () => {
  const taken: readonly (readonly [string, string, number])[] = [
    ['a sampled span', good, 1],
    ['one that is not sampled', `00-${traceId}-${spanId}-00`, 0],
    ['flags that nobody knows yet', `00-${traceId}-${spanId}-fe`, 0],
    ['a later version', `01-${traceId}-${spanId}-03`, 1],
    ['a later version with more in it', `cc-${traceId}-${spanId}-01-what.the.future.brings`, 1],
  ]
  for (const [what, text, traceFlags] of taken) {
    it(`takes ${what}`, () => {
      assert.deepEqual(readTraceparent(text, undefined), { ...parent, traceFlags })
    })
  }

  const ignored: readonly (readonly [string, string | undefined])[] = [
    ['none', undefined],
    ['an empty one', ''],
    ['a version that is forbidden', `ff-${traceId}-${spanId}-01`],
    ['version 00 with more in it', `${good}-x`],
    ['version 00 with a byte more', `${good}0`],
    ['a later version that goes on without a dash', `01-${traceId}-${spanId}-01x`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['a span of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['upper case', good.toUpperCase()],
    ['a short trace', `00-${traceId.slice(1)}-${spanId}-01`],
    ['a long trace', `00-${traceId}0-${spanId}-01`],
    ['no flags', `00-${traceId}-${spanId}`],
    ['what is no hex', `00-${traceId.replace('a', 'g')}-${spanId}-01`],
    ['digits of another script', `00-${traceId.replace('0', '٠')}-${spanId}-01`],
    ['two lines', `${good},${good}`],
    ['two lines and a blank', `${good}, ${good}`],
    ['blanks around it', ` ${good} `],
    ['a line end', `${good}\n`],
    ['10 KB', `01-${traceId}-${spanId}-01-${'x'.repeat(10_000)}`],
    ['zeros without end', '0'.repeat(100_000)],
  ]
  for (const [what, text] of ignored) {
    it(`ignores ${what}`, () => {
      assert.equal(readTraceparent(text, undefined), undefined)
    })
  }

  it('never throws', () => {
    assertProperty(
      property(string({ maxLength: 80 }), (text) => {
        readTraceparent(text, undefined)
        readTraceparent(good.slice(0, 20) + text + good.slice(20 + text.length), undefined)
      }),
    )
  })
})
