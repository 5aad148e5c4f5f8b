import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { AccessQuestion } from '../../src/authz/access.ts'
import { accessSpec, isSpeakable } from '../../src/authz/access-spec.ts'
import type { UserInfo } from '../../src/user.ts'
import { getPod, otherQuestions, question, withUser } from './access-cases.ts'

const key = (asked: AccessQuestion) => JSON.stringify(accessSpec(asked))

describe('accessSpec()', () => {
  const groups: readonly (readonly [name: string, user: Partial<UserInfo>, groups: string[]])[] = [
    ['a user without groups', { groups: [] }, ['system:authenticated']],
    [
      'a user who says to be authenticated',
      { groups: ['system:authenticated', 'a'] },
      ['system:authenticated', 'a'],
    ],
    [
      'a user who says to be nobody',
      { groups: ['system:unauthenticated'] },
      ['system:unauthenticated'],
    ],
    [
      'nobody',
      { name: 'system:anonymous', groups: ['system:unauthenticated'] },
      ['system:unauthenticated'],
    ],
    ['nobody without a group', { name: 'system:anonymous', groups: [] }, []],
  ]
  for (const [name, user, expected] of groups) {
    it(`gives ${name} the groups that the API server does`, () => {
      assert.deepEqual(accessSpec(withUser(user)).groups, expected)
    })
  }

  it('is one for one question, however it is put', () => {
    const { user } = question
    const extra = new Map([...user.extra].toReversed())
    assert.equal(key({ ...question, user: { ...user, extra } }), key(question))
    const empty = { ...getPod, group: '', version: '', subresource: '' }
    assert.equal(key({ ...question, attributes: empty }), key(question))
  })

  for (const [name, other] of otherQuestions) {
    it(`is another for a user ${name}`, () => {
      assert.notEqual(key(other), key(question))
    })
  }

  it('keeps an extra whose key is a name of JavaScript', () => {
    const extra = new Map([
      ['__proto__', ['x']],
      ['constructor', ['y']],
    ])
    assert.match(key(withUser({ extra })), /"extra":\{"__proto__":\["x"\],"constructor":\["y"\]\}/)
  })

  it('is one for no two questions', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\\', ':', '{') })
    const list = fc.array(text, { maxLength: 3 })
    const questions = fc.record({
      user: fc.record({
        name: text,
        uid: text,
        groups: list,
        extra: fc
          .uniqueArray(fc.tuple(text, list), { maxLength: 3, selector: ([name]) => name })
          .map((entries) => new Map(entries)),
      }),
      attributes: fc.oneof(
        fc.record({ verb: text, path: text }),
        fc.record({ verb: text, resource: text, group: text, subresource: text, name: text }),
      ),
    })
    fc.assert(
      fc.property(questions, questions, (one, other) => {
        assert.equal(key(one) === key(other), same(one, other))
      }),
      { numRuns: 500 },
    )
  })
})

describe('isSpeakable()', () => {
  for (const half of ['\ud800', 'a\udfff', '\udc00\ud800']) {
    for (const [name, asked] of texts(half)) {
      it(`is false for ${JSON.stringify(half)} as ${name}, which would reach nobody`, () => {
        assert.equal(isSpeakable(accessSpec(asked)), false)
      })
    }
  }
  for (const [name, asked] of texts('\u{1f600} \\ud800 "\n\u0000')) {
    it(`is true for any other text as ${name}`, () => {
      assert.equal(isSpeakable(accessSpec(asked)), true)
    })
  }
})

/** The text in each place where a question has one. */
function texts(text: string): readonly (readonly [string, AccessQuestion])[] {
  return [
    ['the name', withUser({ name: text })],
    ['the uid', withUser({ uid: text })],
    ['a group', withUser({ groups: ['a', text] })],
    ['the key of an extra', withUser({ extra: new Map([[text, ['x']]]) })],
    ['the value of an extra', withUser({ extra: new Map([['x', ['y', text]]]) })],
    ['a verb', { ...question, attributes: { ...getPod, verb: text } }],
    ['an object', { ...question, attributes: { ...getPod, name: text } }],
    ['a path', { ...question, attributes: { verb: 'get', path: text } }],
  ]
}

function same(one: AccessQuestion, other: AccessQuestion): boolean {
  const [left, right] = [one, other].map(({ user, attributes }) =>
    JSON.stringify([
      [user.name, user.uid, user.groups],
      [...user.extra].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      attributes,
    ]),
  )
  return left === right
}
