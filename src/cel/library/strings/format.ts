import { isUint } from '../../run/kind.ts'
import { typeNameOf } from '../../run/runtime-type.ts'
import { chargeWork, type Meter } from '../../run/work.ts'
import { type CelError, type CelList, type CelValue, celError, isCelError } from '../../value.ts'
import { boundedText } from '../bounded-text.ts'
import { type Clause, parseFormat } from './format-clauses.ts'
import { fixed, scientific } from './localized.ts'
import { stringOf } from './text-of.ts'

/** Digits after the point without a precision. */
const defaultPrecision = 6n

/**
 * The text with each clause replaced by its argument. Arguments that no clause takes are ignored; only
 * where format and list are literals does the check at load time refuse them (`format-check.ts`).
 */
export function format(
  text: string,
  { args, meter }: { args: CelList; meter: Meter },
): string | CelError {
  const parts = parseFormat(text)
  if ('fault' in parts) return celError(parts.fault)
  const texts: string[] = []
  let length = 0
  let taken = 0
  for (const part of parts) {
    const next = typeof part === 'string' ? part : apply(part, args[taken++], meter)
    if (isCelError(next)) return next
    texts.push(next)
    length += next.length
  }
  return boundedText(length, () => texts.join(''))
}

function apply(clause: Clause, arg: CelValue | undefined, meter: Meter): string | CelError {
  if (arg === undefined) return celError('Cannot format: there are fewer arguments than clauses')
  return write(clause, arg, meter) ?? refusal(clause, arg)
}

/** What a number takes to be written with all its digits, and a character of hexadecimal digits. */
const numberWork = 40_000
const perHexCharacter = 5

function write(
  { verb, precision = defaultPrecision }: Clause,
  arg: CelValue,
  meter: Meter,
): string | CelError | undefined {
  switch (verb) {
    case 's':
      return stringOf(arg, meter)
    case 'd':
      return integerOf(arg)?.toString()
    case 'b':
      return typeof arg === 'boolean' ? String(Number(arg)) : integerOf(arg)?.toString(2)
    case 'o':
      return integerOf(arg)?.toString(8)
    case 'x':
      return hexOf(arg, meter)
    case 'X':
      return hexOf(arg, meter)?.toUpperCase()
    case 'f':
    case 'e': {
      const value = doubleOf(arg)
      if (value === undefined) return undefined
      chargeWork(meter, numberWork)
      return verb === 'f' ? fixed(value, precision) : scientific(value, precision)
    }
  }
}

function refusal({ verb }: Clause, arg: CelValue): CelError {
  return celError(`Cannot format: %${verb} does not take a value of type ${typeNameOf(arg)}`)
}

function integerOf(value: CelValue): bigint | undefined {
  if (typeof value === 'bigint') return value
  return isUint(value) ? value.value : undefined
}

function hexOf(value: CelValue, meter: Meter): string | undefined {
  if (typeof value === 'string' || value instanceof Uint8Array) {
    chargeWork(meter, value.length * perHexCharacter)
    return Buffer.from(value).toString('hex')
  }
  return integerOf(value)?.toString(16)
}

/** The three texts are what JSON has for numbers that it cannot write. */
function doubleOf(value: CelValue): number | undefined {
  if (typeof value === 'number') return value
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity'
    ? Number(value)
    : undefined
}
