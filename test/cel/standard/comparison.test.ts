import { describe } from 'node:test'
import { evaluates } from '../evaluated.ts'

const claims = { five: 5, text: 'a', list: ['a', 5], map: { a: 5 }, nothing: null, yes: true }

describe('== and !=', () => {
  evaluates(
    [
      ['claims.five == 5', 'true'],
      ['claims.five == 5u', 'true'],
      ['dyn(1) == 1.0', 'true'],
      ['dyn(1) == "1"', 'false'],
      ['dyn(9007199254740993) == 9007199254740992.0', 'true'],
      ['dyn(0.0 / 0.0) == dyn(0.0 / 0.0)', 'false'],
      ['claims.nothing == null', 'true'],
      ['claims.text == null', 'false'],
      ['claims.list == [dyn("a"), dyn(5)]', 'true'],
      ['claims.map == {"a": 5.0}', 'true'],
      ['claims.map == {"b": 5.0}', 'false'],
      ['claims == claims', 'true'],
      ['claims == claims.map', 'error(no such overload)'],
      ['claims != claims.map', 'true'],
      ['claims.map == claims', 'false'],
      ['optional.of(1) == optional.of(dyn(1.0))', 'true'],
      ['optional.none() == optional.of(1)', 'false'],
      ['dyn(ip("::1")) == "x"', 'error(no such overload)'],
      ['dyn("x") == ip("::1")', 'false'],
      ['b"a" == bytes("a")', 'true'],
    ],
    claims,
  )
})

describe('< <= > >=', () => {
  evaluates(
    [
      ['claims.five < 6', 'true'],
      ['claims.five >= 5u', 'true'],
      ['-1 < 0u', 'true'],
      ['1.5 > 1', 'true'],
      ['dyn(0.0 / 0.0) < 1', 'error(NaN values cannot be ordered)'],
      ['claims.text < 1', 'error(no such overload)'],
      ['false < claims.yes', 'true'],
      ['"\\U0001F600" > "\\uFFFD"', 'true'],
      ['b"a" < b"ab"', 'true'],
      ['duration("1h") < duration("61m")', 'true'],
      ['timestamp("2024-01-01T01:00:00+01:00") <= timestamp("2024-01-01T00:00:00Z")', 'true'],
      ['claims.list < claims.list', 'error(no such overload)'],
      ['claims.nothing < claims.nothing', 'error(no such overload)'],
    ],
    claims,
  )
})

describe('in', () => {
  evaluates(
    [
      ['claims.five in [1, 5]', 'true'],
      ['claims.five in [1u, 5u]', 'true'],
      ['claims.text in ["b"]', 'false'],
      ['claims.text in []', 'false'],
      ['claims.missing in ["a"]', 'error(no such key: missing)'],
      ['5 in claims.list', 'true'],
      ['"a" in claims.map', 'true'],
      ['"a" in claims', 'error(no such overload)'],
      ['1 in claims.five', 'error(no such overload)'],
      ['dyn(1.0) in {1: "x"}', 'true'],
      ['dyn(b"a") in dyn({"a": 1})', 'error(Cannot look up bytes)'],
      ['dyn(b"a") in ["a"]', 'error(Cannot look up bytes in a set of constants)'],
      ['dyn(9007199254740993) in [9007199254740992.0]', 'false'],
    ],
    claims,
  )
})
