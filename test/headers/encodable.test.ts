import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HeaderChanges, HeaderLine } from '../../src/headers/changes.ts'
import { findUnencodable, findUnencodableLine } from '../../src/headers/encodable.ts'

const badValues = [
  'a\r\nset-cookie: evil=1',
  'a\nb',
  'a\rb',
  'a\u0000b',
  'a\u0001b',
  'a\u007fb',
  ' a',
  'a ',
  '\ta',
  'a\t',
  ' ',
  '\ud800',
  'a\udfff',
]
const goodValues = ['a', 'a\tb', 'a,b', 'jürgen', '用户', '\u0085', '"{}"', 'a  b', '%0d%0a']
const badNames = [
  '',
  'a b',
  'a:',
  ':path',
  'a\r\nb',
  'ü',
  'Upper',
  'a,b',
  'a"',
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'x-envoy-auth-headers-to-remove',
]
const goodNames = ['impersonate-user', "x-a.b!#$&'*+^`|~", 'impersonate-extra-a%2fb', 'a_b']

function changes(parts: Partial<HeaderChanges>): HeaderChanges {
  return { set: [], append: [], remove: [], ...parts }
}

describe('findUnencodableLine()', () => {
  for (const value of badValues) {
    it(`refuses the value ${JSON.stringify(value)} and does not repeat it`, () => {
      const problem = findUnencodableLine([
        ['x-a', 'fine'],
        ['x-b', value],
      ])
      assert.equal(problem, 'the value of header "x-b" has characters that no header can carry')
    })
  }
  for (const value of [...goodValues, '']) {
    it(`takes the value ${JSON.stringify(value)}`, () => {
      assert.equal(findUnencodableLine([['x-a', value]]), undefined)
    })
  }
  for (const name of badNames) {
    it(`refuses the name ${JSON.stringify(name)}`, () => {
      assert.match(findUnencodableLine([[name, 'x']]) ?? '', /^header "[ -~]*" cannot be sent$/)
    })
  }
  for (const name of goodNames) {
    it(`takes the name ${JSON.stringify(name)}`, () => {
      assert.equal(findUnencodableLine([[name, 'x']]), undefined)
    })
  }
})

describe('findUnencodable()', () => {
  it('looks at each user anew where a list of removed names is shared', () => {
    const remove = ['impersonate-user', 'x-remote-user']
    const tried = ['x-a', 'impersonate-user', 'x-b', 'x-remote-user', 'x-a']
    const answers = tried.flatMap((name) => [
      findUnencodable(changes({ set: [[name, 'a']], remove })),
      findUnencodable(changes({ append: [[name, 'a']], remove })),
    ])
    const [none, user, remote] = [
      undefined,
      'header "impersonate-user" is changed in two ways',
      'header "x-remote-user" is changed in two ways',
    ]
    assert.deepEqual(answers, [none, none, user, user, none, none, remote, remote, none, none])
  })
  it('refuses a shared list with a bad name each time', () => {
    const remove = ['x-a', 'host']
    const answers = [1, 2].map(() => findUnencodable(changes({ remove })))
    const refusal = 'header "host" cannot be removed'
    assert.deepEqual(answers, [refusal, refusal])
  })
  const lists: ('set' | 'append')[] = ['set', 'append']
  for (const list of lists) {
    for (const value of badValues) {
      it(`refuses ${JSON.stringify(value)} in ${list}`, () => {
        assert.notEqual(findUnencodable(changes({ [list]: [['x-a', value]] })), undefined)
      })
    }
    for (const name of badNames) {
      it(`refuses the name ${JSON.stringify(name)} in ${list}`, () => {
        assert.notEqual(findUnencodable(changes({ [list]: [[name, 'x']] })), undefined)
      })
    }
  }
  for (const name of badNames) {
    it(`refuses to remove ${JSON.stringify(name)}`, () => {
      assert.notEqual(findUnencodable(changes({ remove: [name] })), undefined)
    })
  }

  it('refuses an empty value in set, and an empty credential', () => {
    const empty = /^header "[a-z-]+" would be set to an empty value$/
    assert.match(findUnencodable(changes({ set: [['x-a', '']] })) ?? '', empty)
    assert.match(findUnencodable(changes({ append: [['authorization', '']] })) ?? '', empty)
  })

  it('takes an empty group', () => {
    assert.equal(findUnencodable(changes({ append: [['impersonate-group', '']] })), undefined)
  })

  const a: HeaderLine = ['a', 'x']
  const conflicts: { what: string; bad: HeaderChanges }[] = [
    { what: 'set and removed', bad: changes({ set: [a], remove: ['a'] }) },
    { what: 'appended and removed', bad: changes({ append: [a], remove: ['a'] }) },
    { what: 'set and appended', bad: changes({ set: [a], append: [a] }) },
    { what: 'set twice', bad: changes({ set: [a, a] }) },
  ]
  for (const { what, bad } of conflicts) {
    it(`refuses a name that is ${what}`, () => {
      assert.equal(findUnencodable(bad), 'header "a" is changed in two ways')
    })
  }

  it('takes a list of lines of one name in append', () => {
    const good = changes({
      set: [a],
      append: [
        ['b', '1'],
        ['b', '2'],
        ['b', '1'],
      ],
      remove: ['c'],
    })
    assert.equal(findUnencodable(good), undefined)
  })
})
