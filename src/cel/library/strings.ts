import type { Library } from '../library.ts'
import { workPerCharacter } from '../run/weight.ts'
import { dynType, intType, stringType } from '../type.ts'
import { boundedText, costUnlessTooLong } from './bounded-text.ts'
import { characters, traversal } from './cost.ts'
import { declare, global, listOf, method } from './define.ts'
import { format } from './strings/format.ts'
import { join } from './strings/join.ts'
import { lowerAscii, quote, trim, upperAscii } from './strings/letters.ts'
import { charAt, indexOf, lastIndexOf, lastIndexOfAny, substring } from './strings/position.ts'
import { replace, split } from './strings/replace.ts'

/** A clause of a format, and what becomes an escape, may be one character, and takes more than it. */
const quoteWork = workPerCharacter(150)
const formatWork = workPerCharacter(200)

/**
 * cel-go's strings extension, version 2, as Kubernetes enables it: positions count code points.
 * {@link https://github.com/google/cel-go/blob/v0.26.0/ext/README.md#strings cel-go, Strings}
 */
export const strings: Library = {
  functions: [
    declare(
      'charAt',
      method({
        id: 'string_char_at_int',
        parameters: [stringType, intType],
        result: stringType,
        call: ([text, index]) => charAt(text, index),
      }),
    ),
    declare(
      'indexOf',
      method({
        id: 'string_index_of_string',
        parameters: [stringType, stringType],
        result: intType,
        call: ([text, part]) => indexOf(text, part, 0n),
        cost: ([text], _, meter) => traversal(text, meter),
      }),
      method({
        id: 'string_index_of_string_int',
        parameters: [stringType, stringType, intType],
        result: intType,
        call: ([text, part, offset]) => indexOf(text, part, offset),
        cost: ([text], _, meter) => traversal(text, meter),
      }),
    ),
    declare(
      'lastIndexOf',
      method({
        id: 'string_last_index_of_string',
        parameters: [stringType, stringType],
        result: intType,
        call: ([text, part]) => lastIndexOfAny(text, part),
        cost: ([text], _, meter) => traversal(text, meter),
      }),
      method({
        id: 'string_last_index_of_string_int',
        parameters: [stringType, stringType, intType],
        result: intType,
        call: ([text, part, offset]) => lastIndexOf(text, part, offset),
        cost: ([text], _, meter) => traversal(text, meter),
      }),
    ),
    declare(
      'lowerAscii',
      method({
        id: 'string_lower_ascii',
        parameters: [stringType],
        result: stringType,
        call: ([text]) => lowerAscii(text),
        cost: ([text]) => characters(text),
      }),
    ),
    declare(
      'upperAscii',
      method({
        id: 'string_upper_ascii',
        parameters: [stringType],
        result: stringType,
        call: ([text]) => upperAscii(text),
        cost: ([text]) => characters(text),
      }),
    ),
    declare(
      'trim',
      method({
        id: 'string_trim',
        parameters: [stringType],
        result: stringType,
        call: ([text]) => trim(text),
        cost: ([text]) => characters(text),
      }),
    ),
    declare(
      'substring',
      method({
        id: 'string_substring_int',
        parameters: [stringType, intType],
        result: stringType,
        call: ([text, start]) => substring(text, start),
        cost: ([text]) => characters(text),
      }),
      method({
        id: 'string_substring_int_int',
        parameters: [stringType, intType, intType],
        result: stringType,
        call: ([text, start, end]) => substring(text, start, end),
        cost: ([text]) => characters(text),
      }),
    ),
    declare(
      'replace',
      method({
        id: 'string_replace_string_string',
        parameters: [stringType, stringType, stringType],
        result: stringType,
        call: ([text, old, by], { meter }) => replace(text, { old, by, limit: -1n, meter }),
        cost: ([text], result) => costUnlessTooLong(result, characters(text, 2)),
      }),
      method({
        id: 'string_replace_string_string_int',
        parameters: [stringType, stringType, stringType, intType],
        result: stringType,
        call: ([text, old, by, limit], { meter }) => replace(text, { old, by, limit, meter }),
        cost: ([text], result) => costUnlessTooLong(result, characters(text, 2)),
      }),
    ),
    declare(
      'split',
      method({
        id: 'string_split_string',
        parameters: [stringType, stringType],
        result: listOf(stringType),
        call: ([text, separator], { meter }) => split(text, { separator, limit: -1n, meter }),
        cost: ([text]) => characters(text, 2),
      }),
      method({
        id: 'string_split_string_int',
        parameters: [stringType, stringType, intType],
        result: listOf(stringType),
        call: ([text, separator, limit], { meter }) => split(text, { separator, limit, meter }),
        cost: ([text]) => characters(text, 2),
      }),
    ),
    declare(
      'join',
      method({
        id: 'list_join',
        parameters: [listOf(stringType)],
        result: stringType,
        call: ([list], { meter }) => join(list, { separator: '', meter }),
        cost: (_, result) => costUnlessTooLong(result, characters(result, 2)),
      }),
      method({
        id: 'list_join_string',
        parameters: [listOf(stringType), stringType],
        result: stringType,
        call: ([list, separator], { meter }) => join(list, { separator, meter }),
        cost: (_, result) => costUnlessTooLong(result, characters(result, 2)),
      }),
    ),
    declare(
      'format',
      method({
        id: 'string_format',
        parameters: [stringType, listOf(dynType)],
        result: stringType,
        call: ([text, list], { meter }) => format(text, { args: list, meter }),
        work: formatWork,
        cost: ([text], result) => costUnlessTooLong(result, characters(text)),
      }),
    ),
    declare(
      'strings.quote',
      global({
        id: 'strings_quote',
        parameters: [stringType],
        result: stringType,
        call: ([text]) => boundedText(text.length * 2 + 2, () => quote(text)),
        work: quoteWork,
        cost: ([text], result) => costUnlessTooLong(result, characters(text)),
      }),
    ),
  ],
}
