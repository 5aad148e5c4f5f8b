import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { substitute } from '../../src/config/substitute.ts'
import { parseYaml } from '../../src/config/yaml.ts'
import { kubernetesDialect, ownDialect } from '../../src/config/yaml-dialects.ts'
import type { Mark } from '../../src/config/yaml-tree.ts'

const own = ownDialect((text) => substitute(text, { HOST: 'example.com' }))
const sections = new Map([['authentication', kubernetesDialect]])

function read(text: string, options: { kubernetes?: boolean } = {}) {
  const dialect = options.kubernetes === true ? kubernetesDialect : own
  const parsed = parseYaml(text, {
    dialect,
    sections,
    firstDocumentOnly: options.kubernetes === true,
  })
  const faults = parsed.ok ? parsed.tree.faults : parsed.faults
  return {
    value: parsed.ok ? parsed.tree.value : undefined,
    marks: parsed.ok ? parsed.tree.marks : new Map<string, Mark>(),
    faults: faults.map(({ position, message }) => `${position.line}:${position.column} ${message}`),
  }
}

describe('parseYaml()', () => {
  it('reads maps, lists and scalars, and knows where each of them stands', () => {
    const { value, marks, faults } = read('a: 1\nb:\n  - x\n  - { c: "2", "d.e": ~ }\n')
    assert.deepEqual(faults, [])
    assert.deepEqual(value, { a: 1, b: ['x', { c: '2', 'd.e': null }] })
    assert.deepEqual(marks.get('b[1].c'), {
      key: { line: 4, column: 7 },
      value: { line: 4, column: 10 },
      written: undefined,
    })
    assert.ok(marks.has('b[1]["d.e"]'))
  })

  it('reads brackets and quotes as Kubernetes does, whose lines need no indentation', () => {
    const text = 'a: [\n{ b: "x\ny" },\n# c\nz\n]\nc: { d:\n1 }\n'
    const { value, marks, faults } = read(text, { kubernetes: true })
    assert.deepEqual(faults, [])
    assert.deepEqual(value, { a: [{ b: 'x y' }, 'z'], c: { d: 1 } })
    assert.deepEqual(marks.get('a[0].b')?.value, { line: 2, column: 6 })
    assert.deepEqual(marks.get('a[1]')?.value, { line: 5, column: 1 })
    assert.notDeepEqual(read(text).faults, [])
  })

  it('says where brackets and quotes begin that do not end', () => {
    for (const text of ['a: [\nb\nc: 1\n', 'a: "b\nc: 1\n', 'a: [1,\n---\n2]\n']) {
      const [first = ''] = read(text, { kubernetes: true }).faults
      assert.match(first, /^[1-3]:\d+ is no YAML/, text)
    }
  })

  it('reads a section by its own dialect, and fills in variables elsewhere only', () => {
    const { value } = read('a: yes\nb: ${HOST}\nauthentication: { a: yes, b: "${HOST}" }\n')
    assert.deepEqual(value, {
      a: 'yes',
      b: 'example.com',
      authentication: { a: true, b: '${HOST}' },
    })
  })

  it('keeps what was written beside a value that differs', () => {
    const { marks } = read('a: ${HOST}\nb: 0x10\n')
    assert.equal(marks.get('a')?.written, '${HOST}')
    assert.equal(marks.get('b')?.written, '0x10')
  })

  const accepted = [
    ['a byte order mark that the decoder left', '\ufeffa: 1', { a: 1 }],
    ['CRLF', 'a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
    ['JSON', '{"a": [1, "x"], "b": null}', { a: [1, 'x'], b: null }],
    ['an alias', 'a: &x [1, 2]\nb: *x', { a: [1, 2], b: [1, 2] }],
    ['the nearest anchor of a name', 'a: &x 1\nb: &x 2\nc: *x', { a: 1, b: 2, c: 2 }],
    ['the string tag', 'a: !!str 5', { a: '5' }],
    ['a document end', 'a: 1\n...\n', { a: 1 }],
    ['an empty file', '', null],
    ['comments alone', '# nothing\n', null],
  ] as const
  for (const [what, text, expected] of accepted) {
    it(`accepts ${what}`, () => {
      const { value, faults } = read(text)
      assert.deepEqual(faults, [])
      assert.deepEqual(value, expected)
    })
  }

  it('keeps a key named __proto__ as a key', () => {
    const { value } = read('__proto__: { polluted: yes }')
    assert.equal(JSON.stringify(value), '{"__proto__":{"polluted":"yes"}}')
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
  })

  const laughs = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (const letter of 'bcdefghij') {
    const before = String.fromCharCode(letter.charCodeAt(0) - 1)
    laughs.push(
      `${letter}: &${letter} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`,
    )
  }
  const refused = [
    ['a repeated key', 'a: 1\nb: 2\na: 3', /^3:1 is given twice, first in line 1$/],
    ['a repeated key in quotes', 'a: 1\n"a": 2', /^2:1 is given twice/],
    ['a tab as indentation', 'a:\n\tb: 1', /^2:1 is no YAML: indent with spaces/],
    ['two documents', 'a: 1\n---\nb: 2', /^2:1 a second document begins here/],
    ['a merge key', 'a: &x { b: 1 }\nc:\n  <<: *x', /^3:3 merge keys are not supported/],
    ['an unknown anchor', 'a: *nope', /^1:4 no &nope stands before it/],
    ['an alias before its anchor', 'a: *x\nb: &x 1', /^1:4 no &x stands/],
    ['a value that holds itself', 'a: &x [*x]', /^1:8 \*x would hold itself/],
    ['a list as a key', '? [a]\n: 1', /^1:1 a key must be plain text/],
    ['an alias as a key', 'a: &x y\n*x : 1', /^2:1 a key must be plain text/],
    ['another tag', 'a: !!binary aGk=', /^1:13 tags such as .* are not supported/],
    ['an unclosed list', 'a: [1, 2', /^1:9 is no YAML/],
    ['an unclosed string', 'a: "x', /is no YAML/],
    ['a NUL', 'a: x\u0000y', /^1:5 is no YAML: holds the control character U\+0000/],
    ['an escape', 'a: 1\nb: \u001b[31m', /^2:4 is no YAML: holds the control character U\+001B/],
    ['an undefined variable', 'a: ${NOPE}', /^1:4 names the environment variable "NOPE"/],
    ['a billion laughs', laughs.join('\n'), /^\d+:\d+ is too much: more than 100000 values/],
    [
      'more than 64 levels',
      `a: ${'['.repeat(80)}${']'.repeat(80)}`,
      /is too much: more than 64 levels/,
    ],
    ['a hundred thousand brackets', '['.repeat(100_000), /is no YAML/],
  ] as const
  for (const [what, text, expected] of refused) {
    it(`refuses ${what}`, () => {
      const { faults } = read(text)
      assert.match(faults[0] ?? '', expected)
    })
  }

  it('says at most ten things about a text that is no YAML', () => {
    assert.ok(read('a: [}\n'.repeat(100)).faults.length <= 10)
  })

  it('quotes nothing of a text that is no YAML', () => {
    for (const text of [
      'hunter2: }',
      '- hunter2\nhunter2: [',
      'a: @hunter2',
      '%hunter2\n---\n}',
      'a: "\\hunter2"',
      'hunter2 hunter2: &x &hunter2 1 }',
    ]) {
      assert.doesNotMatch(read(text).faults.join('\n'), /hunter2/, text)
    }
  })
})

describe('parseYaml() as Kubernetes reads', () => {
  it('takes the first document and ignores others', () => {
    assert.deepEqual(read('a: 1\n---\nb: 2', { kubernetes: true }).value, { a: 1 })
  })

  it('merges maps', () => {
    const { value, faults } = read('a: &x { b: 1 }\nc: &y { d: 2 }\ne: { <<: [*x, *y], f: 3 }', {
      kubernetes: true,
    })
    assert.deepEqual(faults, [])
    assert.deepEqual(value, { a: { b: 1 }, c: { d: 2 }, e: { b: 1, d: 2, f: 3 } })
  })

  const refused = [
    ['overrides a key above', 'a: &x { b: 1 }\nc: { b: 2, <<: *x }'],
    ['is overridden below', 'a: &x { b: 1 }\nc: { <<: *x, b: 2 }'],
    ['overlaps another', 'a: &x { b: 1 }\nc: { <<: [*x, *x] }'],
  ] as const
  for (const [what, text] of refused) {
    it(`refuses a merge that ${what}`, () => {
      assert.match(read(text, { kubernetes: true }).faults.join(), /is given twice/)
    })
  }

  it('refuses to merge what holds itself', () => {
    const texts = ['k: &s [*s]\nm: { <<: *s }', 'a: &x { <<: [*x] }', 'a: &x [{ <<: *x }]']
    for (const text of texts) {
      assert.match(read(text, { kubernetes: true }).faults.join(), /must name a map/, text)
    }
  })

  it('bounds what merges make', () => {
    const maps = ['a0: &a0 { k: [0] }']
    for (let level = 1; level < 60; level += 1) {
      maps.push(
        `a${level}: &a${level} { x${level}: *a${level - 1}, y${level}: { <<: *a${level - 1} } }`,
      )
    }
    assert.match(read(maps.join('\n'), { kubernetes: true }).faults.join(), /is too much/)
  })

  it('refuses to merge what is no map', () => {
    assert.match(read('<<: 5', { kubernetes: true }).faults.join(), /must name a map/)
    assert.match(read('a: &x { <<: *x }', { kubernetes: true }).faults.join(), /must name a map/)
  })
})
