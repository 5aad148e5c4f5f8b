import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { pathReadings } from '../../src/routes/path.ts'

const plain = ['/', '/api/v1/pods', '/a%20b', '/a?x=/../b', '/~x/-._']

const several: readonly { path: string; readings: readonly string[] }[] = [
  { path: '/a/../b', readings: ['/a/../b', '/b'] },
  { path: '/a/./b', readings: ['/a/./b', '/a/b'] },
  { path: '//a', readings: ['//a', '/a'] },
  { path: '/%61', readings: ['/%61', '/a'] },
  { path: '/a%2fb', readings: ['/a%2fb', '/a/b'] },
  { path: '/a\\..\\b', readings: ['/a\\..\\b', '/b'] },
  { path: '/a%5C..%5Cb', readings: ['/a%5C..%5Cb', '/a\\..\\b', '/b'] },
  { path: '/a/%2e%2E/b', readings: ['/a/%2e%2E/b', '/b'] },
  {
    path: '/a/%2e%2e%2fb',
    readings: ['/a/%2e%2e%2fb', '/a/..%2fb', '/a/%2e%2e/b', '/a/../b', '/b'],
  },
  { path: '/a/..', readings: ['/a/..', '/'] },
  { path: '/a;b/c', readings: ['/a;b/c', '/a/c'] },
  { path: '/;/a', readings: ['/;/a', '//a', '/a'] },
  { path: '/a//../b', readings: ['/a//../b', '/a/../b', '/a/b', '/b'] },
  { path: '/../../a', readings: ['/../../a', '/a'] },
]

const none = [
  '',
  '*',
  'a',
  'http://x/',
  '/a#b',
  '/a/..;/b',
  '/a/..;x=1/b',
  '/%2e%2e;/b',
  '/a%2f..;/b',
]

describe('pathReadings()', () => {
  for (const path of plain) {
    it(`reads ${path} in one way, without its query`, () => {
      assert.deepEqual(pathReadings(path), [path.split('?', 1)[0]])
    })
  }
  for (const { path, readings } of several) {
    it(`reads ${path} as ${readings.length}`, () => {
      assert.deepEqual(new Set(pathReadings(path)), new Set(readings))
    })
  }
  for (const path of none) {
    it(`refuses ${JSON.stringify(path)}`, () => assert.equal(pathReadings(path), undefined))
  }

  it('refuses a long path with escapes, and takes a long one without', () => {
    assert.equal(pathReadings(`/${'%2e'.repeat(4000)}`), undefined)
    assert.equal(pathReadings(`/${'e'.repeat(40_000)}`)?.length, 1)
  })

  it('has the path itself first, and every resolved reading among them', () => {
    const piece = fc.constantFrom('a', '.', '..', '/', '//', '%2e', '%2F', '%5c', '\\', '%61', 'b')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const path = `/${pieces.join('')}`
        const readings = pathReadings(path)
        assert.equal(readings?.[0], path)
        assert.ok(readings.some((reading) => !/\/\/|\\|\/\.{1,2}(\/|$)|%2f|%5c|%2e/i.test(reading)))
      }),
    )
  })
})
