import type { CelCases } from './cel-cases.ts'

/** One value of each type, and those at the edges, as literals. */
const values = [
  ...['0', '1', '-1', '5', '9223372036854775807', '-9223372036854775808', '0u', '5u'],
  ...[
    '18446744073709551615u',
    '0.0',
    '1.5',
    '5.0',
    '-0.0',
    '1e300',
    "double('NaN')",
    "double('Infinity')",
  ],
  ...["''", "'a'", "b''", "b'a'", 'true', 'false', 'null', '[]', '[1]', "['a']", '{}', "{'a': 1}"],
  ...[
    "timestamp('2024-01-01T00:00:00Z')",
    "duration('90s')",
    'int',
    'optional.none()',
    'optional.of(1)',
  ],
] as const

const claimed = [
  ...[
    'claims.n',
    'claims.frac',
    'claims.sub',
    'claims.yes',
    'claims.nil',
    'claims.list',
    'claims.object',
  ],
  ...['claims.zero', 'claims.huge', 'claims.nums', 'claims', 'claims.nested.list', 'claims.none'],
] as const

const operators = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  '&&',
  '||',
] as const

const pairs = (
  left: readonly string[],
  right: readonly string[],
  of: readonly string[] = operators,
): string[] =>
  of.flatMap((operator) => left.flatMap((a) => right.map((b) => `${a} ${operator} ${b}`)))

const dynamic = values.map((value) => `dyn(${value})`)

/** Every operator between every two kinds of value; what is true of types at compile time and of values. */
export const operatorCases: readonly CelCases[] = [
  { about: 'operators between literals', expressions: pairs(values, values) },
  { about: 'operators between dynamic values', expressions: pairs(dynamic, dynamic) },
  { about: 'operators between claims', expressions: pairs(claimed, claimed) },
  { about: 'operators between claims and literals', expressions: pairs(claimed, values) },
  { about: 'operators between literals and claims', expressions: pairs(values, claimed) },
  {
    about: 'unary operators and indices',
    expressions: [...values, ...dynamic, ...claimed].flatMap((value) => [
      `-${value}`,
      `!${value}`,
      `!(${value})`,
      `-(${value})`,
      `[1, 2][${value}]`,
      `claims.list[${value}]`,
      `claims[${value}]`,
      `claims.nested[${value}]`,
      `${value}[0]`,
      `${value}['a']`,
      `${value}.a`,
      `{'a': ${value}}.a == ${value}`,
      `[${value}] == [${value}]`,
      `${value} ? 1 : 2`,
      `true ? ${value} : 2`,
      `size(${value})`,
      `[${value}, 1]`,
      `{${value}: 1}`,
      `type(${value})`,
      `has(${value}.a)`,
      `${value} == ${value}`,
    ]),
  },
  {
    about: 'integers at their limits',
    expressions: [
      ...[
        '9223372036854775807 + 1',
        '-9223372036854775808 - 1',
        '9223372036854775807 * 2',
        '-(-9223372036854775808)',
      ],
      ...[
        '-9223372036854775808 / -1',
        '-9223372036854775808 % -1',
        '5 / 0',
        '5 % 0',
        '5u / 0u',
        '5u % 0u',
        '1u - 2u',
      ],
      ...[
        '18446744073709551615u + 1u',
        '18446744073709551615u * 2u',
        '7 / -2',
        '-7 / 2',
        '-7 % 2',
        '7 % -2',
      ],
      ...[
        '5.0 / 0.0',
        '-5.0 / 0.0',
        '0.0 / 0.0',
        '0.0 / 0.0 == 0.0 / 0.0',
        '5.0 % 2.0',
        '1e308 * 10.0',
      ],
      ...[
        '9007199254740993 == 9007199254740992.0',
        '9007199254740993 > 9007199254740992.0',
        '1 == 1.0',
        '1u == 1',
      ],
      ...[
        '18446744073709551615u > 9223372036854775807',
        '-1 < 0u',
        '18446744073709551615u == 18446744073709551615.0',
      ],
      ...[
        '9223372036854775807 < 9223372036854775808.0',
        '9223372036854775807 == 9223372036854775807.0',
        '-1 == 4294967295u',
      ],
      ...[
        '1 in [1.0]',
        '1.0 in [1]',
        '1u in [1, 2]',
        'dyn(1) in {1.0: 2}',
        'claims.n in [5]',
        'claims.n in [5u]',
        '5 in claims.nums',
      ],
      ...[
        '3 in claims.nums',
        '3u in claims.nums',
        '3.0 in claims.nums',
        "'a' in claims.list",
        'claims.n in {5: 1}',
        'claims.nil in [null]',
      ],
      ...[
        '[1, 2] == [1.0, 2.0]',
        '{1: 2} == {1u: 2.0}',
        '[1] + [2]',
        "[1] + ['a']",
        '[1] + claims.nums',
        'claims.nums + [1]',
        "claims.list + ['d']",
      ],
      ...[
        'claims.list + claims.nums',
        "'a' + 'b'",
        "b'a' + b'b'",
        "'a' + b'b'",
        "claims.sub + '!'",
        "'x-' + claims.sub",
        'claims.sub + claims.n',
      ],
    ],
  },
  {
    about: 'errors that && and || absorb',
    expressions: [
      ...[
        'claims.x || true',
        'true || claims.x',
        'claims.x && false',
        'false && claims.x',
        'claims.x || false',
        'false || claims.x',
      ],
      ...[
        'claims.x && true',
        'true && claims.x',
        'claims.x || claims.y',
        'claims.x && claims.y',
        'claims.sub || true',
        'true || claims.sub == 1',
      ],
      ...[
        'dyn(1) || true',
        'true || dyn(1)',
        'dyn(1) && false',
        'dyn(1) || false',
        'dyn(null) && true',
        '(1 / 0 == 1) || true',
        '1 / 0 == 1 || true',
      ],
      ...[
        '[1, 2].exists(x, 1 / (x - 1) == 1)',
        '[1, 2].exists(x, 1 / (x - 2) == 5)',
        '[1, 2].all(x, 1 / (x - 1) == 1)',
        '[1, 2].all(x, 1 / (x - 1) == 5)',
      ],
      ...[
        '[1, 2].exists_one(x, 1 / (x - 1) == 1)',
        '[0, 1].map(x, 1 / x)',
        '[0, 1].filter(x, 1 / x == 1)',
        'claims.yes || claims.x',
        'claims.no && claims.x',
      ],
      ...[
        'claims.x ? 1 : 2',
        'true ? 1 : 1 / 0',
        'false ? 1 / 0 : 2',
        'claims.yes ? claims.sub : claims.x',
        'claims.no ? claims.x : claims.sub',
        'claims.nil ? 1 : 2',
      ],
      ...[
        'has(claims.x) && claims.x',
        'has(claims.x) ? claims.x : claims.sub',
        '!has(claims.x) || claims.x.y',
        'has(claims.sub) && claims.sub.size() > 2',
        'claims.x == claims.x || true',
      ],
    ],
  },
]
