import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lazyClaims } from '../../src/cel/kubernetes.ts'
import { type Entry, entry, head, issuersOfFile, problemsOfFile } from './entry.ts'

const claimRules = (...rules: readonly object[]): Entry => ({
  more: { claimValidationRules: rules },
})
const userRules = (...rules: readonly object[]): Entry => ({ more: { userValidationRules: rules } })
const username = (expression: string, more: object = {}): Entry => ({
  mappings: { username: { expression, ...more } },
})
const extra = (...items: readonly object[]): Entry => ({ mappings: { extra: items } })
const verified = 'claims.?email_verified.orValue(true) == true'

describe('authentication, its expressions', () => {
  it('makes programs of them, in their places', () => {
    const [issuer] = issuersOfFile(
      `${head}jwt: [${entry({
        mappings: {
          username: { expression: 'claims.sub + "!"' },
          groups: { expression: 'claims.?groups.orValue([])' },
          uid: { expression: 'claims.sub' },
          extra: [{ key: 'example.com/team', valueExpression: 'claims.team' }],
        },
        more: {
          claimValidationRules: [
            { claim: 'hd', requiredValue: 'example.com' },
            { expression: 'claims.hd != "x"', message: 'not x' },
            { expression: 'claims.hd != "y"' },
          ],
          userValidationRules: [{ expression: 'user.username != "root"', message: 'no root' }],
        },
      })}]`,
    )
    assert.ok(issuer !== undefined)
    const { username: name, groups, uid, extra: extras } = issuer.claimMappings
    const claims = lazyClaims({ sub: 'a', team: 'blue' })
    assert.ok('expression' in name)
    assert.equal(name.expression.source, 'claims.sub + "!"')
    assert.equal(name.expression.evaluate({ claims }), 'a!')
    assert.ok(groups !== undefined && 'expression' in groups)
    assert.deepEqual(groups.expression.evaluate({ claims }), [])
    assert.ok(uid !== undefined && 'expression' in uid)
    assert.equal(extras[0]?.key, 'example.com/team')
    assert.equal(extras[0].valueExpression.evaluate({ claims }), 'blue')
    assert.deepEqual(
      issuer.claimValidationRules.map((rule) =>
        'expression' in rule ? [rule.expression.source, rule.message] : rule.claim,
      ),
      ['hd', ['claims.hd != "x"', 'not x'], ['claims.hd != "y"', '']],
    )
    assert.deepEqual(
      issuer.userValidationRules.map(({ message }) => message),
      ['no root'],
    )
  })

  const accepted: readonly (readonly [string, Entry])[] = [
    ['a rule that is a constant', claimRules({ expression: 'true' })],
    ['"" beside an expression', claimRules({ expression: 'true', claim: '', requiredValue: '' })],
    [
      'one expression in two sections',
      {
        more: {
          claimValidationRules: [{ expression: 'true' }],
          userValidationRules: [{ expression: 'true' }],
        },
      },
    ],
    ['${NAME}, which is no variable here', username('claims.sub + "${A}"')],
    ['claims.email that an own part verifies', username(`${verified} ? claims.email : claims.sub`)],
    [
      'claims.email that has() looks at',
      username('has(claims.email_verified) ? claims.email : ""'),
    ],
    [
      'claims.email that a rule verifies',
      {
        mappings: { username: { expression: 'claims.email' } },
        more: { claimValidationRules: [{ expression: verified }] },
      },
    ],
    [
      'claims.email that an extra looks at',
      {
        mappings: {
          username: { expression: 'claims.email' },
          extra: [{ key: 'a.b/c', valueExpression: 'string(claims.email_verified)' }],
        },
      },
    ],
    ["claims['email'], which kube-apiserver does not see", username("claims['email']")],
    ['claims.mail', username('claims.mail + claims.emails')],
    ['email in groups', { mappings: { groups: { expression: '[claims.email]' } } }],
    ['email of another claim', username('claims.profile.email')],
  ]
  for (const [what, parts] of accepted) {
    it(`take ${what}`, () => {
      assert.deepEqual(problemsOfFile(`${head}jwt: [${entry(parts)}]`), [])
    })
  }

  const notVerified = /^3:\d+ jwt\[0\].claimMappings.username.expression: uses claims.email, so/
  const refused: readonly (readonly [string, Entry, ...RegExp[]])[] = [
    [
      'what is no expression',
      claimRules({ expression: 'claims.a ==' }),
      /^3:\d+ jwt\[0\].claimValidationRules\[0\].expression: does not compile: 1:12: /,
    ],
    [
      'every fault in one, at its place',
      claimRules({ expression: 'foo &&\n  bar' }),
      /claimValidationRules\[0\].expression: does not compile: 1:1: .*"foo"/,
      /claimValidationRules\[0\].expression: does not compile: 2:3: .*"bar"/,
    ],
    [
      'faults everywhere',
      {
        mappings: {
          username: { expression: 'a' },
          groups: { expression: 'b' },
          uid: { expression: 'c' },
          extra: [{ key: 'x.y/z', valueExpression: 'd' }],
        },
        more: {
          claimValidationRules: [{ expression: 'e' }],
          userValidationRules: [{ expression: 'f' }],
        },
      },
      /username.expression: .*"a"/,
      /groups.expression: .*"b"/,
      /uid.expression: .*"c"/,
      /extra\[0\].valueExpression: .*"d"/,
      /claimValidationRules\[0\].expression: .*"e"/,
      /userValidationRules\[0\].expression: .*"f"/,
    ],
    [
      'a rule that may be anything',
      claimRules({ expression: 'claims.flag' }),
      /claimValidationRules\[0\].expression: must be of type bool, but is any: compare it/,
    ],
    [
      'a rule that may be anything in the end',
      claimRules({ expression: 'claims.?flag.orValue(false)' }),
      /must be of type bool, but is any/,
    ],
    [
      'a rule that is dyn',
      claimRules({ expression: 'claims.a.b' }),
      /must be of type bool, but is dyn/,
    ],
    [
      'a rule that is a string',
      userRules({ expression: 'user.username' }),
      /userValidationRules\[0\].expression: must be of type bool, but is string/,
    ],
    [
      'a macro over any',
      { mappings: { groups: { expression: 'claims.groups.map(x, x)' } } },
      /groups.expression: does not compile: /,
    ],
    [
      'user in a rule about claims',
      claimRules({ expression: 'user.username == "a"' }),
      /does not compile: 1:1: .*"user"/,
    ],
    [
      'claims in a rule about the user',
      userRules({ expression: 'claims.sub == "a"' }),
      /does not compile: 1:1: .*"claims"/,
    ],
    [
      'a field that no user has',
      userRules({ expression: 'user.name == "a"' }),
      /does not compile: 1:5: .*"name"/,
    ],
    [
      'a pattern that is no RE2',
      claimRules({ expression: 'claims.a.matches("(?=a)")' }),
      /does not compile: /,
    ],
    [
      'a claim beside an expression',
      claimRules({ claim: 'a', expression: 'no expression' }),
      /claimValidationRules\[0\]: must have claim or expression, not both/,
    ],
    [
      'a value beside an expression',
      claimRules({ requiredValue: 'a', expression: 'true' }),
      /claimValidationRules\[0\].requiredValue: must not stand beside expression/,
    ],
    [
      'a rule twice',
      claimRules({ expression: 'true' }, { expression: 'true', message: 'again' }),
      /claimValidationRules\[1\].expression: must not be named twice/,
    ],
    [
      'a faulty rule twice, its fault once',
      claimRules({ expression: 'nope' }, { expression: 'nope' }),
      /claimValidationRules\[0\].expression: does not compile/,
      /claimValidationRules\[1\].expression: must not be named twice/,
    ],
    [
      'a user rule twice',
      userRules({ expression: 'true' }, { expression: 'true' }),
      /userValidationRules\[1\].expression: must not be named twice/,
    ],
    [
      'a user rule without an expression',
      userRules({ message: 'a' }, {}),
      /userValidationRules\[0\].expression: is missing/,
      /userValidationRules\[1\].expression: is missing/,
    ],
    [
      'a prefix beside an expression',
      username('claims.sub', { prefix: '' }),
      /username.prefix: must not stand beside expression/,
    ],
    [
      'a claim beside an expression of username',
      username('nope', { claim: 'sub', prefix: '' }),
      /username: must have claim or expression, not both/,
    ],
    [
      'a claim beside an expression of groups',
      { mappings: { groups: { claim: 'a', expression: 'nope', prefix: '' } } },
      /groups: must have claim or expression, not both/,
    ],
    [
      'a claim beside an expression of uid',
      { mappings: { uid: { claim: 'a', expression: 'nope' } } },
      /uid: must have claim or expression, not both/,
    ],
    ['an extra without a value', extra({ key: 'a.b/c' }), /extra\[0\].valueExpression: is missing/],
    [
      'an extra without a key',
      extra({ valueExpression: 'claims.a' }),
      /extra\[0\].key: is missing/,
    ],
    [
      'an extra in capitals',
      extra({ key: 'a.b/C', valueExpression: 'claims.a' }),
      /extra\[0\].key: must be lower-case \(got "a.b\/C"\)/,
    ],
    [
      'an extra twice, whose second value is not looked at',
      extra(
        { key: 'a.b/c', valueExpression: 'claims.a' },
        { key: 'a.b/c', valueExpression: 'nope' },
      ),
      /extra\[1\].key: must not be named twice/,
    ],
    ['claims.email on its own', username('claims.email'), notVerified],
    ['claims.?email', username('claims.?email.orValue("a")'), notVerified],
    ['has(claims.email)', username('has(claims.email) ? "a" : "b"'), notVerified],
    ['email deep inside', username('{"a": [1].map(x, claims.email)[0]}["a"]'), notVerified],
    [
      "email_verified as claims['email_verified']",
      username("claims['email_verified'] == true ? claims.email : ''"),
      notVerified,
    ],
    [
      'email_verified in groups',
      {
        mappings: {
          username: { expression: 'claims.email' },
          groups: { expression: '[string(claims.email_verified)]' },
        },
      },
      notVerified,
    ],
    [
      'email_verified as a required claim',
      {
        mappings: { username: { expression: 'claims.email' } },
        ...claimRules({ claim: 'email_verified', requiredValue: 'true' }),
      },
      notVerified,
    ],
    [
      'email_verified in a rule that does not compile',
      {
        mappings: { username: { expression: 'claims.email' } },
        ...claimRules({ expression: 'claims.email_verified' }),
      },
      /claimValidationRules\[0\].expression: must be of type bool/,
      notVerified,
    ],
  ]
  for (const [what, parts, ...expected] of refused) {
    it(`refuse ${what}`, () => {
      const problems = problemsOfFile(`${head}jwt: [${entry(parts)}]`)
      assert.equal(problems.length, expected.length, problems.join('\n'))
      for (const pattern of expected) {
        assert.ok(
          problems.some((problem) => pattern.test(problem)),
          `${pattern} in\n${problems.join('\n')}`,
        )
      }
    })
  }

  it('tell ten faults of one expression at most', () => {
    const source = Array.from({ length: 5000 }, (_, index) => `n${index}`).join(' || ')
    const rule = claimRules({ expression: source })
    assert.equal(problemsOfFile(`${head}jwt: [${entry(rule)}]`).length, 10)
  })

  it('answer for an expression that is nested too deep', () => {
    const source = `${'('.repeat(50_000)}1${')'.repeat(50_000)}`
    const [problem] = problemsOfFile(`${head}jwt: [${entry(claimRules({ expression: source }))}]`)
    assert.match(problem ?? '', /claimValidationRules\[0\].expression: does not compile: 1:/)
  })
})
