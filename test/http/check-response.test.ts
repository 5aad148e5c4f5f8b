import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { textOf } from '../../src/byte-string.ts'
import type { Allow, Decision } from '../../src/decision.ts'
import type { HeaderLine } from '../../src/headers/changes.ts'
import { type EncodedDecision, encodeDecision } from '../../src/http/check-response.ts'
import { allow, reply } from '../support/check-servers.ts'

const nothingShown = new Map<string, string>()

function encode(decision: Decision): Extract<EncodedDecision, { kind: 'encoded' }> {
  const encoded = encodeDecision(decision, nothingShown)
  assert.equal(encoded.kind, 'encoded')
  return encoded
}

/** The header lines of the response, as the one who reads UTF-8 sees them. */
function linesOf(decision: Decision): [string, string][] {
  const { headers } = encode(decision)
  return Array.from({ length: headers.length / 2 }, (_, n) => [
    headers[2 * n] ?? '',
    textOf(headers[2 * n + 1] ?? ''),
  ])
}

describe('encodeDecision() of an allow', () => {
  it('is 200, with each line as a line, in order, and removals as a list', () => {
    const decision = allow(
      {
        set: [['impersonate-user', 'jürgen']],
        append: [
          ['impersonate-group', 'b,c'],
          ['impersonate-group', 'a'],
          ['impersonate-group', 'b,c'],
        ],
        remove: ['impersonate-uid', 'x-remote-user'],
      },
      [
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
    )
    const { status, body } = encode(decision)
    assert.deepEqual([status, body], [200, ''])
    assert.deepEqual(linesOf(decision), [
      ['content-length', '0'],
      ['impersonate-user', 'jürgen'],
      ['impersonate-group', 'b,c'],
      ['impersonate-group', 'a'],
      ['impersonate-group', 'b,c'],
      ['x-envoy-auth-headers-to-remove', 'impersonate-uid,x-remote-user'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['x-attache-decision', 'test'],
    ])
  })

  it('is a bare 200 when nothing changes', () => {
    assert.deepEqual(linesOf(allow({})), [
      ['content-length', '0'],
      ['x-attache-decision', 'test'],
    ])
  })

  it('encodes the same changes once, and each decision with its own lines', () => {
    const first = allow({ set: [['a', 'b']] }, [['set-cookie', 'a=1']])
    assert.equal(linesOf(first).length, 4)
    const again: Allow = { ...first, id: 'another', downstream: [] }
    assert.deepEqual(linesOf(again), [
      ['content-length', '0'],
      ['a', 'b'],
      ['x-attache-decision', 'another'],
    ])
  })

  it('is refused when the client’s own lines would stay before those that are appended', () => {
    const decision = allow({ append: [['impersonate-group', 'dev']] })
    const shown = new Map([['impersonate-group', 'system:masters']])
    assert.deepEqual(encodeDecision(decision, shown), {
      kind: 'unencodable',
      reason: 'client-impersonation',
      detail:
        'the client\'s own "impersonate-group" would stay: Envoy lacks the pre-filter that takes it out',
    })
    assert.equal(encodeDecision(decision, nothingShown).kind, 'encoded')
  })

  it('replaces the client’s own lines of a name that is set', () => {
    const decision = allow({ set: [['impersonate-user', 'alice']] })
    const shown = new Map([['impersonate-user', 'root']])
    assert.equal(encodeDecision(decision, shown).kind, 'encoded')
  })

  const refused: { what: string; decision: Decision }[] = [
    { what: 'a line break in a set value', decision: allow({ set: [['a', 'b\r\nc: d']] }) },
    { what: 'a NUL in an appended value', decision: allow({ append: [['a', 'b\u0000']] }) },
    { what: 'an empty set value', decision: allow({ set: [['a', '']] }) },
    { what: 'a removal that is a list', decision: allow({ remove: ['a,b'] }) },
    { what: 'a length of its own', decision: allow({ set: [['content-length', '5']] }) },
    {
      what: 'a removal of its own making',
      decision: allow({ set: [['x-envoy-auth-headers-to-remove', 'impersonate-user']] }),
    },
    { what: 'set and remove of one name', decision: allow({ set: [['a', 'b']], remove: ['a'] }) },
    { what: 'a line break to the client', decision: allow({}, [['set-cookie', 'a\r\nb']]) },
    { what: 'a line break in the id', decision: { ...allow({}), id: 'a\r\nb: c' } },
    { what: 'a line break in a denial', decision: reply({ headers: [['location', '/\r\na: b']] }) },
    {
      what: 'a length in a denial',
      decision: reply({ headers: [['content-length', '0']], body: 'x' }),
    },
  ]
  for (const { what, decision } of refused) {
    it(`refuses ${what}, each time`, () => {
      const first = encodeDecision(decision, nothingShown)
      assert.equal(first.kind === 'unencodable' ? first.reason : '', 'unavailable')
      assert.deepEqual(encodeDecision(decision, nothingShown), first)
    })
  }
})

describe('encodeDecision() of a reply', () => {
  const statuses = [
    { status: 200, says: 203 },
    { status: 201, says: 203 },
    { status: 204, says: 203 },
    { status: 302, says: 302 },
    { status: 303, says: 303 },
    { status: 400, says: 400 },
    { status: 401, says: 401 },
    { status: 403, says: 403 },
    { status: 429, says: 429 },
    { status: 500, says: 403 },
    { status: 503, says: 403 },
    { status: 599, says: 403 },
  ]
  for (const { status, says } of statuses) {
    it(`says ${says} for ${status}`, () => assert.equal(encode(reply({ status })).status, says))
  }

  it('is never a yes, a failure or nonsense, whatever the status', () => {
    const anything = fc.oneof(fc.integer(), fc.double(), fc.integer({ min: 0, max: 1000 }))
    fc.assert(
      fc.property(anything, (status) => {
        const said = encode(reply({ status })).status
        assert.ok(said === 203 || (Number.isInteger(said) && said >= 300 && said <= 499))
      }),
    )
  })

  it('keeps Retry-After, two cookies, and counts the body in bytes', () => {
    const headers: HeaderLine[] = [
      ['retry-after', '5'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]
    const decision = reply({ status: 503, headers, body: 'é😀' })
    assert.deepEqual(linesOf(decision), [
      ['content-length', '6'],
      ...headers,
      ['x-attache-decision', 'test'],
    ])
    assert.equal(textOf(encode(decision).body), 'é😀')
  })
})
