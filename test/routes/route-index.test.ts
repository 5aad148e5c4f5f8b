import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { RouteMatch } from '../../src/config/types.ts'
import { compileHostPattern, compilePathPattern } from '../../src/routes/pattern.ts'
import { indexRoutes } from '../../src/routes/route-index.ts'

const patterns = ['/*', '/a*', '/a', '/a/', '/a/*', '/a/b', '/a/b*', '/{x}', '/a/{x}/*', '/a/{x}/b']
const paths = [
  '/',
  '/a',
  '/a/',
  '/ab',
  '/a/b',
  '/a/b/',
  '/a/bc',
  '/a/x/b',
  '/a/x/c',
  '/x',
  '//',
  '/b/a',
]
const hostPatterns = ['a.com', 'b.com', '{x}.com', '{x}-{y}.com']
const hosts = ['a.com', 'b.com', 'c-d.com', 'com', 'a.b.com']

const match: fc.Arbitrary<RouteMatch> = fc.record({
  paths: fc.option(fc.subarray(patterns, { minLength: 1 }), { nil: undefined }),
  hosts: fc.option(fc.subarray(hostPatterns, { minLength: 1 }), { nil: undefined }),
  methods: fc.constant(undefined),
})
const routes = fc.array(fc.array(match, { minLength: 1, maxLength: 2 }), { maxLength: 8 })

function fits({ hosts: byHost, paths: byPath }: RouteMatch, host: string, path: string): boolean {
  const isHost = byHost?.some((pattern) => compileHostPattern(pattern)(host).length > 0) ?? true
  const isPath = byPath?.some((pattern) => compilePathPattern(pattern)(path).length > 0) ?? true
  return isHost && isPath
}

describe('indexRoutes()', () => {
  it('has every route that matches among its candidates, in order', () => {
    fc.assert(
      fc.property(
        routes,
        fc.constantFrom(...hosts),
        fc.constantFrom(...paths),
        (all, host, path) => {
          const found = indexRoutes(all)(host, path)
          const matching = [...all.entries()]
            .filter(([, alternatives]) => alternatives.some((one) => fits(one, host, path)))
            .map(([position]) => position)
          assert.deepEqual(
            found.filter((position) => matching.includes(position)),
            matching,
          )
          assert.deepEqual(
            found,
            [...new Set(found)].toSorted((a, b) => a - b),
          )
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('tries few of many', () => {
    const all = Array.from({ length: 1000 }, (_, index) => [
      { paths: [`/team-${index}/*`], hosts: undefined, methods: undefined },
    ])
    assert.deepEqual(indexRoutes(all)('a.com', '/team-999/x'), [999])
  })
})
