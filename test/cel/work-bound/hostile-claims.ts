const count = 3000
const indices = (length: number): number[] => Array.from({ length }, (_, index) => index)

/** The same each time. */
function shuffledBits(length: number): string {
  let state = 1
  let bits = ''
  for (let i = 0; i < length; i++) {
    state = (state * 48_271) % 2_147_483_647
    bits += state % 2 === 0 ? 'a' : 'b'
  }
  return bits
}

const maps = indices(count).map((index) => ({ k: index }))
const wide = Object.fromEntries(indices(count).map((index) => [`k${index}`, index]))

/** Claims each of which fills a token of its own. */
export const hostile: Readonly<Record<string, unknown>> = {
  // Lists
  ones: indices(12_000).map(() => 'x'),
  names: indices(6000).map((index) => `group-${(index * 7919) % 6007}`),
  numbers: indices(12_000).map((index) => (index * 7919) % 12_007),
  fractions: indices(count).map((index) => index * 1.1e-7),
  longs: indices(100).map((index) => 'y'.repeat(470) + index),
  huge: indices(12).map(() => 'z'.repeat(4000)),
  lists: indices(6000).map(() => [1]),
  maps,
  deep: JSON.parse(`${'['.repeat(900)}1${']'.repeat(900)}`),
  zones: Intl.supportedValuesOf('timeZone').slice(0, 200),
  patterns: indices(count).map((index) => `a+b${index}c*`),
  // Maps
  objects: Object.fromEntries(maps.map((map, index) => [`k${index}`, map])),
  wide,
  deepMap: JSON.parse(`${'{"a":'.repeat(900)}1${'}'.repeat(900)}`),
  halves: Object.fromEntries(indices(count).map((index) => [`\ud800${index}`, index])),
  inner: {
    text: 'ł'.repeat(24_000),
    half: `${'ł'.repeat(24_000)}\ud800`,
    names: indices(6000).map((index) => `g${index}`),
    wide,
  },
  // Texts
  same: 'a'.repeat(48_000),
  almost: `${'a'.repeat(47_999)}b`,
  mixed: 'aB'.repeat(24_000),
  latin: 'ł'.repeat(24_000),
  emoji: '\u{1F600}'.repeat(12_000),
  half: `${'ł'.repeat(24_000)}\ud800`,
  control: '\u0001'.repeat(8000),
  quotes: '"'.repeat(24_000),
  words: 'ab,'.repeat(16_000),
  addresses: 'a.'.repeat(12_000),
  bits: shuffledBits(48_000),
  digits: '1'.repeat(48_000),
  // What parsers read
  url: `https://x/${'a'.repeat(47_000)}`,
  escapes: `https://x/${'%41'.repeat(15_000)}`,
  query: `https://x/?${'a=b&'.repeat(11_000)}`,
  notUrl: `https://x/${'ł'.repeat(20_000)}%zz`,
  noScheme: `://${'\u00e9"'.repeat(15_000)}`,
  host: `https://${'a.'.repeat(20_000)}/`,
  fragment: `https://x/#${'é'.repeat(20_000)}`,
  address6: '1:'.repeat(20_000),
  address4: '1.'.repeat(20_000),
  decimal: `0.${'1'.repeat(47_000)}`,
  large: '1e90000',
  small: '1e-90000',
  zeros: '0'.repeat(48_000),
  version: `1.0.0-${'a.'.repeat(20_000)}a`,
  duration: '1ns'.repeat(16_000),
  time: `2021-01-01T00:00:00.${'1'.repeat(40_000)}Z`,
  underscores: `${'1_'.repeat(20_000)}1`,
  hexadecimal: `0x${'f'.repeat(40_000)}p1`,
  exponent: `1e${'0'.repeat(40_000)}1`,
  clauses: '%s'.repeat(20_000),
  percents: '%%'.repeat(20_000),
  // Patterns
  stars: 'a*'.repeat(10_000),
  groups: '(a|b)*'.repeat(6000),
  repeated: '[a-z]{1000}'.repeat(500),
  optional: '(x{0,1000}){1}'.repeat(50),
  letters: '\\pL'.repeat(1000),
  folded: '(?i)[\\pL]'.repeat(800),
  openClasses: '['.repeat(48_000),
  openNames: '[[:'.repeat(16_000),
  openLetters: '\\p{'.repeat(16_000),
  openRepetitions: 'a{1'.repeat(16_000),
  hidden: `(${'[)]'.repeat(10)}${'a'.repeat(200)}){1000}`.repeat(4),
  brackets: `${'('.repeat(900)}a${')'.repeat(900)}`,
}
