import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { outboundIdentity } from '../../src/audit/outbound-identity.ts'
import type { HeaderChanges } from '../../src/headers/changes.ts'
import { impersonation } from '../../src/headers/impersonation.ts'
import { authenticated, userInfo } from '../support/user.ts'

const plain = [
  { user: 'kubeflow-userid', groups: 'kubeflow-groups' },
  { user: 'x-forwarded-user', groups: undefined },
]

function changes(overrides: Partial<HeaderChanges>): HeaderChanges {
  return { set: [], append: [], remove: [], ...overrides }
}

describe('outboundIdentity()', () => {
  it('reads back all that impersonation says', () => {
    const user = userInfo({
      name: 'älice',
      uid: 'u-1',
      groups: ['a,b', 'devs', 'devs'],
      extra: new Map([
        ['example.com/Tëam', ['x', 'y']],
        ['__proto__', ['z']],
        ['50%', ['']],
      ]),
    })
    const headers = impersonation(authenticated({ user }), {
      systemIdentities: 'allow',
      originalUserExtra: 'off',
      maxHeaderLines: 600,
      maxHeaderBytes: 49_152,
    })
    assert.equal(headers.kind, 'headers')
    const sent = { ...changes({}), ...headers }
    assert.deepEqual(outboundIdentity(sent, plain), user)
  })

  it('reads name and groups of plain headers', () => {
    const set = [
      ['kubeflow-userid', 'alice'],
      ['kubeflow-groups', 'a,b'],
    ] as const
    const expected = userInfo({ groups: ['a', 'b'] })
    assert.deepEqual(outboundIdentity(changes({ set }), plain), expected)
    const alone = changes({ set: [['x-forwarded-user', 'bob']] })
    assert.deepEqual(outboundIdentity(alone, plain), userInfo({ name: 'bob' }))
  })

  it('is nobody when the changes name nobody', () => {
    const set = [['authorization', 'Bearer secret']] as const
    const remove = ['impersonate-user', 'kubeflow-userid']
    assert.equal(outboundIdentity(changes({ set, remove }), plain), undefined)
  })

  it('keeps a key that is not percent-encoded as it stands', () => {
    const sent = changes({
      set: [['impersonate-user', 'alice']],
      append: [['impersonate-extra-50%', 'x']],
    })
    const expected = userInfo({ extra: new Map([['50%', ['x']]]) })
    assert.deepEqual(outboundIdentity(sent, plain), expected)
  })
})
