import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { faultOf, written } from './written.ts'

const numbers: readonly (readonly [source: string, value: string])[] = [
  ['0', '0'],
  ['007', '7'],
  ['0x1F', '31'],
  ['- 1', '-1'],
  ['--1', '1'],
  ['9223372036854775807', '9223372036854775807'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['-0x8000000000000000', '-9223372036854775808'],
  ['1u', '1u'],
  ['0xffU', '255u'],
  ['18446744073709551615u', '18446744073709551615u'],
  ['1.5', '1.5d'],
  ['.5', '0.5d'],
  ['1e3', '1000d'],
  ['1E+3', '1000d'],
  ['1.5e-3', '0.0015d'],
  ['-0.0', '-0.0'],
  ['1e-400', '0d'],
]

const noNumbers = [
  '9223372036854775808',
  '-9223372036854775809',
  '--9223372036854775808',
  '0x8000000000000000',
  '18446744073709551616u',
  '1e309',
  '1.',
  '1e',
  '0XFF',
  '0x',
  '1x',
  '1.5u',
  '0x1.5',
]

const strings: readonly (readonly [source: string, value: string])[] = [
  [`''`, ''],
  [`"a'b"`, "a'b"],
  [String.raw`'a\'b'`, "a'b"],
  [String.raw`'\a\b\f\n\r\t\v\\\?\"\'` + "\\`'", '\u0007\b\f\n\r\t\v\\?"\'`'],
  [String.raw`'\x41\X42\u00e9\U0001F600\101\377'`, 'ABé😀Aÿ'],
  [String.raw`r'\n\'`, '\\n\\'],
  [String.raw`R"\x"`, '\\x'],
  [`"""a"b""c"""`, 'a"b""c'],
  [`'''a\nb'''`, 'a\nb'],
  [`'''a\r\nb\rc'''`, 'a\nb\nc'],
  [`r'''a\r\n\\'''`, 'a\n\\'],
  [String.raw`"""a\""""`, 'a"'],
  [`""""""`, ''],
  [`'// no comment'`, '// no comment'],
]

const noStrings = [
  `'a`,
  `'a\nb'`,
  `'a\rb'`,
  String.raw`'\q'`,
  String.raw`'\8'`,
  String.raw`'\401'`,
  String.raw`'\12'`,
  String.raw`'\x4'`,
  String.raw`'\u12'`,
  String.raw`'\ud800'`,
  String.raw`'\U0000dfff'`,
  String.raw`'\U00110000'`,
  String.raw`'\UFFFFFFFF'`,
  String.raw`r'\''`,
  `"""a'''`,
  `"""a""""`,
  `'a' 'b'`,
  `rb'a'`,
  `u'a'`,
]

const bytes: readonly (readonly [source: string, hex: string])[] = [
  [`b''`, ''],
  [`b'é'`, 'c3a9'],
  [String.raw`B"\xff\377\n"`, 'ffff0a'],
  [String.raw`b'a\x00é\\'`, '6100c3a95c'],
  [String.raw`br'\xff'`, '5c786666'],
  [`b"""\r\n"""`, '0a'],
]

describe('number literals', () => {
  for (const [source, value] of numbers) {
    it(`reads ${source}`, () => assert.equal(written(source), value))
  }
  for (const source of noNumbers) {
    it(`refuses ${source}`, () => assert.ok(faultOf(source).message))
  }
})

describe('string literals', () => {
  for (const [source, value] of strings) {
    it(`reads ${JSON.stringify(source)}`, () => {
      assert.equal(written(source), JSON.stringify(value))
    })
  }
  for (const source of noStrings) {
    it(`refuses ${JSON.stringify(source)}`, () => assert.ok(faultOf(source).message))
  }
})

describe('bytes literals', () => {
  for (const [source, hex] of bytes) {
    it(`reads ${JSON.stringify(source)}`, () => assert.equal(written(source), `b:${hex}`))
  }
  for (const source of [String.raw`b'\u0041'`, String.raw`b'\U00000041'`, `b'a`]) {
    it(`refuses ${source}`, () => assert.ok(faultOf(source).message))
  }
})
