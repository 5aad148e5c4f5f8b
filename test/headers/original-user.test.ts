import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { impersonation } from '../../src/headers/impersonation.ts'
import { isOriginalUserKey, originalUserExtra } from '../../src/headers/original-user.ts'
import { authenticated, userInfo } from '../support/user.ts'

const alice = userInfo({
  name: 'alice',
  uid: '7',
  groups: ['dev', 'a,b'],
  extra: new Map([['example.com/team', ['x', 'y']]]),
})

describe('originalUserExtra()', () => {
  it('names the original user in each form', () => {
    assert.deepEqual(
      [...originalUserExtra(alice, 'domain')],
      [
        ['originaluser.attache.io/user', ['alice']],
        ['originaluser.attache.io/uid', ['7']],
        ['originaluser.attache.io/groups', ['dev', 'a,b']],
        ['originaluser.attache.io/extra', ['{"example.com/team":["x","y"]}']],
      ],
    )
    assert.deepEqual(
      [...originalUserExtra(alice, 'jetstack')],
      [
        ['originaluser.jetstack.io-user', ['alice']],
        ['originaluser.jetstack.io-groups', ['dev', 'a,b']],
        ['originaluser.jetstack.io-extra', ['{"example.com/team":["x","y"]}']],
      ],
    )
    assert.deepEqual([...originalUserExtra(alice, 'off')], [])
    assert.deepEqual(
      [...originalUserExtra(userInfo({ name: 'bob' }), 'domain')],
      [['originaluser.attache.io/user', ['bob']]],
    )
  })

  it('has keys that nobody else may write', () => {
    for (const form of ['domain', 'jetstack'] as const) {
      for (const key of originalUserExtra(alice, form).keys()) assert.ok(isOriginalUserKey(key))
    }
    assert.ok(isOriginalUserKey('originaluser.attache.io/anything'))
    assert.ok(isOriginalUserKey('OriginalUser.attache.io/user'))
    assert.ok(isOriginalUserKey('Originaluser.Jetstack.io-user'))
    assert.ok(!isOriginalUserKey('example.com/user'))
  })
})

describe('impersonation() of who acts as somebody else', () => {
  const limits = {
    systemIdentities: 'allow',
    originalUserExtra: 'domain',
    maxHeaderLines: 600,
    maxHeaderBytes: 49_152,
  } as const

  it('says whom the request acts as, and who asked', () => {
    const forged = new Map([
      ['originaluser.attache.io/user', ['mallory']],
      ['scopes', ['view']],
    ])
    const actingAs = userInfo({ name: 'jane', groups: ['ops'], extra: forged })
    const headers = impersonation(authenticated({ user: alice, actingAs }), limits)
    assert.ok(headers.kind === 'headers')
    assert.deepEqual(headers.set, [['impersonate-user', 'jane']])
    assert.deepEqual(headers.append, [
      ['impersonate-group', 'ops'],
      ['impersonate-extra-originaluser.attache.io%2fuser', 'alice'],
      ['impersonate-extra-scopes', 'view'],
      ['impersonate-extra-originaluser.attache.io%2fuid', '7'],
      ['impersonate-extra-originaluser.attache.io%2fgroups', 'dev'],
      ['impersonate-extra-originaluser.attache.io%2fgroups', 'a,b'],
      ['impersonate-extra-originaluser.attache.io%2fextra', '{"example.com/team":["x","y"]}'],
    ])
  })

  it('may say system:anonymous, where the API server has allowed it', () => {
    const actingAs = userInfo({ name: 'system:anonymous', groups: ['system:unauthenticated'] })
    const headers = impersonation(authenticated({ user: alice, actingAs }), limits)
    assert.equal(headers.kind, 'headers')
  })

  it('asks about reserved names of the token, not of whom the API server has allowed', () => {
    const strict = { ...limits, systemIdentities: 'refuse' } as const
    const admin = userInfo({ name: 'system:admin' })
    const asAdmin = impersonation(authenticated({ user: alice, actingAs: admin }), strict)
    assert.equal(asAdmin.kind, 'headers')
    const asJane = { user: admin, actingAs: userInfo({ name: 'jane' }) }
    assert.equal(impersonation(authenticated(asJane), strict).kind, 'refused')
  })

  it('refuses an original user whom no header can name', () => {
    const odd = { user: userInfo({ name: 'a\nb' }), actingAs: userInfo({ name: 'jane' }) }
    assert.equal(impersonation(authenticated(odd), limits).kind, 'refused')
  })
})
