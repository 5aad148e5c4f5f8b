import { describe } from 'node:test'
import { evaluates } from '../evaluated.ts'

describe('arithmetic', () => {
  evaluates(
    [
      ['9223372036854775807 + claims.one_', 'error(no such overload)'],
      ['9223372036854775807 + int(claims.one)', 'error(integer overflow)'],
      ['-9223372036854775808 - int(claims.one)', 'error(integer overflow)'],
      ['-9223372036854775808 / -int(claims.one)', 'error(integer overflow)'],
      ['-9223372036854775808 % -int(claims.one)', 'error(integer overflow)'],
      ['-(-9223372036854775808 + int(claims.zero))', 'error(integer overflow)'],
      ['4611686018427387904 * int(claims.two)', 'error(integer overflow)'],
      ['-7 / 2', '-3'],
      ['-7 % 2', '-1'],
      ['1 / int(claims.zero)', 'error(division by zero)'],
      ['1u % uint(claims.zero)', 'error(modulus by zero)'],
      ['1.0 / claims.zero', 'double(+Inf)'],
      ['uint(claims.zero) - 1u', 'error(unsigned integer overflow)'],
      ['18446744073709551615u * uint(claims.two)', 'error(unsigned integer overflow)'],
      ['claims.one + 1', 'error(no such overload)'],
      ['claims.one + 1.0', 'double(2)'],
      ['claims.text + "b"', '"ab"'],
      ['claims.text - dyn("b")', 'error(no such overload)'],
      ['b"a" + b"b"', 'b"6162"'],
      ['claims.list + [2.0]', '[double(1), double(2)]'],
      ['-dyn(duration("1s"))', 'duration(-1000000000)'],
      ['-claims.text', 'error(no such overload)'],
      ['duration("2562047h") + duration("1h")', 'error(integer overflow)'],
      ['timestamp("9999-12-31T23:59:59Z") + duration("1s")', 'error(timestamp overflow)'],
      ['timestamp("1969-12-31T23:59:59.5Z") + duration("0.5s")', 'timestamp(0.000000000)'],
      ['duration("-0.5s") + timestamp(0)', 'timestamp(-1.500000000)'],
      ['timestamp(5) - timestamp("1970-01-01T00:00:04.5Z")', 'duration(500000000)'],
      [
        'timestamp("9999-01-01T00:00:00Z") - timestamp("0001-01-01T00:00:00Z")',
        'error(integer overflow)',
      ],
    ],
    { one: 1, two: 2, zero: 0, text: 'a', list: [1], one_: '1' },
  )
})
