import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { plainIdentity } from '../../src/headers/identity.ts'
import { userInfo } from '../support/user.ts'

const names = { user: 'kubeflow-userid', groups: 'kubeflow-groups' }

describe('plainIdentity()', () => {
  it('joins groups with commas in one line', () => {
    const headers = plainIdentity(userInfo({ groups: ['a', 'b c', 'Ärzte'] }), names)
    assert.deepEqual(headers, {
      kind: 'headers',
      set: [
        ['kubeflow-userid', 'alice'],
        ['kubeflow-groups', 'a,b c,Ärzte'],
      ],
      append: [],
      omittedGroups: [],
    })
  })

  it('sets no groups header for a user without groups', () => {
    const headers = plainIdentity(userInfo(), names)
    assert.deepEqual(headers.kind === 'headers' && headers.set, [['kubeflow-userid', 'alice']])
  })

  it('leaves out, and names, the groups that a list cannot hold', () => {
    const odd = ['x,system:masters', '"q"', "it's", ' lead', 'trail\t', '', 'a\nb']
    const headers = plainIdentity(userInfo({ groups: ['dev', ...odd] }), names)
    assert.ok(headers.kind === 'headers')
    assert.deepEqual(headers.set[1], ['kubeflow-groups', 'dev'])
    assert.deepEqual(headers.omittedGroups, odd)
  })

  for (const name of ['', ' ', ' alice', 'alice\r\nx: y', 'a\u0000']) {
    it(`refuses the user ${JSON.stringify(name)}`, () => {
      assert.equal(plainIdentity(userInfo({ name }), names).kind, 'refused')
    })
  }
})
