import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configOf, problemsOf } from './folder.ts'

const listen = 'listen: { grpc: 127.0.0.1:1 }\n'
const everything = 'routes: [{ identity: impersonate }]\n'

function text(extra: Readonly<Record<string, string>>, routes = everything): string {
  return `${listen}${routes}impersonate: { credential: none, extra: ${JSON.stringify(extra)} }\n`
}

describe('impersonate.extra', () => {
  it('is none when there is none', () => {
    const { impersonate } = configOf(`${listen}${everything}impersonate: { credential: none }\n`)
    assert.deepEqual(impersonate.extra, [])
  })

  it('has each key with its expression, and values that never change', () => {
    const { impersonate } = configOf(
      text({
        'example.com/cluster': "'blue'",
        'example.com/list': "['a', '', 'b']",
        'example.com/who': 'user.username',
        'example.com/maybe': "user.username == 'a' ? 'x' : 'y'",
      }),
    )
    assert.deepEqual(
      impersonate.extra.map(({ key, expression, constant }) => [key, expression.source, constant]),
      [
        ['example.com/cluster', "'blue'", ['blue']],
        ['example.com/list', "['a', '', 'b']", ['a', 'b']],
        ['example.com/who', 'user.username', undefined],
        ['example.com/maybe', "user.username == 'a' ? 'x' : 'y'", undefined],
      ],
    )
  })

  for (const key of ['example.com/x', 'a/b%c', 'remote-client-ip', 'scopes', 'a.b_c', '7']) {
    it(`takes the key ${key}`, () => {
      assert.deepEqual(problemsOf(text({ [key]: "'x'" })), [])
    })
  }

  const badKeys = [
    ['', /is missing/],
    ['Example.com/x', /must begin with a domain/],
    ['example.com/X', /must be lower-case/],
    ['Remote-Client-IP', /lower-case letters/],
    ['a b', /lower-case letters/],
    ['-a', /lower-case letters/],
    ['ä', /lower-case letters/],
    ['a/', /must be a domain, "\/" and a path/],
    ['a/b c', /characters of a path/],
    ['authentication.kubernetes.io/credential-id', /reserved/],
    ['originaluser.attache.io/user', /originalUserExtra/],
    ['originaluser.jetstack.io-user', /originalUserExtra/],
  ] as const
  for (const [key, expected] of badKeys) {
    it(`refuses the key ${JSON.stringify(key)}`, () => {
      const problems = problemsOf(text({ [key]: "'x'" }))
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', /^3:\d+ impersonate\.extra/)
      assert.match(problems[0] ?? '', expected)
    })
  }

  const bad = [
    ['blue', /does not compile: 1:1: .*"blue"/],
    ['', /./],
    ['1', /must be of type string or list\(string\), but is int/],
    ['true', /but is bool/],
    ['[]', /but is list/],
    ["['a', 1]", /does not compile/],
    ["optional.of('a')", /but is optional_type/],
    ["dyn('a')", /but is dyn/],
    ['claims.sub', /does not compile/],
    ['captures.namespace', /does not compile: .*"namespace"/],
    ["'a\\nb'", /fits no header/],
    ["' a'", /fits no header/],
    ["['a', 'b\\u0000']", /fits no header/],
  ] as const
  for (const [source, expected] of bad) {
    it(`refuses ${JSON.stringify(source)}`, () => {
      const problems = problemsOf(text({ 'a/b': source }))
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', /^3:\d+ impersonate\.extra(\.a\/b|\["a\/b"\]): /)
      assert.match(problems[0] ?? '', expected)
    })
  }

  it('sees the captures that every impersonate route has, and no others', () => {
    const routes = `routes:
- { match: { hosts: ["{team}.example.com"] }, identity: impersonate }
- { match: { hosts: ["{team}-{stage}.example.org"] }, identity: impersonate }
- { match: { paths: ["/{other}/x"] }, identity: headers }
`
    assert.deepEqual(problemsOf(text({ 'a/b': 'captures.team' }, routes)), [])
    assert.match(problemsOf(text({ 'a/b': 'captures.stage' }, routes)).join(), /"stage"/)
    assert.match(problemsOf(text({ 'a/b': 'captures.other' }, routes)).join(), /"other"/)
  })

  it('has no use where nothing is impersonated', () => {
    assert.match(
      problemsOf(text({ 'a/b': "'x'" }, 'routes: [{ identity: headers }]\n')).join(),
      /impersonate\.extra: has no use/,
    )
  })

  it('has 32 keys at most', () => {
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`k${n}`, "'x'"]))
    assert.match(problemsOf(text(many)).join(), /must have 32 keys at most, but has 33/)
  })

  it('is read strictly', () => {
    assert.match(
      problemsOf(
        `${listen}${everything}impersonate: { credential: none, extra: { a/b: [x] } }\n`,
      ).join(),
      /impersonate\.extra/,
    )
  })
})
