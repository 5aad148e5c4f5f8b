import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AuditEntry } from '../../src/audit/audit-entry.ts'
import { auditFormats, createAuditLog } from '../../src/audit/audit-log.ts'
import type { HeaderLine } from '../../src/headers/changes.ts'
import { checkInput } from '../support/check-input.ts'
import { authenticated, idToken, userInfo } from '../support/user.ts'
import { auditEntry, lineOf, nowMs } from './entries.ts'

/** Numbers that look random and are the same in each run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const pieces = ['a', 'é', '群', '😀', '\ud800', '\udfff', '"', '\\', ']', '|', '/', ' / ', '%', '=']
  .concat([
    '\n',
    '\r',
    '\u0000',
    '\u001b[0m',
    '\u0085',
    '\u2028',
    '\u202e',
    ' outbound:[',
    '{',
    ',',
  ])
  .concat(['x'.repeat(300), '群'.repeat(200), '\u0001'.repeat(700), 'g'.repeat(20_000)])

/** A hostile entry: every text that somebody else chose is made of the pieces. */
function hostileEntry(random: () => number): AuditEntry {
  const pick = (limit: number): number => Math.floor(random() * limit)
  const text = (): string =>
    Array.from({ length: pick(5) }, () => pieces[pick(pieces.length)]).join('')
  const list = (): readonly string[] => Array.from({ length: pick(4) ** pick(5) }, text)
  const user = () =>
    userInfo({
      name: text(),
      uid: text(),
      groups: list(),
      extra: new Map(list().map((key) => [key, list().slice(0, 9)])),
    })
  const append = user().groups.map((group): HeaderLine => ['impersonate-group', group])
  return auditEntry({
    input: checkInput({
      method: text(),
      host: text(),
      path: text(),
      source: text(),
      headers: { 'x-forwarded-for': `${text()}, ::1`.repeat(pick(50)) },
    }),
    user: authenticated({ user: user() }),
    actingAs: pick(2) === 0 ? user() : undefined,
    upstream:
      pick(2) === 0 ? { set: [['impersonate-user', text()]], append, remove: [] } : undefined,
  })
}

/** Marked secrets wherever an entry has some that no line may tell. */
function entryWithSecrets(canary: (name: string) => string): AuditEntry {
  const headers = {
    authorization: `Bearer ${canary('token')}`,
    cookie: `__Host-attache=${canary('session')}; other=${canary('cookie')}`,
    'x-forwarded-for': `${canary('made-up')}, 10.0.0.1, ${canary('hop')}`,
    'x-forwarded-client-cert': canary('certificate'),
    'sec-websocket-protocol': `base64url.bearer.authorization.k8s.io.${canary('protocol')}`,
    'x-attache-caller': canary('caller'),
    'impersonate-user': canary('client'),
    'user-agent': canary('agent'),
    referer: `https://app.example.com/cb?code=${canary('referer')}`,
  }
  const path = `/a;token=${canary('matrix')}/cb?code=${canary('code')}&state=${canary('state')}&x=1;password=${canary('password')}&rd=%2Fcb%3Fid_token%3D${canary('nested')}#access_token=${canary('fragment')}`
  return auditEntry({
    input: checkInput({
      path,
      host: `u:${canary('user-info')}@app.example.com`,
      headers,
      certificate: canary('certificate'),
    }),
    verdict: { kind: 'allowed' },
    user: authenticated({ idToken: idToken(canary('id-token')), email: canary('email') }),
    upstream: {
      set: [
        ['impersonate-user', 'alice'],
        ['authorization', `Bearer ${canary('own')}`],
        ['cookie', canary('others')],
        ['x-id-token', canary('sent')],
      ],
      append: [['authorization', `Bearer ${canary('appended')}`]],
      remove: [],
    },
  })
}

function fail(): never {
  throw new RangeError('full')
}

for (const format of auditFormats) {
  describe(`createAuditLog() with format ${format}`, () => {
    it('writes one whole line before it returns', () => {
      const lines: string[] = []
      const log = createAuditLog({
        format,
        write: (line) => void lines.push(line),
        now: () => nowMs,
        trustedHops: 0,
        plainHeaders: [],
      })
      log.record(auditEntry())
      log.record(auditEntry())
      assert.equal(lines.length, 2)
      for (const line of lines) assert.match(line, /^[^\n]+\n$/)
    })

    it('throws what the stream throws, so that nobody believes it written', () => {
      const log = createAuditLog({
        format,
        write: fail,
        now: () => 0,
        trustedHops: 0,
        plainHeaders: [],
      })
      assert.throws(() => log.record(auditEntry()), RangeError)
    })

    it('tells the same user in the same way twice, and a changed one anew', () => {
      const user = authenticated({ user: userInfo({ groups: ['devs'] }) })
      const first = lineOf(format, auditEntry({ user }))
      assert.equal(lineOf(format, auditEntry({ user })), first)
      const other = authenticated({ user: userInfo({ groups: ['ops'] }) })
      assert.equal(lineOf(format, auditEntry({ user: other })), first.replace('devs', 'ops'))
    })

    it('holds no secret', () => {
      const line = lineOf(
        format,
        entryWithSecrets((name) => `canary-${name}-s3cr3t`),
        2,
      )
      assert.doesNotMatch(line, /canary|s3cr3t/)
      const jwts = entryWithSecrets((name) => `eyJhbGciOiJub25lIn0.${name}.c2ln`)
      assert.doesNotMatch(lineOf(format, jwts, 2), /eyJ/)
    })

    it('stays one line of less than 16 KiB whatever it is told', () => {
      const random = createRandom(7)
      for (let round = 0; round < 1000; round += 1) {
        const line = lineOf(format, hostileEntry(random), 60)
        assert.match(line, /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*\n$/u)
        assert.ok(Buffer.byteLength(line) < 16_384, `${Buffer.byteLength(line)} bytes`)
      }
    })

    it('stays below 16 KiB when each part is as long as it may be', () => {
      const long = '\u0001'.repeat(5000)
      const many = Array.from({ length: 3000 }, () => 'g')
      const whole = userInfo({
        name: long,
        uid: long,
        groups: many,
        extra: new Map(many.map((value, index) => [`${value}${index}`, [value]])),
      })
      const address = 'aaaa:bbbb:cccc:dddd:eeee:ffff:255.255.255.255'
      const entry = auditEntry({
        id: 'i'.repeat(22),
        input: checkInput({
          method: long,
          host: long,
          path: `/${'群'.repeat(3000)}`,
          source: long,
          headers: { 'x-forwarded-for': Array.from({ length: 100 }, () => address).join() },
        }),
        verdict: { kind: 'denied', reason: 'credential-untrusted', status: 401 },
        user: authenticated({ user: whole, authenticator: 'client-certificate' }),
        actingAs: userInfo({ ...whole }),
        route: 'routes[9999]',
      })
      assert.ok(Buffer.byteLength(lineOf(format, entry, 100)) < 16_384)
    })
  })
}
