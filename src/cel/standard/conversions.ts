import type { FunctionDeclaration, Library, Overload } from '../library.ts'
import { constantWork, textWork, workPerCharacter } from '../run/weight.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  intType,
  stringType,
  timestampType,
  uintType,
} from '../type.ts'
import type { CelValue } from '../value.ts'
import {
  toBool,
  toBytes,
  toDouble,
  toDuration,
  toInt,
  toText,
  toTimestamp,
  toUint,
} from './convert.ts'
import { firstOperand } from './costs.ts'

const called: ReadonlyMap<CelType, string> = new Map<CelType, string>([
  [boolType, 'bool'],
  [bytesType, 'bytes'],
  [doubleType, 'double'],
  [durationType, 'duration'],
  [intType, 'int64'],
  [stringType, 'string'],
  [timestampType, 'timestamp'],
  [uintType, 'uint64'],
])

/** A function named like a type, which makes a value of it from values of others. */
function conversion(
  name: string,
  to: CelType,
  {
    from,
    convert,
  }: { from: readonly CelType[]; convert: (value: CelValue) => ReturnType<Overload['call']> },
): FunctionDeclaration {
  return {
    name,
    overloads: from.map((type) => ({
      id: `${called.get(type)}_to_${called.get(to)}`,
      isMember: false,
      parameters: [type],
      result: to,
      call: ([value = null]) => convert(value),
      work: to === durationType ? durationWork : type === to ? constantWork : textWork,
      // Only between text and bytes does cel-go count what is copied.
      ...(isCopy(type, to) && {
        cost: firstOperand,
        costUnresolved: () => 1,
      }),
    })),
  }
}

/** Each number of a duration is read with its unit. */
const durationWork = workPerCharacter(150)

function isCopy(from: CelType, to: CelType): boolean {
  return (from === stringType && to === bytesType) || (from === bytesType && to === stringType)
}

/** `int(x)`, `string(x)` …, in the order in which cel-go declares them. */
export const conversions: Library = {
  functions: [
    conversion('bool', boolType, { from: [boolType, stringType], convert: toBool }),
    conversion('bytes', bytesType, { from: [bytesType, stringType], convert: toBytes }),
    conversion('double', doubleType, {
      from: [doubleType, intType, stringType, uintType],
      convert: toDouble,
    }),
    conversion('duration', durationType, {
      from: [durationType, intType, stringType],
      convert: toDuration,
    }),
    conversion('int', intType, {
      from: [intType, doubleType, durationType, stringType, timestampType, uintType],
      convert: toInt,
    }),
    conversion('string', stringType, {
      from: [
        stringType,
        boolType,
        bytesType,
        doubleType,
        durationType,
        intType,
        timestampType,
        uintType,
      ],
      convert: toText,
    }),
    conversion('timestamp', timestampType, {
      from: [timestampType, intType, stringType],
      convert: toTimestamp,
    }),
    conversion('uint', uintType, {
      from: [uintType, doubleType, intType, stringType],
      convert: toUint,
    }),
  ],
}
