import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AuditEntry } from '../../src/audit/audit-entry.ts'
import { checkInput } from '../support/check-input.ts'
import { authenticated, userInfo } from '../support/user.ts'
import { auditEntry, entryOf, lineOf } from './entries.ts'

const time = '[2026-03-04T05:06:07+0000]'
const headers = { 'x-forwarded-for': '6.6.6.6, 10.42.1.3, 10.42.0.5' }
const input = checkInput({ source: '10.42.0.5', path: '/api/v1/pods?limit=500', headers })
const admin = authenticated({
  user: userInfo({ name: 'mlbadmin1', groups: ['system:masters', 'a'] }),
})
const bob = userInfo({ name: 'bob', groups: ['group2'] })
const asBob = {
  set: [
    ['impersonate-user', 'bob'],
    ['authorization', 'Bearer secret'],
  ],
  append: [
    ['impersonate-group', 'group2'],
    ['impersonate-extra-originaluser.attache.io%2fuser', 'mlbadmin1'],
  ],
  remove: [],
} as const
const allowed = { kind: 'allowed' } as const

const cases: readonly {
  readonly what: string
  readonly entry: AuditEntry
  readonly line: string
}[] = [
  {
    what: 'a success',
    entry: auditEntry({ input, verdict: allowed, user: admin, upstream: asBob }),
    line: 'AuSuccess src:[10.42.0.5 / 10.42.1.3, 10.42.0.5] URI:/api/v1/pods?limit=500 inbound:[mlbadmin1 / system:masters|a /]',
  },
  {
    what: 'a success as somebody else',
    entry: auditEntry({ input, verdict: allowed, user: admin, upstream: asBob, actingAs: bob }),
    line: 'AuSuccess src:[10.42.0.5 / 10.42.1.3, 10.42.0.5] URI:/api/v1/pods?limit=500 inbound:[mlbadmin1 / system:masters|a /] outbound:[bob / group2 / originaluser.attache.io%2Fuser=mlbadmin1 ]',
  },
  {
    what: 'a failure',
    entry: auditEntry({ input }),
    line: 'AuFail src:[10.42.0.5 / 10.42.1.3, 10.42.0.5] URI:/api/v1/pods?limit=500',
  },
  {
    what: 'a failure of somebody who is known',
    entry: auditEntry({ input, user: admin, actingAs: bob }),
    line: 'AuFail src:[10.42.0.5 / 10.42.1.3, 10.42.0.5] URI:/api/v1/pods?limit=500 inbound:[mlbadmin1 / system:masters|a /] outbound:[bob / group2 /]',
  },
  {
    what: 'a success of nobody, on a public route',
    entry: auditEntry({ verdict: allowed, upstream: { set: [], append: [], remove: [] } }),
    line: 'AuSuccess src:[127.0.0.1 / ] URI:/',
  },
  {
    what: 'a request whose source Envoy does not say',
    entry: auditEntry({ input: checkInput({ source: undefined }) }),
    line: 'AuFail src:[ / ] URI:/',
  },
  {
    what: 'a query with secrets',
    entry: auditEntry({ input: checkInput({ path: '/cb?code=S3&x=1' }) }),
    line: 'AuFail src:[127.0.0.1 / ] URI:/cb?code=REDACTED&x=1',
  },
  {
    what: 'extras',
    entry: entryOf({
      extra: new Map([
        ['a.b/c', ['1', '2']],
        ['d', ['x=y z']],
        ['e=f g', []],
      ]),
    }),
    line: 'AuFail src:[127.0.0.1 / ] URI:/ inbound:[alice /  / a.b%2Fc=1|2 d=x=y%20z e%3Df%20g= ]',
  },
]

/** Another reading of the format than the one that writes it. */
const form =
  /^\[[^\]\s]+\] Au(?:Success|Fail) src:\[[^\]]*\] URI:\S*(?: inbound:\[(?<name>[^\]/]*) \/ (?<groups>[^\]/]*) \/(?: (?<extra>[^\]/]*))?\])?(?: outbound:\[[^\]]*\])?(?: omitted:\[[^\]]*\])?\n$/

describe('an authn line', () => {
  for (const { what, entry, line } of cases) {
    it(`tells ${what}`, () => {
      assert.equal(lineOf('authn-lines', entry, 2), `${time} ${line}\n`)
    })
  }

  const texts = [
    'a] outbound:[root / system:masters /',
    'a outbound:[root omitted:[x',
    'a | b',
    'a / b',
    '%5D',
    'a\n[2026-03-04T05:06:07+0000] AuSuccess',
    '\u0000\u001b[31m\u007f\u0085\u009b',
    'a\u2028b\u2029c\u202ed\ufeff',
    '😀 ä 群',
    ' ',
  ]
  for (const text of texts) {
    it(`gives ${JSON.stringify(text)} back, in one line without active characters`, () => {
      const extra = new Map([[text, [text, text]]])
      const line = lineOf('authn-lines', entryOf({ name: text, groups: [text, text], extra }))
      assert.match(line, /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*\n$/u)
      // However a reader looks for the beginning of a field.
      assert.deepEqual(line.match(/\w+:\[/g), ['src:[', 'inbound:['])
      const groups = form.exec(line)?.groups ?? {}
      assert.equal(decodeURIComponent(groups['name'] ?? ''), text)
      assert.deepEqual(groups['groups']?.split('|').map(decodeURIComponent), [text, text])
      const [, key = '', values = ''] = /^([^= ]*)=([^ ]*) $/.exec(groups['extra'] ?? '') ?? []
      assert.equal(decodeURIComponent(key), text)
      assert.deepEqual(values.split('|').map(decodeURIComponent), [text, text])
    })
  }

  it('writes U+FFFD for a lone surrogate', () => {
    assert.match(lineOf('authn-lines', entryOf({ name: '\ud800x' })), / inbound:\[%EF%BF%BDx \/ /)
  })

  it('keeps escapes of a target, and adds them for what would end it', () => {
    const path = '/a%20b?x=%5D]|/ inbound:[root / system:masters /]\n\u0085\u2028\u3000\ud800'
    const line = lineOf('authn-lines', auditEntry({ input: checkInput({ path }) }))
    assert.equal(
      line,
      `${time} AuFail src:[127.0.0.1 / ] URI:/a%20b?x=%5D]|/%20inbound:[root%20/%20system:masters%20/]%0A%C2%85%E2%80%A8%E3%80%80%EF%BF%BD\n`,
    )
  })

  it('says what it leaves out', () => {
    const groups = Array.from({ length: 500 }, (_, index) => `organisation-group-${index}`)
    const path = `/${'x'.repeat(3000)}`
    const entry = { ...entryOf({ groups, uid: 'x'.repeat(3000) }), input: checkInput({ path }) }
    const line = lineOf('authn-lines', entry)
    const told = form.exec(line)?.groups?.['groups']?.split('|')
    assert.deepEqual(told, groups.slice(0, told?.length))
    assert.match(line, /\] omitted:\[URI=953 inbound\.groups=373\]\n$/)
    assert.equal(told?.length, 500 - 373)
  })
})
