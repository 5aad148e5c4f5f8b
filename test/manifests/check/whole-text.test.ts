import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fitting } from '../../../src/manifests/check/whole-text.ts'

const texts = ['/dex/', '/dex/auth/local/login', '/oauth2/start']

describe('fitting()', () => {
  for (const [regex, fits] of [
    ['/dex/.*', texts.slice(0, 2)],
    ['/(?P<what>dex)/', ['/dex/']],
    ['(?i)/DEX/', ['/dex/']],
    ['/dex', []],
    ['dex/', []],
    ['/dex/|/oauth2/start', ['/dex/', '/oauth2/start']],
  ] as const) {
    it(`fits whole texts: ${regex}`, () => {
      assert.deepEqual([...(fitting(regex, texts) ?? ['none'])], fits)
    })
  }

  for (const [what, regex] of [
    ['alternatives that are all the same', '(.|.|.|.|.|.)*!'],
    ['repetitions in repetitions', '((((.*)*)*)*)*!'],
    ['overlapping repetitions', `${'(.*)'.repeat(30)}!`],
  ] as const) {
    it(`comes to an end with ${what}`, () => {
      assert.deepEqual(fitting(regex, texts), new Set())
    })
  }

  for (const [what, regex] of [
    ['is none', '('],
    ['nests too deeply', '('.repeat(5000) + ')'.repeat(5000)],
    ['repeats too much', '(a{1000}){1000}'],
    ['takes too much work', '.{1,1000}'.repeat(500)],
    ['only JavaScript reads', '(?=/dex/).*'],
  ] as const) {
    it(`knows nothing of one that ${what}`, () => {
      assert.equal(fitting(regex, texts), undefined)
    })
  }
})
