import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileHostPattern, compilePathPattern } from '../../src/routes/pattern.ts'

const paths = [
  { pattern: '/dex/*', text: '/dex/', found: [{}] },
  { pattern: '/dex/*', text: '/dex/a/b', found: [{}] },
  { pattern: '/dex/*', text: '/dex', found: [] },
  { pattern: '/dex/*', text: '/DEX/a', found: [] },
  { pattern: '/api*', text: '/apis', found: [{}] },
  { pattern: '/a', text: '/a/', found: [] },
  { pattern: '/a.c', text: '/abc', found: [] },
  { pattern: '/s/{ns}/{name}/*', text: '/s/team/m/v1/x', found: [{ ns: 'team', name: 'm' }] },
  { pattern: '/s/{ns}/{name}/*', text: '/s/team/m', found: [] },
  { pattern: '/s/{ns}', text: '/s/Team', found: [] },
  { pattern: '/s/{ns}', text: '/s/-team', found: [] },
  { pattern: '/s/{ns}', text: '/s/a%2fb', found: [] },
  { pattern: '/s/{ns}', text: `/s/${'a'.repeat(64)}`, found: [] },
  { pattern: '/s.x/{ns}', text: '/sax/b', found: [] },
]

const badPaths = [
  '',
  'a',
  '/a*b',
  '/{a}b',
  '/{a b}',
  '/{}',
  '/{a}/{a}',
  '//a',
  '/a/../b',
  '/%61',
  '/ü',
  '/a b',
  '/a?b',
  '/a#b',
  '/a%2fb',
  '/a%zz',
  '/{',
]

const hosts = [
  { pattern: 'a.example.com', text: 'a.example.com', found: [{}] },
  { pattern: 'a.example.com', text: 'axexample.com', found: [] },
  { pattern: '{n}.{ns}.example.com', text: 'm.team.example.com', found: [{ n: 'm', ns: 'team' }] },
  { pattern: '{n}.example.com', text: 'a.b.example.com', found: [] },
  { pattern: '{n}-{ns}.example.com', text: 'a-b.example.com', found: [{ n: 'a', ns: 'b' }] },
  {
    pattern: '{n}-{ns}.example.com',
    text: 'a-b-c.example.com',
    found: [
      { n: 'a', ns: 'b-c' },
      { n: 'a-b', ns: 'c' },
    ],
  },
  { pattern: '{n}-{ns}.example.com', text: 'ab.example.com', found: [] },
  { pattern: 'x-{n}.example.com', text: 'x-m.example.com', found: [{ n: 'm' }] },
  { pattern: 'x-{n}.example.com', text: 'x-.example.com', found: [] },
]

const badHosts = [
  '',
  'A.com',
  'a.com:80',
  '*.com',
  'a..b',
  '{a}{b}.com',
  '{a}-{b}-{c}.com',
  '{a}.{a}',
  '{a.com',
  'a b',
]

describe('compilePathPattern()', () => {
  for (const { pattern, text, found } of paths) {
    it(`finds ${JSON.stringify(found)} for ${pattern} in ${text}`, () => {
      assert.deepEqual(compilePathPattern(pattern)(text), found)
    })
  }
  for (const pattern of badPaths) {
    it(`refuses ${JSON.stringify(pattern)}`, () => {
      assert.throws(() => compilePathPattern(pattern), SyntaxError)
    })
  }
})

describe('compileHostPattern()', () => {
  for (const { pattern, text, found } of hosts) {
    it(`finds ${JSON.stringify(found)} for ${pattern} in ${text}`, () => {
      assert.deepEqual(compileHostPattern(pattern)(text), found)
    })
  }
  for (const pattern of badHosts) {
    it(`refuses ${JSON.stringify(pattern)}`, () => {
      assert.throws(() => compileHostPattern(pattern), SyntaxError)
    })
  }
})
