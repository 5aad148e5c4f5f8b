/** Questions that tests ask, and others that are almost the same. */
import assert from 'node:assert/strict'
import type { AccessQuestion } from '../../src/authz/access.ts'
import { DependencyError } from '../../src/errors.ts'
import type { UserInfo } from '../../src/user.ts'

export const alice: UserInfo = {
  name: 'alice',
  uid: '1',
  groups: ['devs', 'a,b'],
  extra: new Map([
    ['scopes', ['read', 'write']],
    ['example.com/team', []],
  ]),
}
export const getPod = { verb: 'get', resource: 'pods', namespace: 'team', name: 'one' }
export const question: AccessQuestion = { user: alice, attributes: getPod }

/** Who else could be asked about; an answer to {@link question} is none to them. */
export const otherQuestions: readonly (readonly [name: string, other: AccessQuestion])[] = [
  ['of another name', withUser({ name: 'alice1' })],
  ['whose name ends where the uid begins', withUser({ name: 'alice1', uid: '' })],
  ['of another uid', withUser({ uid: '2' })],
  ['whose one group is two', withUser({ groups: ['devs', 'a', 'b'] })],
  ['whose two groups are one', withUser({ groups: ['devs,a,b'] })],
  ['whose groups are in another order', withUser({ groups: ['a,b', 'devs'] })],
  ['with an empty group more', withUser({ groups: ['devs', 'a,b', ''] })],
  ['whose extra is another', withExtra([['scope', ['read', 'write']]])],
  ['whose extra has one value', withExtra([['scopes', ['readwrite']]])],
  ['whose extra has fewer values', withExtra([['scopes', ['read']]])],
  ['without extra', withExtra([])],
  ['whose extra is a group', withUser({ groups: [...alice.groups, 'scopes'] })],
  ['who may another verb', withAttributes({ verb: 'list' })],
  ['who may in another namespace', withAttributes({ namespace: 'other' })],
  ['who may in all namespaces', withAttributes({ namespace: '' })],
  ['who may with all names', withAttributes({ name: '' })],
  ['whose name is the namespace', withAttributes({ name: 'team', namespace: 'one' })],
  ['of a subresource', withAttributes({ subresource: 'log' })],
  ['of a resource with a slash', withAttributes({ resource: 'pods/log' })],
  ['of an API group', withAttributes({ group: 'apps' })],
  ['of a version', withAttributes({ version: 'v1' })],
  ['of a path', { user: alice, attributes: { verb: 'get', path: 'pods' } }],
]

export function withUser(user: Partial<UserInfo>): AccessQuestion {
  return { ...question, user: { ...alice, ...user } }
}

function withExtra(extra: readonly (readonly [string, readonly string[]])[]): AccessQuestion {
  return withUser({ extra: new Map(extra) })
}

function withAttributes(attributes: object): AccessQuestion {
  return { ...question, attributes: { ...getPod, ...attributes } }
}

/** For `assert.rejects`: the API server's failure, and nothing secret in it. */
export function isOutage(error: unknown): boolean {
  assert.ok(error instanceof DependencyError)
  assert.equal(error.dependency, 'kubernetes')
  assert.match(error.message, /^Cannot review access: /)
  assert.doesNotMatch(JSON.stringify([error.message, error.stack, error.cause]), /own-token/)
  return true
}
