import { type ConfigCase, one, several } from './config-cases.ts'

const username = (
  value: unknown,
  more: Readonly<Record<string, unknown>> = {},
  rest: Readonly<Record<string, unknown>> = {},
): Parameters<typeof one>[1] => ({
  mappings: { username: value, ...more },
  more: rest,
})

const prefixed: readonly (readonly [string, unknown])[] = [
  ['absent', undefined],
  ['null', null],
  ['empty', {}],
  ['a text', 'sub'],
  ['claim and prefix', { claim: 'sub', prefix: 'x:' }],
  ['claim and an empty prefix', { claim: 'sub', prefix: '' }],
  ['claim without prefix', { claim: 'sub' }],
  ['claim and null', { claim: 'sub', prefix: null }],
  ['an empty claim and a prefix', { claim: '', prefix: '' }],
  ['prefix alone', { prefix: 'x' }],
  ['an empty prefix alone', { prefix: '' }],
  ['expression', { expression: 'claims.sub' }],
  ['expression and prefix', { expression: 'claims.sub', prefix: 'x' }],
  ['expression and an empty prefix', { expression: 'claims.sub', prefix: '' }],
  ['claim and expression', { claim: 'sub', expression: 'claims.sub' }],
  ['claim, expression and prefix', { claim: 'sub', expression: 'claims.sub', prefix: '' }],
  ['a claim with a dot', { claim: 'a.b', prefix: '' }],
  ['a blank claim', { claim: ' ', prefix: '' }],
  ['a blank expression', { expression: ' ' }],
  ['an expression that does not parse', { expression: 'claims.' }],
  ['an expression of an unknown name', { expression: 'user.username' }],
  ['an expression that is a number', { expression: '1' }],
  ['an expression that is a list', { expression: "['a']" }],
  ['an expression that is a boolean', { expression: 'true' }],
  ['an expression that fails when folded', { expression: "string(b'\\xff')" }],
  ['a macro over any', { expression: 'claims.groups.map(g, g)' }],
  ['a macro over dyn', { expression: 'dyn(claims.groups).map(g, g)' }],
  ['mixed literals', { expression: "['x', claims.sub]" }],
  ['a bad regex', { expression: "claims.sub.matches('(?=a)')" }],
  ['a bad duration', { expression: "duration('1 hour')" }],
  ['a bad timestamp', { expression: "timestamp('yesterday')" }],
]

const keys = [
  ...[
    'example.com/a',
    'example.com/A',
    'Example.com/a',
    'a/b',
    'a',
    '/a',
    'a/',
    '',
    ' ',
    'example.com',
    'example.com/a/b',
    'example.com//',
    'example.com/a-b._~',
    "example.com/!$&'()*+,;=:",
    'example.com/@',
    'example.com/%zz',
    'example.com/%41',
    'example.com/%',
    'example.com/é',
    'example.com/a b',
    'example.com/a?b',
    'example.com/a#b',
    'example.com/[a]',
  ],
  ...[
    'kubernetes.io/a',
    'k8s.io/a',
    'x.kubernetes.io/a',
    'x.k8s.io/a',
    'xkubernetes.io/a',
    'xk8s.io/a',
    'kubernetes.io.example.com/a',
    'authentication.kubernetes.io/credential-id',
    'example-.com/a',
    '-example.com/a',
    'example..com/a',
    '.example.com/a',
    'example.com./a',
    'ex_ample.com/a',
    '1.2/a',
    `${'a'.repeat(253)}/b`,
    `${'a'.repeat(254)}/b`,
    `${'a'.repeat(64)}.com/b`,
    `a/${'b'.repeat(1000)}`,
    'localhost/a',
    'example.com:8080/a',
    'https://example.com/a',
    'a.b/c|d',
    'a.b/"',
    "a.b/'",
    'a.b/\\',
    'a.b/^',
    'a.b/`',
    'a.b/{',
    'a.b/<',
  ],
]

/** Mappings of claims, rules over claims, and rules over users. */
export const claimConfigCases: readonly ConfigCase[] = [
  ...prefixed.map(([what, value]) => one(`username: ${what}`, username(value))),
  ...prefixed.map(([what, groups]) => one(`groups: ${what}`, { mappings: { groups } })),
  ...prefixed
    .filter(([, value]) => !JSON.stringify(value ?? null).includes('prefix'))
    .map(([what, uid]) => one(`uid: ${what}`, { mappings: { uid } })),
  one('uid with a prefix', { mappings: { uid: { claim: 'sub', prefix: '' } } }),
  one('no mappings', { mappings: { username: undefined } }),
  ...keys.map((key) =>
    one(`extra key ${JSON.stringify(key)}`, {
      mappings: { extra: [{ key, valueExpression: 'claims.sub' }] },
    }),
  ),
  ...prefixed
    .filter(
      ([, value]) =>
        typeof value === 'object' &&
        value !== null &&
        'expression' in value &&
        Object.keys(value).length === 1,
    )
    .map(([what, value]) =>
      one(`extra: ${what}`, {
        mappings: {
          extra: [{ key: 'a.b/c', valueExpression: (value as { expression: string }).expression }],
        },
      }),
    ),
  one('an extra without key', { mappings: { extra: [{ valueExpression: 'claims.sub' }] } }),
  one('an extra without expression', { mappings: { extra: [{ key: 'a.b/c' }] } }),
  one('an empty extra', { mappings: { extra: [{}] } }),
  one('an extra with an empty expression', {
    mappings: { extra: [{ key: 'a.b/c', valueExpression: '' }] },
  }),
  one('an extra key twice', {
    mappings: {
      extra: [
        { key: 'a.b/c', valueExpression: 'claims.sub' },
        { key: 'a.b/c', valueExpression: 'claims.x' },
      ],
    },
  }),
  one('an extra expression twice', {
    mappings: {
      extra: [
        { key: 'a.b/c', valueExpression: 'claims.sub' },
        { key: 'a.b/d', valueExpression: 'claims.sub' },
      ],
    },
  }),
  one('an extra with a claim', { mappings: { extra: [{ key: 'a.b/c', claim: 'sub' }] } }),
  one('extra that is a map', { mappings: { extra: { 'a.b/c': 'claims.sub' } } }),
  several('an extra key in two entries', [
    { mappings: { extra: [{ key: 'a.b/c', valueExpression: 'claims.sub' }] } },
    {
      issuer: { url: 'https://b' },
      mappings: { extra: [{ key: 'a.b/c', valueExpression: 'claims.sub' }] },
    },
  ]),
]

const claimRules: readonly (readonly [string, readonly unknown[]])[] = [
  ['none', []],
  ['empty', [{}]],
  ['claim alone', [{ claim: 'a' }]],
  ['claim and value', [{ claim: 'a', requiredValue: 'b' }]],
  ['claim and message', [{ claim: 'a', requiredValue: 'b', message: 'm' }]],
  ['claim and an empty message', [{ claim: 'a', message: '' }]],
  [
    'claim twice',
    [
      { claim: 'a', requiredValue: 'b' },
      { claim: 'a', requiredValue: 'c' },
    ],
  ],
  ['claim and expression', [{ claim: 'a', expression: 'true' }]],
  ['value alone', [{ requiredValue: 'a' }]],
  ['message alone', [{ message: 'a' }]],
  ['expression', [{ expression: 'true' }]],
  ['expression and message', [{ expression: 'true', message: 'm' }]],
  ['expression and value', [{ expression: 'true', requiredValue: 'x' }]],
  ['expression and an empty value', [{ expression: 'true', requiredValue: '' }]],
  ['expression twice', [{ expression: 'true' }, { expression: 'true' }]],
  ['expressions that differ by a blank', [{ expression: 'true' }, { expression: 'true ' }]],
  ['a messageExpression', [{ expression: 'true', messageExpression: '"x"' }]],
  ['null', [null]],
]

const booleans = [
  'true',
  'claims.x',
  'claims.x == true',
  'bool(claims.x)',
  'claims.?x.orValue(true)',
  'dyn(true)',
  'claims.nested.x',
  "'a' in claims.groups",
  'google.protobuf.BoolValue{value: true}',
  'null',
  '1',
  "'true'",
  '[true]',
  'has(claims.x)',
  '!claims.x',
  'claims.x && claims.y',
  'claims.x ? true : false',
  'claims.x ? claims.y : true',
  'optional.of(true)',
  'type(true)',
  'user.username == "a"',
  '',
  ' ',
  '// c',
  'true // c',
  "claims.sub.matches('(')",
  'claims.groups.exists(g, true)',
  'dyn(claims.groups).exists(g, true)',
  '1 / 0 == 1',
  'claims.x == 1 / 0',
]

/** Rules over claims and over users. */
export const ruleCases: readonly ConfigCase[] = [
  ...claimRules.map(([what, claimValidationRules]) =>
    one(`claimValidationRules: ${what}`, { more: { claimValidationRules } }),
  ),
  ...claimRules.map(([what, userValidationRules]) =>
    one(`userValidationRules: ${what}`, { more: { userValidationRules } }),
  ),
  ...booleans.map((expression) =>
    one(`claim rule ${expression}`, { more: { claimValidationRules: [{ expression }] } }),
  ),
  ...[
    ...booleans,
    "user.username != ''",
    'user',
    'user.groups',
    "user.groups.exists(g, g == 'a')",
    'user.extra',
    'user.nothing',
    'user.username',
    'has(user.uid)',
    "'a' in user.extra",
    'claims.sub == "a"',
    'dyn(user).x == 1',
    "user.extra['a'][0] == 'b'",
    'user.uid.size() > 3',
    '!user.username.startsWith("system:")',
  ].map((expression) =>
    one(`user rule ${expression}`, { more: { userValidationRules: [{ expression }] } }),
  ),
]

const verified = { claimValidationRules: [{ expression: 'claims.email_verified == true' }] }
const emails = [
  'claims.email',
  'claims.?email.orValue("")',
  'claims["email"]',
  "claims[?'email'].orValue('')",
  'dyn(claims).email',
  '"x" + claims.email',
  "claims.email.split('@')[0]",
  '[claims.email][0]',
  "{'a': claims.email}.a",
  'dyn(claims.list).map(x, claims.email)[0]',
  'has(claims.email) ? claims.sub : claims.sub',
  'claims.a.email',
  'claims.email.x',
  '(claims).email',
  '.claims.email',
  "claims.sub == 'email' ? 'a' : 'b'",
  '{"email": claims.sub}.email',
  '[claims].map(claims, claims.email)[0]',
  'claims.email_verified ? claims.email : claims.sub',
  'claims.email + string(claims.email_verified)',
  'claims.email + string(claims.?email_verified.orValue(true))',
  'claims.email + string(claims["email_verified"])',
  'claims.email + string(has(claims.email_verified))',
  'claims.Email',
  'claims.e__underscores__mail',
  'optional.of(claims).email.orValue("")',
  'claims.?a.email.orValue("")',
  'claims.a.?email.orValue("")',
]

/** Who uses `email` must look at `email_verified`, by what the text of the expressions shows. */
export const emailCases: readonly ConfigCase[] = [
  ...emails.map((expression) => one(`username ${expression}`, username({ expression }))),
  ...emails.map((expression) =>
    one(`username ${expression}, verified by a rule`, username({ expression }, {}, verified)),
  ),
  one(
    'verified by an extra',
    username(
      { expression: 'claims.email' },
      { extra: [{ key: 'a.b/c', valueExpression: 'string(claims.email_verified)' }] },
    ),
  ),
  one(
    'verified by groups',
    username(
      { expression: 'claims.email' },
      { groups: { expression: 'string(claims.email_verified)' } },
    ),
  ),
  one(
    'verified by uid',
    username(
      { expression: 'claims.email' },
      { uid: { expression: 'string(claims.email_verified)' } },
    ),
  ),
  one(
    'verified by a required claim',
    username(
      { expression: 'claims.email' },
      {},
      { claimValidationRules: [{ claim: 'email_verified', requiredValue: 'true' }] },
    ),
  ),
  one(
    'verified by a rule over an index',
    username(
      { expression: 'claims.email' },
      {},
      { claimValidationRules: [{ expression: "claims['email_verified'] == true" }] },
    ),
  ),
  one(
    'verified by has()',
    username(
      { expression: 'claims.email' },
      {},
      { claimValidationRules: [{ expression: 'has(claims.email_verified)' }] },
    ),
  ),
  one(
    'verified by a nested claim',
    username(
      { expression: 'claims.email' },
      {},
      { claimValidationRules: [{ expression: 'claims.a.email_verified == true' }] },
    ),
  ),
  one(
    'verified by a rule that is broken',
    username(
      { expression: 'claims.email' },
      {},
      { claimValidationRules: [{ expression: 'claims.email_verified ==' }] },
    ),
  ),
  one('email in groups alone', { mappings: { groups: { expression: 'claims.email' } } }),
  one('email in a rule alone', {
    more: { claimValidationRules: [{ expression: "claims.email == 'a'" }] },
  }),
  one('email as a claim', username({ claim: 'email', prefix: '' })),
]
