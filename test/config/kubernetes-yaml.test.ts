import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseKubernetesFile } from '../../src/config/kubernetes-yaml.ts'

function read(text: string) {
  const parsed = parseKubernetesFile(text)
  const faults = parsed.ok ? parsed.tree.faults : parsed.faults
  return {
    value: parsed.ok ? parsed.tree.value : undefined,
    faults: faults.map(({ position, message }) => `${position.line}:${position.column} ${message}`),
  }
}

/** What kube-apiserver makes of each was asked of its own reader. */
describe('parseKubernetesFile()', () => {
  const good = [
    ['a line that ends with CR', 'a: 1\rb: x\r', { a: 1, b: 'x' }],
    ['U+0085 within quotes', `a: "b \u0085 c"\nd: 'e\u0085'`, { a: 'b c', d: 'e ' }],
    ['its escape, which stays', 'a: "b \\N c\\L"', { a: 'b \u0085 c\u2028' }],
    ['U+2028 within quotes', 'a: &x "b \u2028 c"\nd: *x', { a: 'b\u2028c', d: 'b\u2028c' }],
    ['CRLF in folded text', 'a: >\r\n  b\r\n  c\r\n', { a: 'b c\n' }],
    ['a tag of somebody else', 'a: !foo x', { a: 'x' }],
    ['a tag of YAML that it does not know', 'a: !!foo x', { a: 'x' }],
    ['a tag of a map and of a list', 'a: !!str { b: !foo [c] }', { a: { b: ['c'] } }],
    ['!!str', 'a: !!str 5', { a: '5' }],
    ['a tag in full', 'a: !<tag:yaml.org,2002:str> 5', { a: '5' }],
    ['!!bool', 'a: !!bool "yes"', { a: true }],
    ['!!null', 'a: !!null ""', { a: null }],
    ['!!int', 'a: [!!int "5", !!int 0x1E, !!int -1_0]', { a: [5, 0, -10] }],
    ['!!float', 'a: [!!float 5, !!float "1.5"]', { a: [5, 1.5] }],
    ['!!timestamp', 'a: !!timestamp 2024-01-01', { a: '2024-01-01' }],
    ['!!binary', 'a: !!binary |\n  YQ\n  ==\n', { a: 'a' }],
    ['!', 'a: [! "yes", ! no]', { a: ['yes', 'no'] }],
    ['an alias as a key', 'a: &k b\n*k : c', { a: 'b', b: 'c' }],
    ['a key with a tag', '!foo a: b', { a: 'b' }],
    ['a colon without a blank behind a quoted key', '- {a: {"b":c}}', [{ a: { b: 'c' } }]],
    ['a brace at the place of its key', '- a: {\n    b: c\n  }', [{ a: { b: 'c' } }]],
    ['? in text that is not within brackets', 'a: b?c', { a: 'b?c' }],
    ['JSON', ' \n{"a": "\\/\\ud83d\\ude00", "b": [1, null]}', { a: '/😀', b: [1, null] }],
    ['JSON with half a character', '{"a": "\\ud800"}', { a: '\ufffd' }],
    ['JSON in lines that end with CR', '{"a":\r1}', { a: 1 }],
    ['JSON with U+2028', '{"a": "b\u2028c"}', { a: 'b\u2028c' }],
  ] as const
  for (const [what, text, value] of good) {
    it(`reads ${what}`, () => {
      assert.deepEqual(read(text).faults, [])
      assert.deepEqual(read(text).value, value)
    })
  }

  const bad = [
    ['JSON with a comment', '{"a": 1} # b', /^1:1 must be JSON/],
    ['JSON with a comma at its end', '{"a": 1,}', /^1:1 must be JSON/],
    ['what begins like JSON', '{a: 1}', /^1:1 must be JSON/],
    ['two of JSON', '{"a": 1}\n{"b": 1}', /^1:1 must be JSON/],
    ['a key twice in JSON', '{"a": 1, "a": 2}', /^1:10 is given twice/],
    ['U+2028', 'a: b\nc: d # \u2028e: f', /^2:8 is no plain YAML/],
    ['U+0085 at the end of a line', 'a: b # c\u0085d: e', /^1:9 is no plain YAML/],
    ['U+0085 in a block', 'a: |\n  b\u0085  c', /^2:4 is no plain YAML/],
    ['U+2029 in plain text', 'a: b\u2029c', /^1:5 is no plain YAML/],
    ['U+0085 before another line end', 'a: "b\u0085\n  c"', /^1:6 is no plain YAML/],
    ['U+0085 twice', 'a: "b\u0085 \u0085c"', /^1:6 is no plain YAML/],
    ['an escaped U+0085', 'a: "b\\\u0085c"', /^1:\d is no /],
    ['U+0085 in quotes and elsewhere', 'a: "b\u0085c" # \u0085d: e', /^1:6 is no plain YAML/],
    ['half a character', 'a: "\\ud800"', /^1:4 has an escape/],
    ['two halves of a character', 'a: "\\\\\\ud83d\\ude00"', /^1:4 has an escape/],
    ['half a character in a long escape', 'a: "\\U0000dfff"', /^1:4 has an escape/],
    ['\\/', 'a: "b\\/c"', /^1:4 has an escape/],
    ['an escaped line end before an empty line', 'a: "b\\\n\n  c"', /^1:4 has an escape/],
    ['a key with such an escape', '"\\ud800": b', /^1:1 has an escape/],
    ['? within brackets', 'a: [b?c]', /^1:5 must stand in quotes/],
    [': at the start, within brackets', 'a: [:b]', /^1:5 must stand in quotes/],
    ['a colon without a blank within braces', 'a: {b:}', /^1:5 a colon within/],
    ['a list behind such a colon', 'a: {b:[c]}', /^1:5 a colon within/],
    ['an anchor of other letters', 'a: &b.c d', /^1:\d+ an anchor must be named/],
    ['!!bool that is none', 'a: !!bool x', /must be what its tag says, !!bool/],
    ['!!int that is none', 'a: !!int 1.5', /must be what its tag says, !!int/],
    ['!!null that is none', 'a: !!null x', /must be what its tag says, !!null/],
    ['!!float that is none', 'a: !!float x', /must be what its tag says, !!float/],
    ['!!timestamp that is none', 'a: !!timestamp x', /!!timestamp/],
    ['!!binary that is none', 'a: !!binary Y', /must be what its tag says, !!binary/],
    ['a key with a tag that does not fit', '!!bool a: b', /must be what its tag says, !!bool/],
    ['an alias of a list as a key', 'a: &k [b]\n*k : c', /a key must be plain text/],
    ['a merge of a list behind an alias', 'a: &m [{ b: c }]\nd: { <<: *m }', /must name a map/],
    ["a quote that '' leaves open", "a: 'it''\nb: 'c'", /^1:4 is no YAML: the quote is not closed/],
    [
      'a quote that \\" leaves open',
      'a: "it\\"\nb: "c"',
      /^1:4 is no YAML: the quote is not closed/,
    ],
  ] as const
  for (const [what, text, expected] of bad) {
    it(`refuses ${what}`, () => {
      assert.match(read(text).faults[0] ?? '', expected)
    })
  }

  it('leaves what an escape follows alone', () => {
    assert.deepEqual(read('a: "\\\\ud800 \\\\/"\nb: \'\\ud800 \\/\'\nc: \\ud800').value, {
      a: '\\ud800 \\/',
      b: '\\ud800 \\/',
      c: '\\ud800',
    })
  })

  it('answers in bounded time for a million quotes or backslashes', () => {
    for (const text of [`'${"''".repeat(400_000)}'`, `"${'\\\\'.repeat(400_000)}"`]) {
      assert.deepEqual(read(`a: ${text}`).faults, [])
    }
  })
})
