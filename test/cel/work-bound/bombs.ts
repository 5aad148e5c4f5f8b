/** A condition on each of 12,000 elements, named x. */
const loop = (condition: string): string => `dyn(claims.ones).all(x, ${condition})`
/** The same with a value that is made once, named v. */
const loopWith = (value: string, condition: string): string =>
  `[${value}].all(v, ${loop(condition)})`

const someTexts = ['same', 'mixed', 'latin', 'emoji', 'half', 'quotes', 'words', 'inner.half']
const lists = 'ones names numbers fractions longs huge lists maps deep inner.names'.split(' ')
const maps = ['objects', 'wide', 'deepMap', 'halves', 'inner.wide']

const ofText = (text: string): readonly string[] => [
  `size(${text}) >= 0`,
  `${text} == x || true`,
  `claims.almost == ${text} || true`,
  `${text} != claims.almost || true`,
  `${text} < claims.almost || true`,
  `${text} <= ${text}`,
  `${text} in claims.ones || true`,
  `${text} in {'a': 1} || true`,
  `(${text} + x).size() > 0`,
  `${text}.contains('aaaaaaaaaaaaaaab') || true`,
  `${text}.startsWith('a') || true`,
  `${text}.endsWith(${text})`,
  `${text}.charAt(7000) != ''`,
  `${text}.indexOf('b') < 0 || true`,
  `${text}.indexOf('b', 3) < 0 || true`,
  `${text}.lastIndexOf('b') < 0 || true`,
  `${text}.lastIndexOf('b', 7000) < 0 || true`,
  `${text}.lastIndexOf('') > 0`,
  `${text}.lowerAscii() != ''`,
  `${text}.upperAscii() != ''`,
  `${text}.trim() != ''`,
  `${text}.substring(3, 7000) != ''`,
  `${text}.replace('a', 'bc') != ''`,
  `${text}.replace('', '-') != ''`,
  `${text}.replace('a', claims.longs[0].substring(0, 330)) != ''`,
  `${text}.split('').size() > 0`,
  `${text}.split(',').size() > 0`,
  `'%s'.format([dyn(${text})]) != ''`,
  `'%s'.format([[dyn(${text})]]) != ''`,
  `'%x'.format([dyn(${text})]) != ''`,
  `strings.quote(${text}) != ''`,
  `string(bytes(string(${text}))) != ''`,
  `bytes(string(${text})) < bytes(string(${text})) || true`,
  `${text}.matches('(a|b)*c$') || true`,
  `${text}.matches('a+$') || true`,
  `${text}.find('a+b') == '' || true`,
  `${text}.findAll('[a-z]+').size() >= 0`,
  `${text}.findAll('.').size() >= 0`,
  `${text}.findAll('a+b|a', 5).size() >= 0`,
  `matches(${text}, '\\\\w+@x') || true`,
  `optional.ofNonZeroValue(${text}).orValue('') != ''`,
  `{${text}: 1}[${text}] == 1`,
  `claims.wide[?${text}].hasValue() || true`,
  `[dyn(${text}), x] == [dyn(${text}), x]`,
]

const parsers =
  'isURL isIP ip.isCanonical isCIDR isQuantity isSemver int uint double bool duration timestamp'
const formats =
  'dns1123Label dns1123Subdomain dns1035Label qualifiedName dns1123LabelPrefix labelValue uri uuid byte date datetime'

const ofAnyParser = (text: string): readonly string[] => [
  ...parsers.split(' ').map((name) => `${name}(${text}) == ${name}(${text}) || true`),
  ...formats.split(' ').map((name) => `format.${name}().validate(${text}).hasValue() || true`),
  `cidr('10.0.0.0/8').containsIP(string(${text})) || true`,
  `cidr('10.0.0.0/8').containsCIDR(string(${text})) || true`,
]

const ofParsers: readonly string[] = [
  'url(claims.escapes) == url(claims.escapes)',
  'isURL(claims.escapes)',
  'isURL(claims.notUrl) || true',
  'isURL(claims.noScheme) || true',
  'isURL(claims.host) || true',
  "url(claims.fragment).getHost() != ''",
  'format.uri().validate(claims.noScheme).hasValue()',
  'isIP(claims.address6) || true',
  'isIP(claims.address4) || true',
  'isQuantity(claims.large)',
  'isQuantity(claims.small)',
  'isQuantity(claims.decimal)',
  'isQuantity(claims.zeros)',
  "quantity('1e99999').compareTo(quantity('1e-9')) > 0",
  "quantity('1e99999').sub(1).isInteger() || true",
  "quantity('1e99999').asApproximateFloat() > 1.0",
  'semver(claims.version).compareTo(semver(claims.version)) == 0',
  "duration(claims.duration) > duration('0s')",
  "timestamp(claims.time) > timestamp('2020-01-01T00:00:00Z')",
  'double(claims.decimal) > 0.0',
  'double(claims.underscores) > 0.0 || true',
  'double(claims.hexadecimal) > 0.0 || true',
  'double(claims.exponent) > 0.0 || true',
  'int(claims.zeros) == 0',
  "timestamp('2024-01-01T00:00:00Z').getHours('Europe/Berlin') >= 0",
  "dyn(claims.zones).exists(zone, timestamp('2024-01-01T00:00:00Z').getHours(zone) > 99)",
]

const ofFormats: readonly string[] = [
  "claims.clauses.format([x]) != '' || true",
  "claims.clauses.format(dyn(claims.ones)) != '' || true",
  "claims.percents.format([x]) != ''",
  "'%.9999f'.format([1.5]) != ''",
  "'%.30000e'.format([1.5]) != ''",
  "'%f%f%f'.format([1.7e308, 1.1, 1.1]) != ''",
]

const ofList = (list: string): readonly string[] => [
  `${list} == ${list}`,
  `${list} != ${list} || true`,
  `[${list}][0] == ${list}`,
  `x in ${list} || true`,
  `'nope' in ${list} || true`,
  `1.5 in ${list} || true`,
  `{'k': -1.0} in ${list} || true`,
  `(${list} + ${list}) != []`,
  `${list}.exists(y, y == 'q') || true`,
  `!${list}.exists_one(y, false)`,
  `${list}.map(y, {'a': y}) != []`,
  `${list}.sort() != [] || true`,
  `${list}.sortBy(y, string(y)) != [] || true`,
  `${list}.distinct() != [] || true`,
  `${list}.reverse() != []`,
  `${list}.slice(0, 1) != []`,
  `[${list}, ${list}].flatten() != []`,
  `${list}.flatten(3) != []`,
  `sets.contains(${list}, ['nope']) || true`,
  `sets.equivalent(${list}, [1]) || true`,
  `sets.intersects(${list}, ['nope']) || true`,
  `${list}.isSorted() || true`,
  `${list}.max() != x || true`,
  `${list}.min() != x || true`,
  `${list}.sum() != 1 || true`,
  `${list}.indexOf('nope') < 0 || true`,
  `[[${list}]].lastIndexOf([1]) < 0 || true`,
  `${list}.join(',') != '' || true`,
  `'%s'.format([${list}]) != '' || true`,
  `google.protobuf.ListValue{values: ${list}} != []`,
  `google.protobuf.Value{list_value: ${list}} != []`,
  `optional.unwrap(${list}.map(y, optional.of(y))) != []`,
  `${list}.all(i, y, i < 0 || true)`,
  `${list}.transformList(i, y, y) != []`,
  `${list}.transformMap(i, y, y) != {}`,
  `${list}.transformMapEntry(i, y, {string(i): y}) != {}`,
  `lists.range(1000) != []`,
]

const ofMap = (map: string): readonly string[] => [
  `${map} == ${map}`,
  `${map} != ${map} || true`,
  `optional.of(${map}) == optional.of(${map})`,
  `{'a': ${map}} == {'a': ${map}}`,
  `${map} in [${map}] || true`,
  `'k5' in ${map} || true`,
  `'\\ufffd5' in ${map} || true`,
  `${map}['\\ufffdx'] == 1 || true`,
  `has(${map}.k2999) || true`,
  `size(${map}) > 0`,
  `${map}.exists(k, false) || true`,
  `${map}.exists(k, true)`,
  `${map}.all(k, v, true)`,
  `${map}.transformMap(k, v, v) != {}`,
  `${map}.transformList(k, v, k) != []`,
  `'%s'.format([${map}]) != ''`,
  `google.protobuf.Struct{fields: ${map}} != {}`,
  `[${map}].indexOf(1) < 0 || true`,
]

const ofClaims: readonly string[] = [
  'claims.all(k, true) || true',
  'claims.all(k, v, true) || true',
  "claims['\\ufffd'] == 1 || true",
  'claims.inner.names[3] == x || true',
  'claims.inner.wide.k3 == 3.0',
  'claims.inner.half != x',
]

/** A short match that needs a look at all that follows. */
const farSighted = [
  'a+b|a',
  'a*?b|a',
  '\\\\pL+x|\\\\pL',
  '[\\\\w.]+@corp[.]com|\\\\w+',
  '(.*)(.*)x|.',
  '.{100}y|.',
  '\\\\b.|.z',
  '(?i)a+b|a',
]
/** Patterns whose automaton has more states than fit anywhere. */
const automata = [
  '[ab]*a[ab]{20}d|c$',
  '[ab]*a[ab]{80}d|c$',
  '[ab]*a[ab]{300}d|c$',
  `(?:${'a?'.repeat(200)})*e|c$`,
  `(?:${'(?:a|b)?'.repeat(100)})*e|c$`,
  `${'a?'.repeat(500)}${'a'.repeat(500)}`,
  `${'('.repeat(200)}a${')'.repeat(200)}`,
]
const patternClaims =
  'stars groups repeated optional letters folded brackets hidden openClasses openNames openLetters openRepetitions'.split(
    ' ',
  )

const searches: readonly string[] = [
  ...[...someTexts, 'addresses'].flatMap((text) =>
    farSighted.map((pattern) => `claims.${text}.findAll('${pattern}').size() >= 0`),
  ),
  ...automata.flatMap((pattern) => [
    `claims.bits.matches('${pattern}') || true`,
    `claims.bits.find('${pattern}') != 'q'`,
    `claims.bits.findAll('${pattern}').size() >= 0`,
    loop(`claims.bits.matches('${pattern}') || true`),
  ]),
  ...patternClaims.flatMap((claim) => [
    `'x'.matches(claims.${claim}) || true`,
    `matches('x', claims.${claim}) || true`,
    `'x'.find(claims.${claim}) != 'q'`,
    loop(`x.matches(claims.${claim}) || true`),
  ]),
  loop('dyn(claims.patterns).exists(pattern, x.matches(pattern))'),
  loop("dyn(claims.patterns).exists(pattern, x.find(pattern) == 'q')"),
]

const madeOnce: readonly string[] = [
  ...['getHost', 'getHostname', 'getPort', 'getEscapedPath'].flatMap((getter) =>
    ['url', 'escapes', 'host'].map((claim) =>
      loopWith(`url(claims.${claim})`, `v.${getter}() != 'q'`),
    ),
  ),
  loopWith('url(claims.query)', 'v.getQuery() != {}'),
  loopWith('url(claims.url)', 'v == v'),
  loopWith('semver(claims.version)', 'v == v'),
  loopWith('quantity(claims.digits)', 'v == v'),
  loopWith('quantity(claims.large)', 'v.add(v) == v || true'),
  loopWith('quantity(claims.large)', 'v.isGreaterThan(v) || true'),
  loopWith('[bytes(string(claims.same))]', 'v == v'),
  loopWith('bytes(string(claims.same))', 'v == v'),
  loopWith("claims.same + 'x'", "v + 'y' != v"),
  loopWith('dyn(claims.names).map(name, [name])', 'v == v'),
  loopWith('dyn(claims.names).transformMap(i, name, name)', 'v == v'),
  loopWith('dyn(claims.names).transformMap(i, name, name)', 'v.exists(k, false) || true'),
]

const small: readonly string[] = [
  Array.from({ length: 500 }, () => "x == 'x'").join(' && '),
  `[${'x,'.repeat(500)}x] != []`,
  "url('https://example.com/a?b=c&d=e').getQuery() != {}",
  "timestamp('2024-01-01T00:00:00Z') < timestamp('2025-01-01T00:00:00Z')",
  "string(ip('::ffff')) != ''",
  "quantity('1Gi').isGreaterThan(quantity('1Mi'))",
  "semver('1.2.3').isLessThan(semver('1.2.4'))",
  "'a b c d e f'.split(' ').join('-') != ''",
  "'%d-%s'.format([1, string(x)]) != ''",
  'dyn(claims.ones).all(y, true)',
]

/** Expressions by what they do; all are to end soon over the hostile claims. */
export const bombs: readonly (readonly [about: string, sources: readonly string[]])[] = [
  ...someTexts.map((text) => [`text "${text}"`, ofText(`claims.${text}`).map(loop)] as const),
  ...[...someTexts, 'digits'].map(
    (text) => [`parsers of "${text}"`, ofAnyParser(`claims.${text}`).map(loop)] as const,
  ),
  ['parsers', ofParsers.map(loop)],
  ['format()', ofFormats.map(loop)],
  ...lists.map((list) => [`list "${list}"`, ofList(`dyn(claims.${list})`).map(loop)] as const),
  ...maps.map((map) => [`map "${map}"`, ofMap(`dyn(claims.${map})`).map(loop)] as const),
  ['claims', ofClaims.map(loop)],
  ['patterns', searches],
  ['values made once', madeOnce],
  ['small things', small.map(loop)],
]
