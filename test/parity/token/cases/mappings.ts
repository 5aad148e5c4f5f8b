import type { Entry } from '../../../config/entry.ts'
import type { TokenCase } from '../compare-tokens.ts'
import { mint, nowSeconds as now, published } from '../mint.ts'
import { fileOf, type World } from '../world.ts'

const prefixes = ['', '-', 'p:', 'é𝒳 '] as const
const texts = [
  'null',
  '""',
  '"x"',
  '1',
  '[]',
  '{}',
  'true',
  '["x"]',
  '"\\ud800x"',
  '" a "',
  '"\\n"',
  '"é"',
  '"system:admin"',
  '"system:serviceaccount:a:b"',
  '"system:anonymous"',
  '"\\u0000"',
  `"${'x'.repeat(5000)}"`,
]
const lists = [
  'null',
  '"x"',
  '""',
  '[]',
  '["a",null,"","a"]',
  '[1]',
  '["a",1]',
  '[["a"]]',
  '{}',
  '1',
  'true',
  '"a,b"',
  '["\\ud800"]',
  '["\\ud83d\\ude00"]',
  '["a\\u0000b"]',
  '["system:masters"]',
  '["system:authenticated"]',
  '[null]',
  '["b","a"]',
  '[{}]',
  `[${Array.from({ length: 300 }, (_, index) => `"g${index}"`).join(',')}]`,
]
const verified = ['true', 'false', 'null', '"true"', '"false"', '1', '0', '{}', '[]', '""']
const names = [
  'u',
  'sub',
  'U',
  'a.b',
  'a/b',
  '__proto__',
  'constructor',
  'iss',
  'aud',
  'exp',
  'é',
  ' ',
  'toString',
  'nested.x',
]

function username(claim: string, prefix = ''): Entry {
  return { mappings: { username: { claim, prefix } } }
}

function required(claimValidationRules: readonly object[]): Entry {
  return { more: { claimValidationRules } }
}

/** User name, groups, uid and required claims by the names of claims, with their prefixes. */
export function mappingCases(world: World): TokenCase[] {
  const url = world.issuer({ jwks: published })
  const base = `"iss":"${url}","aud":"me","exp":${now + 3600},"sub":"alice"`
  const one = (name: string, entry: Entry, claims = ''): TokenCase => ({
    name,
    file: fileOf([{ ...entry, issuer: { url, ...entry.issuer } }]),
    token: mint(`{${base}${claims === '' ? '' : `,${claims}`}}`),
  })
  const uid: Entry = { mappings: { uid: { claim: 'q' } } }
  return [
    ...prefixes.flatMap((prefix) => [
      ...texts.map((value) =>
        one(
          `user name ${value.slice(0, 40)} with prefix "${prefix}"`,
          username('u', prefix),
          `"u":${value}`,
        ),
      ),
      ...lists.map((value) =>
        one(
          `groups ${value.slice(0, 40)} with prefix "${prefix}"`,
          { mappings: { groups: { claim: 'groups', prefix } } },
          `"groups":${value}`,
        ),
      ),
      one(`no user name with prefix "${prefix}"`, username('u', prefix)),
      one(`no groups with prefix "${prefix}"`, {
        mappings: { groups: { claim: 'groups', prefix } },
      }),
    ]),
    ...names.map((name) =>
      one(
        `the claim ${JSON.stringify(name)} as user name`,
        username(name),
        '"u":"a","a.b":"b","a/b":"c","__proto__":"d","é":"e"," ":"f","nested":{"x":"g"}',
      ),
    ),
    ...names.map((name) =>
      one(`the claim ${JSON.stringify(name)} as user name, absent`, username(name)),
    ),
    ...names.map((name) =>
      one(
        `the claim ${JSON.stringify(name)} as groups`,
        { mappings: { groups: { claim: name, prefix: '' } } },
        '"u":["a"],"a.b":["b"],"__proto__":["d"],"nested":{"x":["g"]}',
      ),
    ),
    one('a user name twice, first a number', username('u'), '"u":1,"u":"b"'),
    one('a user name twice, last a number', username('u'), '"u":"b","u":1'),
    one('no groups mapped', { mappings: { groups: undefined } }, '"groups":["a"]'),
    one(
      'groups by an empty claim',
      { mappings: { groups: { claim: '', prefix: '' } } },
      '"groups":["a"]',
    ),
    ...verified.flatMap((value) => [
      one(`email, verified ${value}`, username('email'), `"email":"a@x","email_verified":${value}`),
      one(
        `email not used, verified ${value}`,
        username('sub'),
        `"email":"a@x","email_verified":${value}`,
      ),
      one(
        `email as uid, verified ${value}`,
        { mappings: { uid: { claim: 'email' } } },
        `"email":"a@x","email_verified":${value}`,
      ),
      one(
        `email, Email_Verified ${value}`,
        username('email'),
        `"email":"a@x","Email_Verified":${value}`,
      ),
    ]),
    one('email, nothing of its verification', username('email'), '"email":"a@x"'),
    one('Email in another case', username('Email'), '"Email":"a@x","email_verified":false'),
    ...texts.flatMap((value) => [
      one(`uid ${value.slice(0, 40)}`, uid, `"q":${value}`),
      one(`jti ${value.slice(0, 40)}`, username('sub'), `"jti":${value}`),
      one(`required "", found ${value.slice(0, 40)}`, required([{ claim: 'q' }]), `"q":${value}`),
      one(
        `required "x", found ${value.slice(0, 40)}`,
        required([{ claim: 'q', requiredValue: 'x' }]),
        `"q":${value}`,
      ),
    ]),
    one('no uid', uid),
    one('a required claim that is absent', required([{ claim: 'q', requiredValue: '' }])),
    one(
      'two required claims',
      required([
        { claim: 'a', requiredValue: '1' },
        { claim: 'b', requiredValue: '2' },
      ]),
      '"a":"1","b":"2"',
    ),
    one(
      'two required claims, one wrong',
      required([
        { claim: 'a', requiredValue: '1' },
        { claim: 'b', requiredValue: '2' },
      ]),
      '"a":"1","b":"3"',
    ),
    one('iss as a required claim', required([{ claim: 'iss', requiredValue: url }])),
    one(
      'a required claim named __proto__',
      required([{ claim: '__proto__', requiredValue: 'x' }]),
      '"__proto__":"x"',
    ),
    one(
      'a required claim named constructor',
      required([{ claim: 'constructor', requiredValue: '' }]),
    ),
    one(
      'everything at once',
      {
        mappings: {
          username: { claim: 'email', prefix: 'm:' },
          groups: { claim: 'roles', prefix: 'r:' },
          uid: { claim: 'sub' },
        },
        ...required([{ claim: 'hd', requiredValue: 'x.example' }]),
      },
      '"email":"a@x","email_verified":true,"roles":["a","b"],"hd":"x.example","jti":"J"',
    ),
  ]
}
