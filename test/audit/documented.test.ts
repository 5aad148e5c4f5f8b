import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { type AuditEntry, maxBytes } from '../../src/audit/audit-entry.ts'
import { auditFormats } from '../../src/audit/audit-log.ts'
import { notYet } from '../../src/config/not-yet.ts'
import type { HeaderChanges } from '../../src/headers/changes.ts'
import { impersonation } from '../../src/headers/impersonation.ts'
import type { UserInfo } from '../../src/user.ts'
import { checkInput } from '../support/check-input.ts'
import { authenticated, userInfo } from '../support/user.ts'
import { auditEntry, entryOf, lineOf } from './entries.ts'

const text = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8')

const alice = userInfo({
  name: 'alice@example.com',
  uid: 'u-1',
  groups: ['devs', 'on-call'],
  extra: new Map([['authentication.kubernetes.io/credential-id', ['JTI=77c5']]]),
})
const bob = userInfo({
  name: 'bob',
  groups: ['ops'],
  extra: new Map([['originaluser.attache.io/user', ['alice@example.com']]]),
})
const request: Partial<AuditEntry> = {
  id: 'V2wx0NYbSkyMbEjQ9Zr3Tg',
  input: checkInput({
    host: 'kubernetes.example.com',
    path: '/api/v1/namespaces/shop/pods?limit=500',
    source: '10.42.0.5',
    headers: { 'x-forwarded-for': '6.6.6.6, 10.42.1.3' },
  }),
}
const allowed: Partial<AuditEntry> = {
  ...request,
  verdict: { kind: 'allowed' },
  user: authenticated({ user: alice }),
}

/** What goes upstream for a user, as it really does. */
function sentAs(user: UserInfo): HeaderChanges {
  const headers = impersonation(authenticated({ user }), {
    systemIdentities: 'allow',
    originalUserExtra: 'off',
    maxHeaderLines: 600,
    maxHeaderBytes: 49_152,
  })
  return headers.kind === 'headers'
    ? { set: headers.set, append: headers.append, remove: [] }
    : { set: [], append: [], remove: [] }
}

const documented: Readonly<Record<string, AuditEntry>> = {
  allowed: auditEntry({ ...allowed, upstream: sentAs(alice) }),
  'as somebody else': auditEntry({ ...allowed, upstream: sentAs(bob), actingAs: bob }),
  denied: auditEntry({
    ...request,
    verdict: { kind: 'denied', reason: 'credential-expired', status: 401 },
  }),
}

/** The block of the page that stands below its name. */
function example(name: string): string | undefined {
  const [, after = ''] = text.split(`<!-- ${name} -->\n`)
  return /^```\w*\n([^]*?)```$/m.exec(after)?.[1]
}

describe('docs/audit.md', () => {
  for (const format of auditFormats) {
    for (const [what, entry] of Object.entries(documented)) {
      it(`shows what ${format} prints of a check: ${what}`, () => {
        assert.equal(example(`${format}: ${what}`), lineOf(format, entry, 1))
      })
    }
  }

  it('says whether the configuration knows it yet', () => {
    const isToCome = notYet.some(({ path }) => path === 'audit')
    assert.equal(text.includes('is not available yet'), isToCome)
  })

  it('has every field of a JSON line, and no other', () => {
    const whole = { ...entryOf({ name: 'x'.repeat(999) }), ...request, actingAs: bob }
    const parse: (line: string) => object = JSON.parse
    const fields = Object.keys(parse(lineOf('json', auditEntry(whole), 1)))
    const [, table = ''] = text.split('| field | | when |\n')
    const rows = table.split('\n\n')[0]?.split('\n').slice(1) ?? []
    const named = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, field]) => field),
    )
    assert.deepEqual(named, fields)
  })

  it('tells how users with many groups are cut', () => {
    const groups = Array.from({ length: 500 }, (_, index) => `organisation-group-${index}`)
    const entry = entryOf({ groups })
    const both = { ...entry, actingAs: userInfo({ groups }) }
    const end = '"omitted":{"inbound.groups":373,"outbound.groups":373},"msg":"audit"}'
    assert.ok(lineOf('json', both).endsWith(`${end}\n`))
    assert.ok(text.includes(`    ${end}\n`))
    assert.ok(lineOf('authn-lines', entry).endsWith('omitted:[inbound.groups=373]\n'))
    assert.ok(text.includes('`omitted:[inbound.groups=373]`'))
  })

  it('has the bounds', () => {
    const { path, host, method, source, forwardedFor, name, uid, groups, extra } = maxBytes
    const flat = text.replaceAll(/\s+/g, ' ')
    assert.equal(method, source)
    assert.ok(flat.includes(`path or URI ${path}, host ${host}, method and source ${method}`))
    assert.ok(flat.includes(`\`X-Forwarded-For\` ${forwardedFor}; of a user the name ${name}`))
    assert.ok(flat.includes(`uid ${uid}, groups ${groups} together, extra ${extra} together`))
  })
})
