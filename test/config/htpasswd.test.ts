import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseHtpasswd } from '../../src/config/htpasswd.ts'

const body = 'abcdefghijklmnopqrstuv./ABCDEFGHIJKLMNOPQRSTUVWXYZ012'
const hash = `$2y$05$${body.slice(0, 53)}`

describe('parseHtpasswd()', () => {
  it('reads what htpasswd -B writes', () => {
    const text = `# people\nalice:${hash}\r\n\nbob@example.com:${hash.replace('2y', '2b')}  \n# end`
    assert.deepEqual(parseHtpasswd(text), {
      hashes: new Map([
        ['alice', hash],
        ['bob@example.com', hash.replace('2y', '2b')],
      ]),
      faults: [],
    })
  })

  const good = [
    ['$2a$', `a:${hash.replace('2y', '2a')}`],
    ['the lowest cost', `a:${hash.replace('$05$', '$04$')}`],
    ['the highest cost', `a:${hash.replace('$05$', '$14$')}`],
    ['a login in another script', `аліса:${hash}`],
    ['a login with a blank in it', `a b:${hash}`],
    ['a login that is a name of JavaScript', `__proto__:${hash}`],
  ] as const
  for (const [what, line] of good) {
    it(`takes ${what}`, () => {
      const { hashes, faults } = parseHtpasswd(line)
      assert.deepEqual(faults, [])
      assert.equal(hashes.size, 1)
    })
  }

  const bad = [
    ['no colon', 'alice', /^line 1 is not LOGIN:HASH$/],
    ['an empty login', `:${hash}`, /^line 1 has an empty login$/],
    ['no hash', 'alice:', /^line 1 has no bcrypt hash/],
    ['a password', 'alice:hunter2', /^line 1 has no bcrypt hash/],
    ['MD5 of Apache', 'alice:$apr1$abcdefgh$ABCDEFGHIJKLMNOPQRSTU.', /no bcrypt hash/],
    ['SHA-1', 'alice:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', /no bcrypt hash/],
    ['SHA-512', 'alice:$6$salt$hash', /no bcrypt hash/],
    ['crypt', 'alice:rl0uQ0c7eVvTs', /no bcrypt hash/],
    ['$2x$, which hashes wrongly', `alice:${hash.replace('2y', '2x')}`, /no bcrypt hash/],
    ['$2$', `alice:${hash.replace('2y', '2')}`, /no bcrypt hash/],
    ['a hash that is too short', `alice:${hash.slice(0, -1)}`, /no bcrypt hash/],
    ['a hash that is too long', `alice:${hash}a`, /no bcrypt hash/],
    ['a third field', `alice:${hash}:more`, /no bcrypt hash/],
    ['a cost of 3', `alice:${hash.replace('$05$', '$03$')}`, /cost of bcrypt outside of 4 to 14$/],
    ['a cost of 15', `alice:${hash.replace('$05$', '$15$')}`, /cost of bcrypt outside/],
    ['a cost of 31', `alice:${hash.replace('$05$', '$31$')}`, /cost of bcrypt outside/],
    ['a blank before the login', ` alice:${hash}`, /blank at an end of the login/],
    ['a blank behind the login', `alice :${hash}`, /blank at an end of the login/],
    ['a control character in the login', `a\u0000b:${hash}`, /control character/],
    ['a login twice', `a:${hash}\nb:${hash}\na:${hash}`, /^line 3 has the login of line 1$/],
  ] as const
  for (const [what, text, expected] of bad) {
    it(`refuses ${what}, and quotes nothing of it`, () => {
      const { faults } = parseHtpasswd(text)
      assert.equal(faults.length, 1)
      assert.match(faults[0] ?? '', expected)
      assert.doesNotMatch(faults[0] ?? '', /alice|hunter2|apr1|abcdefgh|W6ph/)
    })
  }

  it('tells every faulty line', () => {
    assert.deepEqual(
      parseHtpasswd('x\n\ny\n').faults.map((fault) => fault.slice(0, 6)),
      ['line 1', 'line 3'],
    )
  })
})
