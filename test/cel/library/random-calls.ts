import {
  type Arbitrary,
  array,
  constant,
  constantFrom,
  integer,
  oneof,
  sample,
  tuple,
} from 'fast-check'

/** A call with generated arguments: a template whose holes are filled in order. */
type Call = readonly [template: string, ...holes: readonly Arbitrary<string>[]]

/** Any of these, one after the other: close enough to the real thing that some of it is. */
function pieces(parts: readonly string[], most = 6): Arbitrary<string> {
  return array(constantFrom(...parts), { maxLength: most }).map((found) => found.join(''))
}

function joined(...parts: readonly Arbitrary<string>[]): Arbitrary<string> {
  return tuple(...parts).map((found) => found.join(''))
}

/** As a literal of CEL. */
function quoted(text: Arbitrary<string>): Arbitrary<string> {
  return text.map((found) => {
    const points = Array.from(found, (character) => character.codePointAt(0) ?? 0)
    return `'${points.map((point) => `\\U${point.toString(16).padStart(8, '0')}`).join('')}'`
  })
}

const letters = ['a', 'b', 'Ab', 'é', '😀', ' ', '\u0085', '\ufeff', '"', '\\', '\n', ',', '%']
const text = quoted(pieces(letters))
const int = constantFrom('0', '1', '2', '3', '5', '-1', '9223372036854775807')

const octet = constantFrom('0', '1', '127', '169', '224', '254', '255', '256', '01', '')
const byte = constantFrom('0', '1', '10', '127', '169', '224', '254', '255')
const v4 = oneof(
  array(octet, { minLength: 3, maxLength: 5 }),
  array(byte, { minLength: 4, maxLength: 4 }),
).map((found) => found.join('.'))
const group = constantFrom('0', '1', 'ffff', 'FE80', 'ff02', '10000', 'g', '')
const hex = constantFrom('0', '0', '1', 'ffff', 'fe80', 'ABC')
const v6 = oneof(
  array(group, { minLength: 2, maxLength: 9 }),
  array(hex, { minLength: 8, maxLength: 8 }),
).map((found) => found.join(':'))
const someAddress = constantFrom('::', '::1', '127.0.0.1', '::ffff:1.2.3.4', 'fe80::1%eth0')
const address = oneof(v4, v6, joined(v6, constant(':'), v4), someAddress)
const prefix = joined(address, constantFrom('/0', '/8', '/24', '/32', '/33', '/129', '/08', ''))

const scheme = constantFrom('http://', 'HTTPS://', 'ftp://', 'a+b:', 'mailto:', '//', '/', '')
const user = constantFrom('', '', 'u@', 'u:p@', 'u%41:@', 'é@', 'u@v@')
const host = oneof(constantFrom('Example.com', '[::1]', '[fe80::1%25a]', 'a%c3%a9'), address)
const port = constantFrom('', '', ':80', ':', ':8a', ':80:90')
const marks = ['/', '?', '#', '&', '=', ';', '+', '%20', '%41', '%zz', '%', 'é', 'a', '[', '<', ':']
const url = quoted(joined(scheme, user, host, port, pieces(['/', 'a', '%2f', ' ']), pieces(marks)))

const digits = pieces(['0', '1', '9', '5', '000', '99999999', '.'], 5)
const sign = constantFrom('', '', '-', '+')
const suffix = constantFrom('', '', 'm', 'k', 'G', 'E', 'Ki', 'Ei', 'e3', 'e-9', 'E30', 'e-30', 'K')
const quantity = quoted(joined(sign, digits, suffix))

const number = constantFrom('0', '1', '10', '2', '01', '18446744073709551615', '')
const core = array(number, { minLength: 1, maxLength: 4 }).map((found) => found.join('.'))
const identifiers = pieces(['.', 'a', '1', '0', '-', 'rc', '+'], 5)
const version = quoted(
  joined(constantFrom('', 'v'), core, oneof(constant(''), joined(constant('-'), identifiers))),
)

const formats = ['dns1123Label', 'dns1123Subdomain', 'dns1035Label', 'qualifiedName', 'labelValue']
const prefixes = ['dns1123LabelPrefix', 'dns1123SubdomainPrefix', 'dns1035LabelPrefix']
const others = ['uri', 'uuid', 'byte', 'date', 'datetime']
const formatName = constantFrom(...formats, ...prefixes, ...others)
const day = joined(
  constantFrom('2000', '1900', '2021', '0000'),
  constantFrom('-02-29', '-02-28', '-12-31', '-00-01', '-1-1'),
  constantFrom('', 'T23:59:59Z', 't00:00:00.5+01:00', 'T24:00:00Z', 'T00:00:00'),
)
const validated = quoted(
  oneof(pieces(['a', 'A', '1', '-', '.', '_', '/', '=', 'aaaa', 'é', '-'.repeat(60)]), day),
)

const element = constantFrom('1', '2', '2.0', '-1', '1u', `'a'`, `'é'`, 'null', '[1]', 'true')
const list = array(element, { maxLength: 6 }).map(
  (found) => `[${found.map((each) => `dyn(${each})`).join(', ')}]`,
)
const keys = array(integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 120 }).map(
  (found) => `[${found.map((key, i) => `[${key}, ${i}]`).join(', ')}]`,
)

const double = constantFrom(
  '0.0',
  '-0.0',
  '2.5',
  '0.25',
  '-1234567.5',
  '1e300',
  '5e-324',
  '999999.5',
)
const precision = constantFrom('', '.0', '.1', '.3', '.20', '.256', '.65537', '.9999999', '.')
const clause = constantFrom('f', 'e')

/** Calls of every library, by what they are about. */
const calls: Readonly<Record<string, readonly Call[]>> = {
  positions: [
    ['{}.indexOf({}, {})', text, text, int],
    ['{}.lastIndexOf({}, {})', text, text, int],
    ['{}.substring({}, {})', text, int, int],
    ['{}.charAt({})', text, int],
  ],
  texts: [
    ['{}.replace({}, {}, {})', text, text, text, int],
    ['{}.split({}, {})', text, text, int],
    ['[{}.trim(), {}.upperAscii(), strings.quote({})]', text, text, text],
  ],
  doubles: [
    [`'%{}{}'.format([{}])`, precision, clause, double],
    [`'%s'.format([[{}, {}]])`, double, double],
    [`'%s'.format([[{}]])`, text],
  ],
  addresses: [
    ['ip({}).isGlobalUnicast()', quoted(address)],
    ['[isIP({}), isCIDR({})]', quoted(address), quoted(prefix)],
    ['string(ip({}))', quoted(address)],
    ['cidr({}).containsIP({})', quoted(prefix), quoted(address)],
    ['cidr({}).containsCIDR({})', quoted(prefix), quoted(prefix)],
    ['string(cidr({}).masked())', quoted(prefix)],
  ],
  urls: [
    ['isURL({})', url],
    ['url({}).getHost()', url],
    ['[url({}).getHostname(), url({}).getPort()]', url, url],
    ['url({}).getEscapedPath()', url],
    ['url({}).getQuery()', url],
    ['url({}) == url({})', url, url],
    ['format.uri().validate({})', url],
  ],
  quantities: [
    ['quantity({}).asInteger()', quantity],
    ['quantity({}).asApproximateFloat()', quantity],
    ['quantity({}).add(quantity({})).compareTo(quantity({}))', quantity, quantity, quantity],
    [
      '[quantity({})].map(q, [q.sub(quantity({})).isLessThan(q), q.isInteger()])',
      quantity,
      quantity,
    ],
    ['quantity({}) == quantity({}).sub({})', quantity, quantity, int],
  ],
  versions: [
    ['[isSemver({}), isSemver({}, true)]', version, version],
    ['semver({}, true).compareTo(semver({}, true))', version, version],
    ['semver({}, true).patch()', version],
  ],
  formats: [['format.{}().validate({})', formatName, validated]],
  lists: [
    ['sets.equivalent({}, {})', list, list],
    ['sets.contains({}, {})', list, list],
    ['[{}.distinct(), {}.flatten()]', list, list],
    ['{}.sort()', list],
    ['[{}.isSorted(), {}.max() == 1]', list, list],
    ['{}.sum()', list],
    ['{}.sortBy(e, e[0]).map(e, e[1])', keys],
  ],
}

/** Generated calls of every library, by what they are about; the same for the same seed. */
export function randomCalls(options: { readonly seed: number; readonly count: number }) {
  return Object.entries(calls).map(([about, templates]) => {
    const call = oneof(...templates.map(filled))
    return { about, expressions: sample(call, { seed: options.seed, numRuns: options.count }) }
  })
}

function filled([template, ...holes]: Call): Arbitrary<string> {
  return tuple(...holes).map((found) => {
    const fillers = [...found]
    return template.replaceAll('{}', () => fillers.shift() ?? '')
  })
}
