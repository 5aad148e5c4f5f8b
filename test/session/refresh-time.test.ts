import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { goodUntil, jittered, refreshTime } from '../../src/session/refresh-time.ts'

const nowMs = Date.UTC(2026, 0, 1)
const least = (size: number) => new Uint8Array(size)
const most = (size: number) => new Uint8Array(size).fill(255)

describe('jittered()', () => {
  it('takes away up to a tenth', () => {
    assert.equal(jittered(1000, least), 1000)
    assert.equal(jittered(1000, most), 901)
    const seen = Array.from({ length: 1000 }, () => jittered(1_000_000, randomBytes))
    assert.ok(seen.every((ms) => ms > 900_000 && ms <= 1_000_000))
    assert.ok(Math.min(...seen) < 910_000 && Math.max(...seen) > 990_000)
  })
})

describe('refreshTime()', () => {
  const cases: readonly (readonly [what: string, idTokenMs: number | undefined, dueMs: number])[] =
    [
      ['no ID token is kept', undefined, 3_600_000],
      ['the ID token lives longer', 7_200_000, 3_600_000],
      ['the ID token lives as long: a minute before its end', 3_600_000, 3_540_000],
      ['the ID token lives ten minutes: a minute before its end', 600_000, 540_000],
      ['the ID token lives five minutes: a tenth and a second before its end', 300_000, 269_000],
      // Threat L35: five seconds left, by clocks that agree or are a minute apart.
      ['the ID token has 5 s left', 5_000, 3_500],
      ['it has 5 s left by a clock that is a minute behind ours', -55_000, 1_000],
      ['it has 5 s left by a clock that is a minute ahead of ours', 65_000, 57_500],
      ['it ends now', 0, 1_000],
      ['its end is nonsense', -1e15, 1_000],
    ]
  for (const [what, idTokenMs, dueMs] of cases) {
    it(`is ${dueMs} ms from now when ${what}`, () => {
      const idTokenExpiresAtMs = idTokenMs && nowMs + idTokenMs
      const options = { nowMs, refreshAfterMs: 3_600_000, idTokenExpiresAtMs, random: least }
      assert.equal(refreshTime(options) - nowMs, dueMs)
    })
  }

  it('comes before an ID token is sent on no more, unless that is in a second', () => {
    for (let lifeMs = 0; lifeMs < 7_200_000; lifeMs += 499) {
      const idTokenExpiresAtMs = nowMs + lifeMs
      const options = { nowMs, refreshAfterMs: 3_600_000, idTokenExpiresAtMs, random: randomBytes }
      const latestMs = Math.max(nowMs + 1_000, goodUntil(idTokenExpiresAtMs))
      assert.ok(refreshTime(options) <= latestMs, `of ${lifeMs} ms`)
    }
  })

  it('is up to a tenth of refreshAfter earlier, so that not all come at once', () => {
    const options = { nowMs, refreshAfterMs: 3_600_000, idTokenExpiresAtMs: undefined }
    assert.equal(refreshTime({ ...options, random: most }) - nowMs, 3_240_006)
  })
})
