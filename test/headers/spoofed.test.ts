import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { identityNames } from '../../src/headers/spoofed.ts'
import { config } from '../support/config.ts'

const frontProxy = {
  source: 'checkRequest',
  clientCA: '',
  allowedNames: [],
  usernameHeaders: ['x-sso-user', 'x-remote-user'],
  uidHeaders: ['sso-uid'],
  groupHeaders: ['x-sso_team'],
  extraHeaderPrefixes: ['x-sso-extra-'],
} as const

describe('identityNames() with a front proxy', () => {
  const { fixed, isIdentity } = identityNames(config({ frontProxy }))

  it('removes its headers from every request, seen or not, renamed or not', () => {
    for (const name of ['x-sso-user', 'x-remote-user', 'sso-uid', 'x-sso_team']) {
      assert.ok(fixed.includes(name), name)
      assert.ok(fixed.includes(`x-attache-requested-${name}`), name)
    }
  })

  const names = [
    ['x-sso-user', true],
    ['x_sso_user', true],
    ['sso_uid', true],
    ['x-sso-team', true],
    ['x-sso-extra-a', true],
    ['x_sso-extra_a%2fb', true],
    ['x-attache-requested-x-sso-extra-a', true],
    ['x-sso-users', false],
    ['x-sso', false],
    ['accept', false],
  ] as const
  for (const [name, is] of names) {
    it(`${is ? 'takes' : 'leaves'} ${name}`, () => assert.equal(isIdentity(name), is))
  }

  it('leaves them alone without one', () => {
    const plain = identityNames(config())
    assert.equal(plain.isIdentity('x-sso-user'), false)
    assert.equal(plain.fixed.includes('x-sso-user'), false)
  })
})
