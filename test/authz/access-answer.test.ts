import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readAccessReview } from '../../src/authz/access-answer.ts'
import { accessSpec } from '../../src/authz/access-spec.ts'
import { getPod, isOutage, question, withUser } from './access-cases.ts'

const spec = accessSpec(question)
const yes = { allowed: true }

function read(body: unknown, asked = spec) {
  return readAccessReview(typeof body === 'string' ? body : JSON.stringify(body), asked)
}

function review(status: unknown, more: object = {}) {
  return { kind: 'SubjectAccessReview', status, ...more }
}

/** A yes to a question about alice and a pod, which is as it should be but for `more`. */
function echo(more: object) {
  return review(yes, { spec: { user: 'alice', resourceAttributes: getPod, ...more } })
}

describe('readAccessReview()', () => {
  const denials: readonly (readonly [name: string, status: object, reason: string])[] = [
    ['says no', { allowed: false }, ''],
    ['says why', { allowed: false, denied: true, reason: 'policy' }, 'policy'],
    ['says yes and no', { allowed: true, denied: true, reason: 'odd' }, 'odd'],
    [
      'could not find out',
      { allowed: false, reason: 'RBAC', evaluationError: 'role not found' },
      'RBAC; role not found',
    ],
    ['has much to say', { allowed: false, reason: 'x'.repeat(9_999) }, 'x'.repeat(200)],
  ]
  for (const [name, status, reason] of denials) {
    it(`is a no when the API server ${name}`, () => {
      assert.deepEqual(read(review(status)), { kind: 'denied', reason })
    })
  }

  const affirmations: readonly (readonly [name: string, body: unknown])[] = [
    ['says yes', review(yes)],
    ['says yes, and not no', review({ ...yes, denied: false, reason: 'RBAC: allowed by …' })],
    ['says yes, with a role missing elsewhere', review({ ...yes, evaluationError: 'not found' })],
    ['repeats the question', echo({ groups: ['whatever'], uid: '1' })],
  ]
  for (const [name, body] of affirmations) {
    it(`is a yes when the API server ${name}`, () => {
      assert.deepEqual(read(body), { kind: 'allowed' })
    })
  }

  const noAnswers: readonly (readonly [name: string, body: unknown])[] = [
    ['a page', '<html>welcome</html>'],
    ['nothing', ''],
    ['a list', [review(yes)]],
    ['a Status', { kind: 'Status', status: 'Success', ...yes }],
    ['another kind', { ...review(yes), kind: 'SelfSubjectAccessReview' }],
    ['no kind', { status: yes }],
    ['no status', review(undefined)],
    ['a status that is a word', review('allowed')],
    ['a status that is a list', review([yes])],
    ['an empty status', review({})],
    ['"true"', review({ allowed: 'true' })],
    ['1', review({ allowed: 1 })],
    ['null', review({ allowed: null })],
    ['a list with true', review({ allowed: [true] })],
    ['"Allowed"', review({ Allowed: true })],
    ['denied as a word', review({ allowed: true, denied: 'false' })],
    ['denied as null', review({ allowed: true, denied: null })],
    ['a reason that is no text', review({ allowed: true, reason: {} })],
    ['an error that is no text', review({ allowed: true, evaluationError: 1 })],
    ['an answer about another user', echo({ user: 'bob' })],
    ['an answer about nobody', echo({ user: undefined })],
    ['an answer about another verb', echo({ resourceAttributes: { ...getPod, verb: 'list' } })],
    ['an answer about more', echo({ resourceAttributes: { ...getPod, subresource: 'log' } })],
    ['an answer about less', echo({ resourceAttributes: { verb: 'get', resource: 'pods' } })],
    ['an answer about nothing', echo({ resourceAttributes: undefined })],
    ['an answer about a list', echo({ resourceAttributes: [getPod] })],
    ['an answer about a path too', echo({ nonResourceAttributes: { path: '/' } })],
    ['an answer to a word', review(yes, { spec: 'alice' })],
    ['an answer to null', review(yes, { spec: null })],
    ['depth', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
  ]
  for (const [name, body] of noAnswers) {
    it(`takes ${name} for no answer`, () => {
      assert.throws(() => read(body), isOutage)
    })
  }

  it('takes the answer about somebody for none about nobody', () => {
    const nobody = accessSpec(withUser({ name: '' }))
    assert.throws(() => read(echo({}), nobody), isOutage)
    assert.deepEqual(read(echo({ user: undefined }), nobody), { kind: 'allowed' })
  })
})
