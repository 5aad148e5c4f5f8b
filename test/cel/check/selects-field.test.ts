import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { check } from '../../../src/cel/check/check.ts'
import { selectsField } from '../../../src/cel/check/selects-field.ts'
import { parse } from '../../../src/cel/syntax/parse.ts'
import { declarations } from './declared.ts'

function selectsEmail(source: string): boolean {
  const parsed = parse(source)
  assert.ok('root' in parsed)
  const checked = check(parsed, declarations)
  assert.ok('root' in checked, `${source} has no types`)
  return selectsField(checked, { identifier: 'claims', field: 'email' })
}

const cases: readonly (readonly [source: string, selects: boolean])[] = [
  ['claims.email', true],
  ['.claims.email', true],
  ['claims.?email', true],
  ['has(claims.email)', true],
  ['claims.email.a.b', true],
  ["claims.?email.orValue('a')", true],
  ["[string(claims.email)] + ['a']", true],
  ["{'a': claims.email}", true],
  ['{claims.email: 1}', true],
  ['google.protobuf.Value{bool_value: has(claims.email)}', true],
  ['[1].map(x, claims.email)', true],
  ['claims.email.b.map(x, x)', true],
  ['claims.a[claims.email]', true],
  ["[{'email': 1}].map(claims, claims.email)", true],
  ["claims['email']", false],
  ["claims[?'email']", false],
  ['claims.email_verified', false],
  ['claims.a.email', false],
  ["'claims.email'", false],
  ['user.username', false],
]

describe('selectsField()', () => {
  for (const [source, selects] of cases) {
    it(`${selects ? 'finds' : 'does not find'} claims.email in ${source}`, () => {
      assert.equal(selectsEmail(source), selects)
    })
  }
})
