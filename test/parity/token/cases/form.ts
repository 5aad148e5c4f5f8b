import { encode } from '../../../authn/jwt/signed-token.ts'
import type { TokenCase } from '../compare-tokens.ts'
import { mint, nowSeconds, published, signature } from '../mint.ts'
import { fileOf, type World } from '../world.ts'

const blanks = [
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\u0085',
  '\u200b',
  '\0',
] as const
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Base64url whose unused bits are not zero. */
function bent(part: string): string {
  const last = alphabet.indexOf(part.at(-1) ?? 'A')
  return `${part.slice(0, -1)}${alphabet[last ^ 1] ?? ''}`
}

/** The three parts of a token, and what can go wrong with them. */
export function formCases(world: World): TokenCase[] {
  const url = world.issuer({ jwks: published })
  const file = fileOf([{ issuer: { url } }])
  const claims = { iss: url, aud: 'me', exp: nowSeconds + 3600, sub: 'alice' }
  const whole = mint(claims)
  const [header = '', payload = '', signed = ''] = whole.split('.')
  const places = {
    header: 3,
    payload: header.length + 4,
    signature: header.length + payload.length + 5,
    start: 0,
    end: whole.length,
  }
  const tokens: Record<string, string> = {
    good: whole,
    'a signature cut by two': whole.slice(0, -2),
    'a signature cut by one': whole.slice(0, -1),
    'no signature': `${header}.${payload}.`,
    'two parts': `${header}.${payload}`,
    'four parts': `${whole}.x`,
    nothing: '',
    dots: '..',
    'a padded header': `${header}=.${payload}.${signed}`,
    'a padded payload': `${header}.${payload}=.${signed}`,
    'a padded signature': `${whole}==`,
    'a signature in plain base64': `${header}.${payload}.${signed.replaceAll('-', '+').replaceAll('_', '/')}`,
    'a payload in plain base64': plain(mint({ ...claims, x: '\u00ff\u00fe?>' })),
    'a signature of zeros': `${header}.${payload}.${Buffer.alloc(256).toString('base64url')}`,
    'a long signature': `${whole}AAAA`,
    'a changed payload': `${header}.${encode({ ...claims, sub: 'root' })}.${signed}`,
    'JSON in place of a token': JSON.stringify({
      payload,
      signatures: [{ protected: header, signature: signed }],
    }),
    'JSON, flattened': JSON.stringify({ payload, protected: header, signature: signed }),
    'a blank and JSON': ` {"payload":"${payload}"}`,
    'five parts': 'a.b.c.d.e',
    'a very long text': 'a'.repeat(20_000),
    'a long good token': mint({ ...claims, x: 'y'.repeat(30_000) }),
    'a token in quotes': `"${whole}"`,
    'Bearer and a token': `Bearer ${whole}`,
  }
  for (const blank of blanks) {
    for (const [place, at] of Object.entries(places)) {
      tokens[`${JSON.stringify(blank)} in the ${place}`] =
        `${whole.slice(0, at)}${blank}${whole.slice(at)}`
    }
  }
  for (const part of [0, 1, 2]) {
    for (const fill of ['', 'y', 'yy']) {
      const parts = mint({ ...claims, fill }, { header: { fill } }).split('.')
      parts[part] = bent(parts[part] ?? '')
      tokens[`bits left over in part ${part}${fill}`] = parts.join('.')
      const input = parts.slice(0, 2).join('.')
      tokens[`bits left over in part ${part}${fill}, signed so`] =
        `${input}.${signature(input, {}).toString('base64url')}`
    }
  }
  return Object.entries(tokens).map(([name, token]) => ({ name, file, token }))
}

function plain(token: string): string {
  const [header = '', payload = '', signed = ''] = token.split('.')
  return `${header}.${payload.replaceAll('-', '+').replaceAll('_', '/')}.${signed}`
}
