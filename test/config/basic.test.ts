import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configOf, listenAndRoutes, problemsOf } from './folder.ts'

const hash = `$2y$05$${'a'.repeat(53)}`
const htpasswd = `alice:${hash}\nbob:${hash}\n`
const both = `${listenAndRoutes}basic: { htpasswdFile: h, usersFile: u }\n`

function problemsWith(files: Readonly<Record<string, string>>) {
  return problemsOf(both, { files: { h: htpasswd, ...files } })
}

describe('basic', () => {
  it('reads passwords, and who is behind a login', () => {
    const u = `
alice: { name: alice@example.com, uid: "7", groups: [a, b], extra: { example.com/team: [blue, "\${HOME}"] } }
gone: {}
`
    const { basic } = configOf(both, { files: { h: htpasswd, u } })
    assert.deepEqual(basic, {
      hashes: new Map([
        ['alice', hash],
        ['bob', hash],
      ]),
      users: new Map([
        [
          'alice',
          {
            name: 'alice@example.com',
            uid: '7',
            groups: ['a', 'b'],
            extra: new Map([['example.com/team', ['blue', '${HOME}']]]),
          },
        ],
        ['gone', { name: 'gone', uid: '', groups: [], extra: new Map() }],
      ]),
    })
  })

  it('lets nobody in by a file that has become empty, so that the last login can be taken out', () => {
    for (const h of ['', '\n', '# nobody\n']) {
      const text = `${listenAndRoutes}basic: { htpasswdFile: h }\n`
      assert.equal(configOf(text, { files: { h } }).basic?.hashes.size, 0)
    }
  })

  it('needs no usersFile', () => {
    const text = `${listenAndRoutes}basic: { htpasswdFile: h }\n`
    assert.equal(configOf(text, { files: { h: htpasswd } }).basic?.users.size, 0)
  })

  const cases: readonly (readonly [string, Readonly<Record<string, string>>, ...RegExp[]])[] = [
    ['no usersFile where it is named', {}, /basic.usersFile: .* there is no such file/],
    ['an empty usersFile', { u: '' }, /^1:1 : must be a map \(got nothing\)$/],
    ['a usersFile that is a list', { u: '- alice' }, /^1:1 : must be a map \(got a list\)$/],
    ['a user that is null', { u: 'alice:' }, /^1:7 alice: must be a map \(got nothing\)$/],
    ['an unknown key', { u: 'alice: { group: [a] }' }, /alice.group: unknown key, did you mean/],
    ['a login twice', { u: 'alice: {}\nalice: {}' }, /^2:1 alice: is given twice/],
    ['an empty name', { u: 'alice: { name: "" }' }, /alice.name: must not be empty/],
    ['a number for a uid', { u: 'alice: { uid: 7 }' }, /alice.uid: must be a string, in quotes/],
    ['one group', { u: 'alice: { groups: a }' }, /alice.groups: must be a list/],
    ['an empty group', { u: 'alice: { groups: [""] }' }, /alice.groups\[0\]: must not be empty/],
    ['a value that is no list', { u: 'a: { extra: { x.y/z: b } }' }, /must be a list/],
    ['a key of Kubernetes', { u: 'a: { extra: { k8s.io/z: [b] } }' }, /which are reserved$/],
    ['a key without a domain', { u: 'a: { extra: { z: [b] } }' }, /must be a domain/],
    ['a colon in a login', { u: '"a:b": {}' }, /^1:1 \["a:b"\]: has a colon in the login/],
    ['a key with a line end', { u: '"a\\nb": { name: 5 }' }, /must be a string/],
    ['what is no YAML', { u: 'alice: [' }, /is no YAML/],
    ['a user named __proto__ of the wrong shape', { u: '__proto__: 5' }, /must be a map/],
    ['a bad line', { u: 'a: {}', h: 'x\n' }, /basic.htpasswdFile: .* line 1 is not LOGIN:HASH$/],
  ]
  for (const [what, files, ...expected] of cases) {
    it(`refuses ${what}`, () => {
      const problems = problemsWith(files)
      assert.equal(problems.length, expected.length, problems.join('\n'))
      for (const pattern of expected) assert.match(problems.join('\n'), pattern)
    })
  }

  it('tells ten faulty lines and counts the others', () => {
    const problems = problemsWith({ u: 'a: {}', h: 'x\n'.repeat(20_000) })
    assert.equal(problems.length, 11)
    assert.match(problems.at(-1) ?? '', /19990 more lines are faulty$/)
  })

  it('must name its file, and does not say what stands there in its place', () => {
    assert.match(
      problemsOf(`${listenAndRoutes}basic: {}`)[0] ?? '',
      /basic.htpasswdFile: is missing/,
    )
    const misplaced = problemsOf(`${listenAndRoutes}basic: { htpasswdFile: ["alice:hunter2"] }`)
    assert.equal(misplaced.length, 1)
    assert.doesNotMatch(misplaced.join(''), /hunter2/)
  })
})
