import { createHmac } from 'node:crypto'
import { encode, publicJwk } from '../../../authn/jwt/signed-token.ts'
import type { TokenCase } from '../compare-tokens.ts'
import {
  keys,
  type MintOptions,
  mint,
  nowSeconds,
  privateJwk,
  published,
  signature,
} from '../mint.ts'
import { fileOf, type World } from '../world.ts'

const algorithms = [
  ['RS256', keys.rsa],
  ['RS384', keys.rsa],
  ['RS512', keys.rsa],
  ['PS256', keys.rsa],
  ['PS384', keys.rsa],
  ['PS512', keys.rsa],
  ['ES256', keys.p256],
  ['ES384', keys.p384],
  ['ES512', keys.p521],
] as const

const members: readonly Readonly<Record<string, unknown>>[] = [
  ...[
    { crit: [] },
    { crit: null },
    { crit: ['b64'] },
    { crit: ['exp'] },
    { crit: 'b64' },
    { crit: [null] },
    { crit: {} },
    { crit: ['b64', 'exp'] },
    { crit: ['b64', 'b64'], b64: true },
  ],
  ...[
    { b64: true },
    { b64: null },
    { b64: 'x' },
    { b64: false },
    { b64: 0 },
    { jku: 'https://evil.example' },
    { jku: 1 },
    { x5u: 'https://evil.example' },
    { x5u: 1 },
    { x5t: 1 },
    { 'x5t#S256': 1 },
    { zip: 'DEF' },
  ],
  ...[
    { typ: 'at+jwt' },
    { typ: 'logout+jwt' },
    { typ: 5 },
    { cty: [] },
    { nonce: 1 },
    { nonce: 'a' },
    { nonce: null },
    { kid: null },
    { kid: 1 },
    { kid: '' },
    { kid: undefined },
    { kid: 'unknown' },
    { kid: 'e1' },
    { kid: 'R1' },
    { kid: 'r1 ' },
  ],
  ...[
    { jwk: publicJwk(keys.other) },
    { jwk: privateJwk(keys.other) },
    { jwk: null },
    { jwk: {} },
    { jwk: 'x' },
    { jwk: publicJwk(keys.ed) },
    { jwk: privateJwk(keys.ed) },
    { jwk: { kty: 'oct', k: 'AA' } },
    { jwk: { kty: 'RSA', n: '', e: '' } },
  ],
  ...[
    { jwk: { kty: 'RSA', n: 'AQ', e: 'AQ' } },
    { jwk: publicJwk(keys.k256) },
    { x5c: [] },
    { x5c: ['AAAA'] },
    { x5c: 'x' },
    { x5c: null },
    { x5c: [null] },
    { foo: { a: 1 } },
    { ALG: 'none' },
    { Kid: 'zz' },
    { epk: 1 },
    { apu: 1 },
    { enc: 'A128GCM' },
  ],
  ...[
    'rs256',
    'RS256 ',
    'RSA256',
    'RS1',
    'ES256K',
    'HS256',
    'none',
    'None',
    'EdDSA',
    '',
    null,
    1,
    undefined,
    ['RS256'],
    'RS256\u0000',
  ].map((alg) => ({ alg })),
]

const rawHeaders = [
  ...[
    '{"alg":"RS256","alg":"RS256","kid":"r1"}',
    '{"alg":"RS256","kid":"r1","x":{"a":1,"a":2}}',
    '{"alg":"RS256","kid":"r1","x":[{"a":1},{"a":2}]}',
    '{"alg":"RS256","kid":"r1","x":"a","y" : "a"}',
    ' {"alg":"RS256","kid":"r1"} ',
    '{"alg":"RS256","kid":"r1"}x',
  ],
  ...[
    '[]',
    'null',
    '"x"',
    '1',
    '',
    '{}',
    '{"alg":"RS256","kid":"r1","x":1e400}',
    '\ufeff{"alg":"RS256","kid":"r1"}',
    '{"alg":"RS256","kid":"\\u00721"}',
    '{"\\u0061lg":"RS256","kid":"r1"}',
    '{"alg":"RS256","kid":"r1","\\u0061lg":"RS256"}',
    '{"Alg":"RS256","kid":"r1"}',
    '{"alg":"RS256","kid":"r1",}',
  ],
  ...[
    "{'alg':'RS256','kid':'r1'}",
    '{"alg":"RS256","kid":"r1","x":01}',
    '{"alg":"RS256","kid":"r1","x":"\n"}',
    '{"alg":"RS256","kid":"r1","x":NaN}',
    '{"alg":"RS256","kid":"r1","x":"\\ud800"}',
    '{"kid":"r1","alg":"RS256"}',
    '{"alg":"none","alg":"RS256","kid":"r1"}',
    `{"alg":"RS256","kid":"r1","x":${'['.repeat(2000)}${']'.repeat(2000)}}`,
    `{"alg":"RS256","kid":"r1","x":"${'a'.repeat(5000)}"}`,
  ],
]

/** What may stand in the header, and who may have signed. */
export function headerCases(world: World): TokenCase[] {
  const url = world.issuer({ jwks: published })
  const file = fileOf([{ issuer: { url } }])
  const claims = { iss: url, aud: 'me', exp: nowSeconds + 3600, sub: 'alice', groups: ['a', 'b'] }
  const one = (name: string, options: MintOptions): TokenCase => ({
    name,
    file,
    token: mint(claims, options),
  })
  const given = (name: string, token: string): TokenCase => ({ name, file, token })
  const unsigned = (header: unknown): string => `${encode(header)}.${encode(claims)}`

  return [
    ...algorithms.flatMap(([alg, key]) => [
      one(`algorithm ${alg}`, { alg, key }),
      one(`algorithm ${alg} without kid`, { alg, key, header: { kid: undefined } }),
      one(`algorithm ${alg} with an empty kid`, { alg, key, header: { kid: '' } }),
      one(`algorithm ${alg} in the name of RS256`, { alg, key, header: { alg: 'RS256' } }),
    ]),
    ...[0, 1, 20, 32, 100, 222].map((saltLength) =>
      one(`a salt of ${saltLength}`, { alg: 'PS256', saltLength }),
    ),
    ...members.map((header) =>
      one(
        `header ${JSON.stringify(header).slice(0, 80)}${'alg' in header && header['alg'] === undefined ? ' no alg' : ''}${'kid' in header && header['kid'] === undefined ? ' no kid' : ''}`,
        { header },
      ),
    ),
    ...rawHeaders.map((rawHeader) => one(`raw header ${rawHeader.slice(0, 80)}`, { rawHeader })),
    one('a header that is no UTF-8', {
      rawHeader: Buffer.from([
        ...Buffer.from('{"alg":"RS256","kid":"r1","x":"'),
        0xff,
        ...Buffer.from('"}'),
      ]),
    }),
    one('a key that nobody published', { key: keys.other }),
    one('a key of another algorithm', { alg: 'ES256', key: keys.p256, header: { kid: 'r1' } }),
    one('Ed25519', { alg: 'EdDSA', key: keys.ed }),
    one('secp256k1', { alg: 'ES256', key: keys.k256 }),
    given('no algorithm, no signature', `${unsigned({ alg: 'none' })}.`),
    given('HS256 with the public key', hmac(unsigned({ alg: 'HS256', kid: 'r1' }))),
    ...crossed(unsigned).map(([name, token]) => given(name, token)),
    ...unencoded(claims).map(([name, token]) => given(name, token)),
  ]
}

function hmac(input: string): string {
  const secret = keys.rsa.publicKey.export({ type: 'spki', format: 'pem' })
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** ECDSA where algorithm and curve do not belong together, signed and padded as if they did. */
function crossed(unsigned: (header: unknown) => string): [string, string][] {
  const size = { P256: 32, P384: 48, P521: 66 } as const
  const pairs = [
    ['ES384', keys.p256, 32, 48],
    ['ES512', keys.p256, size.P256, size.P521],
    ['ES256', keys.p384, 48, 32],
    ['ES512', keys.p384, 48, 66],
    ['ES256', keys.p521, 66, 32],
  ] as const
  return pairs.flatMap(([alg, key, from, to]): [string, string][] => {
    const input = unsigned({ alg, kid: key.kid })
    const raw = signature(input, { alg, key })
    const fit = (half: Buffer): Buffer =>
      to >= from ? Buffer.concat([Buffer.alloc(to - from), half]) : half.subarray(from - to)
    const fitted = Buffer.concat([fit(raw.subarray(0, from)), fit(raw.subarray(from))])
    return [
      [`${alg} with a key of ${from} bytes`, `${input}.${raw.toString('base64url')}`],
      [
        `${alg} with a key of ${from} bytes, made to fit`,
        `${input}.${fitted.toString('base64url')}`,
      ],
    ]
  })
}

/** RFC 7797: the payload is signed as it is. */
function unencoded(claims: object): [string, string][] {
  const payload = JSON.stringify(claims)
  return [{ b64: false }, { b64: false, crit: ['b64'] }].map((more): [string, string] => {
    const header = encode({ alg: 'RS256', kid: 'r1', ...more })
    const signed = signature(`${header}.${payload}`, {}).toString('base64url')
    return [`signed unencoded ${JSON.stringify(more)}`, `${header}.${encode(payload)}.${signed}`]
  })
}
