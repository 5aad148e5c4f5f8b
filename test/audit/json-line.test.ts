import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AuditEntry } from '../../src/audit/audit-entry.ts'
import { checkInput } from '../support/check-input.ts'
import { authenticated, userInfo } from '../support/user.ts'
import { auditEntry, entryOf, lineOf } from './entries.ts'

type Fields = Readonly<Record<string, unknown>>

const parse: (text: string) => Fields = JSON.parse

function fieldsOf(entry: AuditEntry, trustedHops = 0): Fields {
  return parse(lineOf('json', entry, trustedHops))
}

const alice = userInfo({
  uid: 'u-1',
  groups: ['devs', 'a,b'],
  extra: new Map([['example.com/team', ['blue', 'green']]]),
})

describe('a JSON line', () => {
  it('tells an allowed check with both identities', () => {
    const fields = fieldsOf(
      auditEntry({
        input: checkInput({
          method: 'POST',
          host: 'kubernetes.example.com:443',
          path: '/api/v1/pods?limit=500',
          headers: { 'x-forwarded-for': '6.6.6.6, 10.42.1.3' },
        }),
        verdict: { kind: 'allowed' },
        user: authenticated({ user: alice }),
        upstream: {
          set: [
            ['impersonate-user', 'alice'],
            ['authorization', 'Bearer secret'],
          ],
          append: [['impersonate-group', 'devs']],
          remove: [],
        },
      }),
      1,
    )
    assert.deepEqual(fields, {
      level: 30,
      time: '2026-03-04T05:06:07.089Z',
      audit: true,
      decision: 'id-1',
      verdict: 'allowed',
      source: '127.0.0.1',
      forwardedFor: ['10.42.1.3'],
      method: 'POST',
      host: 'kubernetes.example.com:443',
      path: '/api/v1/pods',
      route: 'routes[0]',
      authenticator: 'jwt',
      inbound: {
        name: 'alice',
        uid: 'u-1',
        groups: ['devs', 'a,b'],
        extra: { 'example.com/team': ['blue', 'green'] },
      },
      outbound: { name: 'alice', uid: '', groups: ['devs'], extra: {} },
      msg: 'audit',
    })
  })

  it('tells a denial with its reason and status, and leaves out what nobody knows', () => {
    const input = checkInput({ source: undefined })
    assert.deepEqual(fieldsOf(auditEntry({ input, route: undefined })), {
      level: 30,
      time: '2026-03-04T05:06:07.089Z',
      audit: true,
      decision: 'id-1',
      verdict: 'denied',
      reason: 'no-credential',
      status: 401,
      method: 'GET',
      host: 'app.example.com',
      path: '/',
      msg: 'audit',
    })
  })

  it('tells whom a denied caller wanted to act as', () => {
    const entry = { ...entryOf({}), actingAs: userInfo({ name: 'root' }) }
    const { outbound } = fieldsOf(entry)
    assert.deepEqual(outbound, { name: 'root', uid: '', groups: [], extra: {} })
  })

  it('tells as whom an allowed caller acts, and not what it asked for', () => {
    const { outbound } = fieldsOf({
      ...entryOf({}),
      verdict: { kind: 'allowed' },
      actingAs: userInfo({ name: 'asked for' }),
      upstream: { set: [['impersonate-user', 'bob']], append: [], remove: [] },
    })
    assert.deepEqual(outbound, { name: 'bob', uid: '', groups: [], extra: {} })
  })

  const texts = [
    'a\nb',
    'a\r\n{"audit":true}',
    '","verdict":"allowed',
    '\\',
    '\u0000\u001b[31m\u007f\u0085\u009b31m',
    'a\u2028b\u2029c',
    '\u202egnp.exe\u2066\u200b\ufeff\u{e0041}',
    '\ud800',
    '\udc00\ud800',
    '😀 ä 群',
    '__proto__',
  ]
  for (const text of texts) {
    it(`gives ${JSON.stringify(text)} back unchanged, in one line without active characters`, () => {
      const extra = new Map([[text, [text]]])
      const line = lineOf('json', entryOf({ name: text, uid: text, groups: [text, text], extra }))
      assert.match(line, /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*\n$/u)
      const { inbound } = parse(line)
      const expected: unknown = JSON.parse(
        `{"name":0,"uid":0,"groups":[0,0],"extra":{${JSON.stringify(text)}:[0]}}`,
        (_, value: unknown) => (value === 0 ? text : value),
      )
      assert.deepEqual(inbound, expected)
    })
  }

  it('has no query and no fragment', () => {
    for (const path of ['/a?code=s', '/a#s', '/a?b#c?d', '/a']) {
      assert.equal(fieldsOf(auditEntry({ input: checkInput({ path }) }))['path'], '/a')
    }
  })

  it('says what it leaves out of a user with 500 groups', () => {
    const groups = Array.from({ length: 500 }, (_, index) => `organisation-group-${index}`)
    const { inbound, omitted } = fieldsOf(entryOf({ groups }))
    assert.deepEqual(inbound, { name: 'alice', uid: '', groups: groups.slice(0, 127), extra: {} })
    assert.deepEqual(omitted, { 'inbound.groups': 373 })
  })

  it('says what it cuts off everywhere else', () => {
    const long = 'x'.repeat(5000)
    const extra = new Map([
      ['a', ['1', long, '2']],
      [long, ['3']],
      ['b', [long]],
      ['c', []],
    ])
    const input = checkInput({ method: long, host: long, path: `/${long}`, source: long })
    const entry = { ...entryOf({ name: long, uid: long, groups: [long, 'g'], extra }), input }
    const { inbound, omitted, method } = fieldsOf(entry)
    assert.equal(method, 'x'.repeat(64))
    assert.deepEqual(inbound, {
      name: 'x'.repeat(512),
      uid: 'x'.repeat(256),
      groups: ['g'],
      extra: { a: ['1', '2'], c: [] },
    })
    assert.deepEqual(omitted, {
      source: 4936,
      method: 4936,
      host: 4744,
      path: 2953,
      'inbound.name': 4488,
      'inbound.uid': 4744,
      'inbound.groups': 1,
      'inbound.extra': 3,
    })
  })

  it('leaves out addresses that find no room', () => {
    const addresses = Array.from({ length: 100 }, (_, index) => `2001:db8:aaaa:bbbb:cccc::${index}`)
    const input = checkInput({ headers: { 'x-forwarded-for': addresses.join(', ') } })
    const { forwardedFor, omitted } = fieldsOf(auditEntry({ input }), 100)
    assert.deepEqual(forwardedFor, addresses.slice(0, 25))
    assert.deepEqual(omitted, { forwardedFor: 75 })
  })
})
