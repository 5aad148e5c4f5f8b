import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { extraKeyFault } from '../../src/config/extra-key.ts'

/** 253 characters; labels of a subdomain may be longer than those of DNS. */
const longDomain = 'a'.repeat(253)

describe('extraKeyFault()', () => {
  const good = [
    'example.com/a',
    'a/b',
    '1/b',
    'a-b.c--d/e',
    'example.com/a/b//',
    "example.com/-._~%zz!$&'()*+,;=:",
    'notk8s.io/a',
    'k8s.io.example.com/a',
    'kubernetes.io.example/a',
    `${longDomain}/a`,
  ]
  for (const key of good) {
    it(`takes ${key.slice(0, 60)}`, () => {
      assert.equal(extraKeyFault(key), undefined)
    })
  }

  const bad = [
    ['', /is missing/],
    ['a', /must be a domain, "\/" and a path/],
    ['/', /must be a domain, "\/" and a path/],
    ['/a', /must be a domain, "\/" and a path/],
    ['example.com/', /must be a domain, "\/" and a path/],
    ['Example.com/a', /must begin with a domain/],
    ['-a/b', /must begin with a domain/],
    ['a-/b', /must begin with a domain/],
    ['a..b/c', /must begin with a domain/],
    ['.a/b', /must begin with a domain/],
    ['a./b', /must begin with a domain/],
    ['a_b/c', /must begin with a domain/],
    ['a b/c', /must begin with a domain/],
    ['bücher.example/a', /must begin with a domain/],
    [`${longDomain}a/b`, /253 characters/],
    ['a/b c', /characters of a path/],
    ['a/b@c', /characters of a path/],
    ['a/b?', /characters of a path/],
    ['a/ü', /characters of a path/],
    ['a/b\n', /characters of a path/],
    ['example.com/A', /must be lower-case/],
    ['k8s.io/a', /reserved/],
    ['x.k8s.io/a', /reserved/],
    ['kubernetes.io/a', /reserved/],
    ['authentication.kubernetes.io/credential-id', /reserved/],
  ] as const
  for (const [key, expected] of bad) {
    it(`refuses ${JSON.stringify(key.slice(0, 60))}`, () => {
      assert.match(extraKeyFault(key) ?? '', expected)
    })
  }
})
