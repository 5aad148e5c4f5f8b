import assert from 'node:assert/strict'
import { it } from 'node:test'
import { problemsOf, sessionKeys } from './folder.ts'
import { pem } from './pem.ts'

/** A text, and what is wrong with it: each of these and nothing else; none is good. */
export type Case = readonly [what: string, text: string, ...problems: RegExp[]]

/** The files that the cases name. */
const ruleFiles = {
  'tls.crt': pem.certificate,
  'tls.key': pem.key,
  'other.key': pem.otherKey,
  rsa: 'no key',
  caller: 'a-secret-of-the-caller\n',
  short: 'short\n',
  blanks: 'a secret with blanks in it\n',
  empty: '\n\n',
  token: 'ey.to.ken\n',
  keys: sessionKeys,
}

/** One test for each case; `around` makes a whole configuration of its text. */
export function check(cases: readonly Case[], around: (text: string) => string) {
  for (const [what, text, ...expected] of cases) {
    it(`${expected.length === 0 ? 'accepts' : 'refuses'} ${what}`, () => {
      const problems = problemsOf(around(text), { files: ruleFiles })
      assert.equal(problems.length, expected.length, problems.join('\n'))
      for (const [index, pattern] of expected.entries())
        assert.match(problems[index] ?? '', pattern)
    })
  }
}
