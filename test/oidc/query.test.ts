import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { queryOf } from '../../src/oidc/query.ts'

describe('queryOf()', () => {
  const cases: readonly (readonly [path: string, entries: readonly (readonly string[])[]])[] = [
    ['/oauth2/start', []],
    ['/oauth2/start?', []],
    ['/oauth2/start?rd=%2Fa%3Fb%3D1', [['rd', '/a?b=1']]],
    // A second mark is a part of the value.
    ['/oauth2/start?rd=/a?b=1', [['rd', '/a?b=1']]],
    ['/oauth2/start?rd=/a\n?b=1', [['rd', '/a\n?b=1']]],
    [
      '?a=1&a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['', []],
  ]
  for (const [path, entries] of cases) {
    it(`of ${JSON.stringify(path)} is ${JSON.stringify(entries)}`, () => {
      assert.deepEqual([...queryOf(path)], entries)
    })
  }
})
