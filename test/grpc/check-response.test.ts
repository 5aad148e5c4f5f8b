import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { Allow, Decision, Reply } from '../../src/decision.ts'
import { encodeDecision } from '../../src/grpc/check-response.ts'
import type { HeaderLine } from '../../src/headers/changes.ts'
import { allow, reply } from '../support/check-servers.ts'
import { decodeResponse, type ReferenceOption, type ReferenceResponse } from './reference.ts'

function encode(decision: Decision): ReferenceResponse {
  const encoded = encodeDecision(decision)
  assert.equal(encoded.kind, 'encoded')
  return decodeResponse(encoded.message)
}

function upstream([key, value]: HeaderLine): ReferenceOption {
  return { header: { key, value }, append: {}, append_action: 2 }
}

const decisionOption: ReferenceOption = {
  header: { key: 'x-attache-decision', value: 'test' },
  append_action: 2,
}

const name = fc.stringMatching(/^x-[a-z0-9!#$%&'*+.^_`|~-]{1,20}$/)
const value = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((text) => /^[^\u0000-\u001f\u007f]+$/.test(text) && text.trim() === text)
const line = fc.tuple(name, value)
const lines = fc.array(line, { maxLength: 5 })

/** As the library shows a list: not at all when it is empty. */
function list<K extends string, T>(
  key: K,
  values: readonly T[],
): { readonly [P in K]?: readonly T[] } {
  return values.length === 0 ? {} : ({ [key]: values } as { readonly [P in K]: readonly T[] })
}

describe('encodeDecision() of an allow', () => {
  it('writes what a general library reads', () => {
    const distinct = fc.uniqueArray(line, { selector: ([key]) => key, maxLength: 12 })
    fc.assert(
      fc.property(distinct, fc.nat(12), lines, (all, cut, downstream) => {
        const set = all.slice(0, cut)
        const remove = all.slice(cut).map(([key]) => key)
        const response = encode(allow({ set, remove }, downstream))
        assert.deepEqual(response, {
          status: {},
          ok_response: {
            ...list('headers', set.map(upstream)),
            ...list('headers_to_remove', remove),
            response_headers_to_add: [
              ...downstream.map(([key, text]) => ({ header: { key, value: text } })),
              decisionOption,
            ],
          },
        })
      }),
    )
  })

  it('hands lines to append to the appender, in order, and takes the client’s own away', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (append) => {
        const response = encode(allow({ append }))
        assert.deepEqual(response.ok_response?.headers_to_remove, [
          ...new Set(append.map(([key]) => key)),
        ])
        const values = response.dynamic_metadata?.fields['headers_to_append']?.listValue?.values
        const seen = values?.map(({ structValue }) => [
          structValue?.fields['name']?.stringValue,
          structValue?.fields['value']?.stringValue,
        ])
        assert.deepEqual(seen, append)
      }),
    )
  })

  it('has a status of its own and is never empty', () => {
    assert.deepEqual(encode(allow({})), {
      status: {},
      ok_response: { response_headers_to_add: [decisionOption] },
    })
  })

  it('leaves metadata alone when there is nothing to append', () => {
    assert.equal(encode(allow({ set: [['a', 'b']] })).dynamic_metadata, undefined)
  })

  it('encodes the same changes once, and each decision with its own id', () => {
    const first = allow({ set: [['a', 'ü']], append: [['b', 'c']] })
    const ids = ['short', 'an-id-of-another-length', '22_characters_of_base64']
    for (const id of ids) {
      const again: Allow = { ...first, id }
      const options = encode(again).ok_response?.response_headers_to_add
      assert.deepEqual(options, [
        { ...decisionOption, header: { key: 'x-attache-decision', value: id } },
      ])
      const fresh: Allow = { ...again, upstream: { ...first.upstream } }
      assert.deepEqual(encodeDecision(again), encodeDecision(fresh))
    }
  })

  it('carries 500 groups', () => {
    const append = Array.from(
      { length: 500 },
      (_, n): HeaderLine => ['impersonate-group', `g,${n}`],
    )
    const fields = encode(allow({ append })).dynamic_metadata?.fields
    assert.equal(fields?.['headers_to_append']?.listValue?.values.length, 500)
  })

  const refused: { what: string; decision: Decision }[] = [
    { what: 'a line break in a set value', decision: allow({ set: [['a', 'b\r\nc: d']] }) },
    { what: 'a NUL in an appended value', decision: allow({ append: [['a', 'b\u0000']] }) },
    { what: 'an empty set value', decision: allow({ set: [['a', '']] }) },
    { what: 'a name that is none', decision: allow({ remove: ['a b'] }) },
    { what: 'a pseudo header', decision: allow({ set: [[':path', '/']] }) },
    { what: 'a hop header', decision: allow({ set: [['transfer-encoding', 'chunked']] }) },
    { what: 'set and remove of one name', decision: allow({ set: [['a', 'b']], remove: ['a'] }) },
    { what: 'a line break to the client', decision: allow({}, [['set-cookie', 'a\r\nb']]) },
    { what: 'a line break in the id', decision: { ...allow({}), id: 'a\r\nb: c' } },
    { what: 'a line break in a denial', decision: reply({ headers: [['location', '/\r\na: b']] }) },
  ]
  for (const { what, decision } of refused) {
    it(`refuses ${what}, each time`, () => {
      assert.equal(encodeDecision(decision).kind, 'unencodable')
      assert.equal(encodeDecision(decision).kind, 'unencodable')
    })
  }
})

describe('encodeDecision() of a reply', () => {
  it('writes what a general library reads', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        lines,
        fc.string({ unit: 'grapheme' }),
        (status, headers, body) => {
          const response = encode(reply({ status, headers, body }))
          assert.deepEqual(response.denied_response, {
            status: { code: status },
            headers: [
              ...headers.map(([key, text]) => ({ header: { key, value: text } })),
              decisionOption,
            ],
            ...(body === '' ? {} : { body }),
          })
          assert.notEqual(response.status?.code ?? 0, 0)
          assert.equal(response.ok_response, undefined)
        },
      ),
    )
  })

  const codes = [
    { status: 400, code: 3 },
    { status: 401, code: 16 },
    { status: 302, code: 16 },
    { status: 403, code: 7 },
    { status: 503, code: 14 },
    { status: 200, code: 7 },
    { status: 303, code: 7 },
    { status: 429, code: 7 },
    { status: 500, code: 7 },
  ]
  for (const { status, code } of codes) {
    it(`says code ${code} for ${status}`, () => {
      const response = encode(reply({ status }))
      assert.equal(response.status?.code, code)
      assert.equal(response.denied_response?.status.code, status)
    })
  }

  for (const status of [0, -1, 100, 199, 600, 1e9, 200.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`makes 403 of the status ${status}, which is none`, () => {
      const response = encode(reply({ status }))
      assert.equal(response.status?.code, 7)
      assert.equal(response.denied_response?.status.code, 403)
    })
  }

  it('keeps two cookies, and says location and content-type once', () => {
    const headers: HeaderLine[] = [
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['location', '/x'],
      ['content-type', 'text/html'],
    ]
    const parts: Partial<Reply> = { status: 302, headers }
    assert.deepEqual(encode(reply(parts)).denied_response?.headers, [
      { header: { key: 'set-cookie', value: 'a=1' } },
      { header: { key: 'set-cookie', value: 'b=2' } },
      { header: { key: 'location', value: '/x' }, append_action: 2 },
      { header: { key: 'content-type', value: 'text/html' }, append_action: 2 },
      decisionOption,
    ])
  })
})
