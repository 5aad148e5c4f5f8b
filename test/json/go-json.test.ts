import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  decodeUtf8,
  foldName,
  hasInfinity,
  parseArray,
  parseObject,
  parseValue,
  repeatsMember,
} from '../../src/json/go-json.ts'
import { isRecord } from '../../src/json/record.ts'
import { cpuStopwatch } from '../support/cpu-stopwatch.ts'

function nested(depth: number): string {
  return `{"s":"\\"[[","a":${'['.repeat(depth)}${']'.repeat(depth)}}`
}

describe('names that are written with escapes', () => {
  it('are read as they are, whatever objects were read before', () => {
    // JSON.parse itself confuses them in the Node that the project pins.
    for (const before of ['{"a":1,"\\\\":2}', '{"a":1,"\\\\u0":2}', '{"a":{"\\\\":2}}']) {
      parseObject(before)
      JSON.parse(before)
    }
    for (const [text, names] of [
      ['{"a":1,"\\u0041":2}', ['a', 'A']],
      ['{"a":1,"\\u0073ub":2}', ['a', 'sub']],
      ['{"a":1,"\\n":2}', ['a', '\n']],
    ] as const) {
      const object = parseObject(text)
      assert.deepEqual(Object.keys(object?.value ?? {}), names)
      assert.deepEqual(
        object?.members.map(({ name }) => name),
        names,
      )
    }
    assert.deepEqual(parseValue('{"a":{"\\u0041":[{"\\u0042":"\\u0043"}]}}'), {
      a: { A: [{ B: 'C' }] },
    })
  })

  it('may be __proto__, repeated, and nested as deep as Go lets them', () => {
    const value = parseValue('{"\\u005f_proto__":{"x":1},"b":1,"\\u0062":2}')
    assert.ok(isRecord(value) && Object.hasOwn(value, '__proto__'))
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
    assert.equal(value['b'], 2)
    const deep = `${'{"\\u0061":'.repeat(9_000)}1${'}'.repeat(9_000)}`
    assert.ok(isRecord(parseValue(deep)))
  })

  it('cost no more than others', () => {
    const elements = Array.from({ length: 23_000 }, () => '1').join(',')
    const cpuMs = cpuStopwatch()
    parseObject(`{"\\u0061":[${elements}]}`)
    assert.ok(cpuMs() < 200)
  })
})

describe('parseObject()', () => {
  it('keeps every member in order, and the last value of each', () => {
    const object = parseObject(' {"a" : "x\\"}", "b":[1,{"a":2}],"a": {"c":"]"} , "d":-1e3 } ')
    assert.deepEqual(object?.members, [
      { name: 'a', text: '"x\\"}"', value: 'x"}' },
      { name: 'b', text: '[1,{"a":2}]', value: [1, { a: 2 }] },
      { name: 'a', text: '{"c":"]"}', value: { c: ']' } },
      { name: 'd', text: '-1e3', value: -1000 },
    ])
    assert.deepEqual(object?.value, { a: { c: ']' }, b: [1, { a: 2 }], d: -1000 })
  })

  it('reads escaped names', () => {
    const members = [{ name: 'iss', text: '1', value: 1 }]
    assert.deepEqual(parseObject('{"\\u0069ss":1}')?.members, members)
  })

  it('keeps the value of every member apart, also where an escape repeats a name', () => {
    const { members } = parseObject('{"iss":"a","\\u0069ss":"b","__proto__":1,"exp":2}') ?? {}
    assert.deepEqual(
      members?.map(({ name, value }) => [name, value]),
      [
        ['iss', 'a'],
        ['iss', 'b'],
        ['__proto__', 1],
        ['exp', 2],
      ],
    )
    const [proto] = parseObject('{"__proto__":{"exp":1}}')?.members ?? []
    assert.deepEqual(proto?.value, { exp: 1 })
  })

  it('keeps a member "__proto__" a member', () => {
    assert.ok(Object.hasOwn(parseObject('{"__proto__":"x"}')?.value ?? {}, '__proto__'))
  })

  it('replaces lone surrogates, and no others', () => {
    const object = parseObject('{"a":"\\ud800x","b":["\\ud83d\\ude00"],"\\udc00":1}')
    assert.deepEqual(object?.value['a'], '\ufffdx')
    assert.deepEqual(object?.value['b'], ['\u{1f600}'])
    assert.equal(object?.members[2]?.name, '\ufffd')
  })

  const refused = {
    'an array': '[]',
    null: 'null',
    'a string': '"x"',
    nothing: '',
    'a byte order mark': '\ufeff{}',
    'something after it': '{} x',
    NaN: '{"a":NaN}',
    'a trailing comma': '{"a":1,}',
    'a control character': '{"a":"\n"}',
    'an object that is not closed': '{"a":"',
  }
  for (const [what, text] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      assert.equal(parseObject(text), undefined)
    })
  }

  it('reads 10,000 levels', () => {
    assert.notEqual(parseObject(nested(9_999)), undefined)
  })
  it('refuses 10,001 levels', () => {
    assert.equal(parseObject(nested(10_000)), undefined)
  })
  it('does not count brackets in strings', () => {
    assert.notEqual(parseObject(`{"a":"${'['.repeat(20_000)}"}`), undefined)
  })
})

describe('parseArray()', () => {
  it('gives each element as it was written', () => {
    const elements = parseArray(' [ {"a":[1,2]} , null,"],", 1.0 ] ')
    assert.deepEqual(elements, ['{"a":[1,2]}', 'null', '"],"', '1.0'])
  })
  for (const text of ['{}', 'null', '[', '[1,]']) {
    it(`refuses ${text}`, () => {
      assert.equal(parseArray(text), undefined)
    })
  }
})

describe('decodeUtf8()', () => {
  const cases = [
    { when: 'it is well-formed', bytes: [0x61, 0xc3, 0xa9], text: 'a\u00e9' },
    { when: 'a character is cut', bytes: [0xe2, 0x82, 0x41], text: '\ufffd\ufffdA' },
    { when: 'it is overlong', bytes: [0xc0, 0xaf], text: '\ufffd\ufffd' },
    { when: 'it is a surrogate', bytes: [0xed, 0xa0, 0x80], text: '\ufffd\ufffd\ufffd' },
    { when: 'it is beyond Unicode', bytes: [0xf5, 0x80], text: '\ufffd\ufffd' },
    { when: 'good follows bad', bytes: [0xff, 0xf0, 0x9f, 0x98, 0x80], text: '\ufffd\u{1f600}' },
    { when: 'there is a byte order mark', bytes: [0xef, 0xbb, 0xbf, 0x61], text: '\ufeffa' },
  ]
  for (const { when, bytes, text } of cases) {
    it(`decodes as Go does when ${when}`, () => {
      assert.equal(decodeUtf8(Buffer.from(bytes)), text)
    })
  }
})

describe('foldName()', () => {
  for (const name of ['iss', 'ISS', 'i\u017fs', 'I\u017fS']) {
    it(`takes ${JSON.stringify(name)} for "iss"`, () => {
      assert.equal(foldName(name), 'iss')
    })
  }
  it('knows the Kelvin sign', () => {
    assert.equal(foldName('\u212aeys'), 'keys')
  })
  it('takes no other letter for an ASCII one', () => {
    assert.notEqual(foldName('\u0130ss'), 'iss')
  })
})

describe('repeatsMember()', () => {
  const cases = [
    { text: '{"a":1,"b":"a","c":["a","a"]}', answer: false },
    { text: '{"a":1,"a":1}', answer: true },
    { text: '{"a":1,"\\u0061":1}', answer: true },
    { text: '{"a"                    :1,"a"                    :1}', answer: true },
    { text: '{"x":[{"a":1},{"a":1}],"a":{"a":{"a":1}}}', answer: false },
    { text: '{"x":[1,{"a":1,"b":[],"a":1}]}', answer: true },
    { text: '{"x":{"a":1},"y":2,"x":3}', answer: true },
  ]
  for (const { text, answer } of cases) {
    it(`answers ${answer} for ${text}`, () => {
      assert.equal(repeatsMember(text), answer)
    })
  }
})

describe('hasInfinity()', () => {
  it('finds a number that is too large at any depth', () => {
    assert.equal(hasInfinity(JSON.parse('{"a":[{"b":-1e400}]}')), true)
  })
  it('passes everything else', () => {
    assert.equal(hasInfinity(JSON.parse('{"a":[null,{"b":1e300}],"c":"1e400"}')), false)
  })
})
