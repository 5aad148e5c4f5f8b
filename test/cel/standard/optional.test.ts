import { describe } from 'node:test'
import { evaluates } from '../evaluated.ts'

const claims = {
  text: 'a',
  address: '192.0.2.1',
  number: 5,
  nothing: null,
  list: ['x'],
  none: [],
  deep: { inner: { leaf: 1 }, 'a-b': 2, empty: {} },
}

describe('optional', () => {
  evaluates(
    [
      ['optional.of(1).value()', '1'],
      ['optional.none().value()', 'error(optional.none() dereference)'],
      ['optional.ofNonZeroValue("")', 'none'],
      ['optional.ofNonZeroValue(0u)', 'none'],
      ['optional.ofNonZeroValue(null)', 'none'],
      ['optional.ofNonZeroValue(duration("0s"))', 'none'],
      ['optional.ofNonZeroValue([])', 'none'],
      ['optional.ofNonZeroValue(claims.none)', 'optional([])'],
      ['optional.ofNonZeroValue(claims.deep.empty)', 'optional({})'],
      ['optional.none().orValue(claims.text)', '"a"'],
      ['optional.of(1).orValue(int(claims.missing))', '1'],
      ['optional.none().or(optional.of(2))', 'optional(2)'],
      ['claims.?text.hasValue()', 'true'],
      ['claims.?missing.orValue("b")', '"b"'],
      ['claims.?nothing.orValue("b")', 'null'],
      ['claims.?deep.inner.leaf', 'optional(double(1))'],
      ['claims.?deep.missing.leaf', 'none'],
      ['claims.?number.?x', 'none'],
      ['claims.?list.?x', "error(unsupported index type 'string' in list)"],
      ['claims.list[?0]', 'optional("x")'],
      ['claims.list[?7]', 'none'],
      ['has(claims.?deep.inner)', 'true'],
      ['has(claims.?missing.inner)', 'false'],
      ['claims.?text.optMap(t, t + "!")', 'optional("a!")'],
      ['claims.?missing.optMap(t, t + "!")', 'none'],
      ['claims.?deep.optFlatMap(d, d.?inner)', 'optional({"leaf": double(1)})'],
      ['[?claims.?text, ?claims.?missing]', '["a"]'],
      ['{?"a": claims.?text, ?"b": claims.?missing}', '{"a": "a"}'],
      ['{"a": "x", ?"a": optional.none()}', '{}'],
      ['claims.list.first()', 'optional("x")'],
      ['claims.none.last()', 'none'],
      ['optional.unwrap([optional.of(1), optional.none()])', '[1]'],
      ['dyn(5).orValue(6)', '5'],
      ['[optional.of(optional.of(1))].map(o, o)', '[optional(1)]'],
      ['(true ? optional.of(claims.deep) : optional.none()).?a__dash__b', 'none'],
      // cel-go cannot carry a value of Kubernetes' own types through a variable.
      ['claims.?address.optMap(a, ip(a)).hasValue()', 'true'],
      [
        'claims.?address.optMap(a, ip(a)).value().family()',
        'error(unsupported conversion to ref.Val: net.IP)',
      ],
      ['claims.?address.optMap(a, ip(a).family())', 'optional(4)'],
      ['claims.?deep.a__dash__b', 'optional(double(2))'],
    ],
    claims,
  )
})
