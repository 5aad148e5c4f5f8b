import { isUint } from '../../run/kind.ts'
import { typeNameOf } from '../../run/runtime-type.ts'
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
export function format(text: string, args: CelList): string | CelError {
  const parts = parseFormat(text)
  if ('fault' in parts) return celError(parts.fault)
  const texts: string[] = []
  let length = 0
  let taken = 0
  for (const part of parts) {
    const next = typeof part === 'string' ? part : apply(part, args[taken++])
    if (isCelError(next)) return next
    texts.push(next)
    length += next.length
  }
  return boundedText(length, () => texts.join(''))
}

function apply(clause: Clause, arg: CelValue | undefined): string | CelError {
  if (arg === undefined) return celError('Cannot format: there are fewer arguments than clauses')
  return write(clause, arg) ?? refusal(clause, arg)
}

function write({ verb, precision = defaultPrecision }: Clause, arg: CelValue) {
  switch (verb) {
    case 's':
      return stringOf(arg)
    case 'd':
      return integerOf(arg)?.toString()
    case 'b':
      return typeof arg === 'boolean' ? String(Number(arg)) : integerOf(arg)?.toString(2)
    case 'o':
      return integerOf(arg)?.toString(8)
    case 'x':
      return hexOf(arg)
    case 'X':
      return hexOf(arg)?.toUpperCase()
    case 'f':
    case 'e': {
      const value = doubleOf(arg)
      if (value === undefined) return undefined
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

function hexOf(value: CelValue): string | undefined {
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return integerOf(value)?.toString(16)
}

/** The three texts are what JSON has for numbers that it cannot write. */
function doubleOf(value: CelValue): number | undefined {
  if (typeof value === 'number') return value
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity'
    ? Number(value)
    : undefined
}
