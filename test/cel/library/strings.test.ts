import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { strings } from '../../../src/cel/library/strings.ts'
import { type CelList, type CelValue, isNativeStrings } from '../../../src/cel/value.ts'
import { calling, failed } from './calling.ts'

const { call, cost } = calling(strings)

/** Overload, arguments, result; undefined for an error. */
type Row = readonly [string, readonly CelValue[], CelValue | undefined]

const rows: readonly Row[] = [
  ['string_char_at_int', ['a😀b', 1n], '😀'],
  ['string_char_at_int', ['a😀b', 2n], 'b'],
  ['string_char_at_int', ['a😀b', 3n], ''],
  ['string_char_at_int', ['a😀b', 4n], undefined],
  ['string_char_at_int', ['abc', -1n], undefined],
  ['string_char_at_int', ['abc', 2n ** 63n - 1n], undefined],
  ['string_index_of_string', ['😀é😀', 'é'], 1n],
  ['string_index_of_string', ['abc', 'z'], -1n],
  ['string_index_of_string', ['', ''], 0n],
  ['string_index_of_string_int', ['abcabc', 'a', 1n], 3n],
  ['string_index_of_string_int', ['abc', 'a', 99n], -1n],
  ['string_index_of_string_int', ['abc', 'a', -1n], undefined],
  ['string_index_of_string_int', ['abc', '', -7n], -7n],
  ['string_last_index_of_string', ['😀é😀', '😀'], 2n],
  ['string_last_index_of_string', ['😀é😀', ''], 3n],
  ['string_last_index_of_string', ['', 'a'], -1n],
  ['string_last_index_of_string_int', ['abcabc', 'a', 2n], 0n],
  ['string_last_index_of_string_int', ['abcabc', 'bc', 5n], 4n],
  ['string_last_index_of_string_int', ['abcabc', 'a', 6n], -1n],
  ['string_last_index_of_string_int', ['abcabc', 'a', -1n], undefined],
  ['string_lower_ascii', ['ÀBC'], 'Àbc'],
  ['string_upper_ascii', ['àßc'], 'àßC'],
  ['string_trim', ['\u0085\u00a0 a b\u2028\n'], 'a b'],
  ['string_trim', ['\ufeffa\u200b'], '\ufeffa\u200b'],
  ['string_substring_int', ['a😀b', 1n], '😀b'],
  ['string_substring_int', ['a😀b', 4n], undefined],
  ['string_substring_int_int', ['a😀b', 1n, 2n], '😀'],
  ['string_substring_int_int', ['abc', 3n, 3n], ''],
  ['string_substring_int_int', ['abc', 2n, 1n], undefined],
  ['string_replace_string_string', ['a$a', 'a', '$&'], '$&$$&'],
  ['string_replace_string_string', ['a😀', '', '-'], '-a-😀-'],
  ['string_replace_string_string_int', ['aaa', 'a', 'b', 2n], 'bba'],
  ['string_replace_string_string_int', ['aaa', 'a', 'b', 0n], 'aaa'],
  ['string_replace_string_string_int', ['a😀', '', '-', 2n], '-a-😀'],
  ['string_replace_string_string_int', ['a😀', '', '-', 3n], '-a-😀-'],
  ['list_join', [['a', 'b']], 'ab'],
  ['list_join_string', [['a', 'b'], ', '], 'a, b'],
  ['list_join_string', [[], ', '], ''],
  ['list_join_string', [['a', 1n], ', '], undefined],
  ['strings_quote', ['a"\\\n\u0007\u0001é'], '"a\\"\\\\\\n\\a\u0001é"'],
]

describe('strings', () => {
  for (const [id, args, expected] of rows) {
    it(`${id} of ${inspect(args)}`, () => {
      const result = call(id, ...args)
      assert.deepEqual(failed(result) ? undefined : result, expected)
    })
  }

  const splits: readonly [string, string, bigint, readonly string[]][] = [
    ['a,b,c', ',', -1n, ['a', 'b', 'c']],
    ['a,b,c', ',', 2n, ['a', 'b,c']],
    ['a,b,c', ',', 0n, []],
    ['a😀', '', -1n, ['a', '😀']],
    ['a😀b', '', 2n, ['a', '😀b']],
    ['', ',', -1n, ['']],
    ['', '', -1n, []],
  ]
  for (const [text, separator, limit, expected] of splits) {
    it(`split "${text}" at "${separator}", at most ${limit}, into a list that is natively []string`, () => {
      const result = call('string_split_string_int', text, separator, limit) as CelList
      assert.deepEqual([...result], expected)
      assert.equal(isNativeStrings(result), true)
    })
  }

  it('refuses to make a text that would fill the memory, and ends the evaluation then', () => {
    const long = 'x'.repeat(65_536)
    assert.equal(failed(call('string_replace_string_string', long, '', long)), true)
    assert.equal(cost('string_replace_string_string', long, '', long), Number.POSITIVE_INFINITY)
    assert.equal(failed(call('list_join_string', Array(1000).fill('a'), long)), true)
  })

  it('trims a text full of blanks in linear time', () => {
    const text = ` ${' x'.repeat(500_000)} `
    assert.equal(call('string_trim', text), text.trim())
  })

  it('costs what cel-go counts', () => {
    assert.equal(cost('string_char_at_int', 'x'.repeat(95), 1n), 1)
    assert.equal(cost('string_trim', 'x'.repeat(95)), 10)
    assert.equal(cost('string_split_string', 'x'.repeat(95), ','), 19)
    // By characters above, by bytes and rounded down here.
    assert.equal(cost('string_index_of_string', 'é'.repeat(95), 'z'), 19)
  })
})
