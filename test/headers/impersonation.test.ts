import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findUnencodable } from '../../src/headers/encodable.ts'
import { encodeExtraKey, impersonation } from '../../src/headers/impersonation.ts'
import type { UserInfo } from '../../src/user.ts'
import { authenticated, userInfo } from '../support/user.ts'

const limits = {
  systemIdentities: 'allow',
  originalUserExtra: 'off',
  maxHeaderLines: 600,
  maxHeaderBytes: 49_152,
} as const
const jti = 'authentication.kubernetes.io/credential-id'

const said: readonly { when: string; user: Partial<UserInfo>; set: unknown; append: unknown }[] = [
  { when: 'nothing but a name', user: {}, set: [['impersonate-user', 'alice']], append: [] },
  {
    when: 'groups with commas, blanks inside and UTF-8, twice the same, in order',
    user: { groups: ['b', 'a,c', 'a d', 'Ärzte', 'b'] },
    set: [['impersonate-user', 'alice']],
    append: ['b', 'a,c', 'a d', 'Ärzte', 'b'].map((group) => ['impersonate-group', group]),
  },
  {
    when: 'uid and extras',
    user: { uid: 'u1', extra: new Map([[jti, ['JTI=1', 'JTI=2']]]) },
    set: [
      ['impersonate-user', 'alice'],
      ['impersonate-uid', 'u1'],
    ],
    append: [
      ['impersonate-extra-authentication.kubernetes.io%2fcredential-id', 'JTI=1'],
      ['impersonate-extra-authentication.kubernetes.io%2fcredential-id', 'JTI=2'],
    ],
  },
  {
    when: 'system:authenticated, which the API server adds itself',
    user: { groups: ['system:authenticated', 'dev'] },
    set: [['impersonate-user', 'alice']],
    append: [['impersonate-group', 'dev']],
  },
  {
    when: 'the shape of a ServiceAccount and no group',
    user: { name: 'system:serviceaccount:ns:sa' },
    set: [['impersonate-user', 'system:serviceaccount:ns:sa']],
    append: [['impersonate-group', 'system:authenticated']],
  },
  {
    when: 'the shape of a ServiceAccount and a group',
    user: { name: 'system:serviceaccount:ns:sa', groups: ['dev'] },
    set: [['impersonate-user', 'system:serviceaccount:ns:sa']],
    append: [['impersonate-group', 'dev']],
  },
  {
    when: 'system:masters, where the API server would believe the token too',
    user: { groups: ['system:masters'] },
    set: [['impersonate-user', 'alice']],
    append: [['impersonate-group', 'system:masters']],
  },
]

const unsayable: readonly Partial<UserInfo>[] = [
  { name: '' },
  { name: ' ' },
  { name: '\t ' },
  { name: '\u00a0' },
  { name: ' alice' },
  { name: 'alice\t' },
  { name: 'alice\r\nImpersonate-Group: system:masters' },
  { name: 'alice\u0000' },
  { name: 'alice\u007f' },
  { name: 'al\ud800ice' },
  { name: 'system:anonymous' },
  { uid: ' 1' },
  { uid: 'a\nb' },
  { groups: ['dev', 'a\r\nb'] },
  { groups: ['dev '] },
  { extra: new Map([['a', ['x\u0001']]]) },
  { extra: new Map([['a', [' x']]]) },
  { extra: new Map([['', ['x']]]) },
]

describe('impersonation()', () => {
  for (const { when, user, set, append } of said) {
    it(`says ${when}`, () => {
      const headers = impersonation(authenticated({ user: userInfo(user) }), limits)
      assert.deepEqual(headers, { kind: 'headers', set, append, omittedGroups: [] })
    })
  }
  for (const user of unsayable) {
    const shown = JSON.stringify({ ...user, extra: user.extra && [...user.extra] })
    it(`refuses ${shown}`, () => {
      const headers = impersonation(authenticated({ user: userInfo(user) }), limits)
      assert.equal(headers.kind === 'refused' && headers.reason, 'identity-unsayable')
    })
  }

  it('refuses what exceeds the number of lines, naming the limit', () => {
    const groups = Array.from({ length: 600 }, (_, index) => `g${index}`)
    const headers = impersonation(authenticated({ user: userInfo({ groups }) }), limits)
    assert.ok(headers.kind === 'refused')
    assert.equal(headers.reason, 'identity-too-large')
    assert.match(headers.detail, /601 header lines, impersonate.maxHeaderLines is 600/)
  })

  it('takes what just fits the number of lines', () => {
    const groups = Array.from({ length: 599 }, (_, index) => `g${index}`)
    assert.equal(
      impersonation(authenticated({ user: userInfo({ groups }) }), limits).kind,
      'headers',
    )
  })

  it('refuses what exceeds the bytes, counted as UTF-8', () => {
    const headers = impersonation(authenticated({ user: userInfo({ groups: ['ä'.repeat(50)] }) }), {
      ...limits,
      maxHeaderBytes: 130,
    })
    assert.ok(headers.kind === 'refused')
    assert.match(headers.detail, /138 header bytes, impersonate.maxHeaderBytes is 130/)
  })

  for (const user of [{ name: 'system:admin' }, { groups: ['dev', 'system:masters'] }]) {
    it(`refuses ${JSON.stringify(user)} where system identities are refused`, () => {
      const headers = impersonation(authenticated({ user: userInfo(user) }), {
        ...limits,
        systemIdentities: 'refuse',
      })
      assert.equal(headers.kind === 'refused' && headers.reason, 'system-identity')
    })
  }
})

/** Why these values of a configured extra go nowhere, or `headers`. */
function refusal(values: readonly string[]): string {
  const configured = new Map([['a/b', values]])
  const headers = impersonation(authenticated(), { ...limits, configured })
  return headers.kind === 'refused' ? headers.reason : headers.kind
}

describe('impersonation() with configured extras', () => {
  const configured = new Map([
    ['example.com/cluster', ['blue', 'b,c']],
    ['example.com/tier', []],
  ])
  const lines = (extra: UserInfo['extra'], acting = {}) => {
    const user = authenticated({ user: userInfo({ extra }), ...acting })
    const headers = impersonation(user, { ...limits, originalUserExtra: 'domain', configured })
    assert.ok(headers.kind === 'headers')
    return headers.append
  }
  const cluster = [
    ['impersonate-extra-example.com%2fcluster', 'blue'],
    ['impersonate-extra-example.com%2fcluster', 'b,c'],
  ]

  it('says them beside the others', () => {
    const others = lines(new Map([['example.com/team', ['x']]]))
    assert.deepEqual(others, [['impersonate-extra-example.com%2fteam', 'x'], ...cluster])
  })

  it('lets no credential say them, in any spelling, not even one that has no value', () => {
    for (const key of ['example.com/cluster', 'Example.com/Cluster', 'example.com/tier']) {
      assert.deepEqual(lines(new Map([[key, ['forged']]])), cluster)
    }
  })

  it('says them of who acts as somebody else, beside who asked', () => {
    const extra = new Map([['example.com/cluster', ['forged']]])
    assert.deepEqual(lines(new Map(), { actingAs: userInfo({ name: 'jane', extra }) }), [
      ['impersonate-extra-originaluser.attache.io%2fuser', 'alice'],
      ...cluster,
    ])
  })

  it('counts them, and refuses what no header can say', () => {
    const many = Array.from({ length: 600 }, (_, index) => `v${index}`)
    assert.equal(refusal(many), 'identity-too-large')
    assert.equal(refusal(many.slice(1)), 'headers')
    assert.equal(refusal(['a'.repeat(50_000)]), 'identity-too-large')
    for (const value of ['a\r\nimpersonate-group: system:masters', ' a', 'a\t', '\ud800']) {
      assert.equal(refusal([value]), 'identity-unsayable')
    }
  })
})

describe('impersonation() by who vouches', () => {
  const names = { name: 'system:serviceaccount:ns:sa', groups: ['system:serviceaccounts'] }
  const strict = { ...limits, systemIdentities: 'refuse' } as const
  for (const [authenticator, kind] of [
    ['jwt', 'refused'],
    ['session', 'refused'],
    ['service-account', 'headers'],
    ['token-review', 'headers'],
    ['client-certificate', 'headers'],
  ] as const) {
    it(`answers "${kind}" to a system name by ${authenticator} where issuers may not assert one`, () => {
      const user = authenticated({ user: userInfo(names), authenticator })
      assert.equal(impersonation(user, strict).kind, kind)
    })
  }

  it('says system:anonymous of who sent no credential, and of nobody else', () => {
    const user = userInfo({ name: 'system:anonymous', groups: ['system:unauthenticated'] })
    assert.equal(
      impersonation(authenticated({ user, authenticator: 'anonymous' }), strict).kind,
      'headers',
    )
    for (const authenticator of ['jwt', 'token-review', 'client-certificate', 'basic'] as const) {
      assert.equal(impersonation(authenticated({ user, authenticator }), limits).kind, 'refused')
    }
  })
})

describe('encodeExtraKey()', () => {
  const cases = [
    { key: 'example.com/team', encoded: 'example.com%2fteam' },
    { key: 'a%2fb', encoded: 'a%252fb' },
    { key: 'a(b)', encoded: 'a%28b%29' },
    { key: 'ü', encoded: '%c3%bc' },
    { key: 'Ab', encoded: '%41b' },
    { key: 'a\r\n', encoded: 'a%0d%0a' },
  ]
  for (const { key, encoded } of cases) {
    it(`encodes ${JSON.stringify(key)}`, () => {
      assert.equal(encodeExtraKey(key), encoded)
      const line = [`impersonate-extra-${encoded}`, 'x'] as const
      assert.equal(findUnencodable({ set: [], append: [line], remove: [] }), undefined)
    })
  }
})
