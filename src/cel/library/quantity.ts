import type { Library, Overload } from '../library.ts'
import { chargeWork } from '../run/work.ts'
import { boolType, type CelType, doubleType, intType, stringType } from '../type.ts'
import { type CelError, type CelOpaque, type CelValue, celError } from '../value.ts'
import { characters } from './cost.ts'
import { declare, global, method } from './define.ts'
import { opaqueKind } from './opaque.ts'
import {
  type Amount,
  amountOf,
  amountOfInt,
  compareTo,
  decimalOf,
  difference,
  integerOf,
  order,
  sum,
} from './quantity/amount.ts'
import { toDouble } from './quantity/decimal.ts'
import { amountsWork, readingWork } from './quantity/effort.ts'
import { parseQuantity } from './quantity/parse.ts'

const quantityKind = opaqueKind<Amount>('kubernetes.Quantity', {
  equal: (a, b, meter) => {
    chargeWork(meter, amountsWork(a, b))
    if (b.isComputed) return celError('no such overload')
    const found = order(a, b)
    return typeof found === 'number' ? found === 0 : found
  },
})
const { type } = quantityKind

/**
 * Kubernetes' quantities of resources.
 * {@link https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library Kubernetes, Quantity library}
 */
export const quantity: Library = {
  functions: [
    declare(
      'quantity',
      global({
        id: 'string_to_quantity',
        parameters: [stringType],
        result: type,
        call: ([text]) => {
          const read = parseQuantity(text)
          return 'fault' in read ? celError(read.fault) : quantityKind.make(amountOf(read))
        },
        cost: ([text]) => characters(text),
        work: readingWork,
      }),
    ),
    declare(
      'isQuantity',
      global({
        id: 'is_quantity_string',
        parameters: [stringType],
        result: boolType,
        call: ([text]) => !('fault' in parseQuantity(text)),
        cost: ([text]) => characters(text),
        work: readingWork,
      }),
    ),
    declare(
      'sign',
      global({
        id: 'quantity_sign',
        parameters: [type],
        result: intType,
        call: ([{ data }]) => signOf(decimalOf(data).unscaled),
      }),
    ),
    declare(
      'isGreaterThan',
      comparison('quantity_is_greater_than', boolType, (found) => found === 1),
    ),
    declare(
      'isLessThan',
      comparison('quantity_is_less_than', boolType, (found) => found === -1),
    ),
    declare(
      'compareTo',
      comparison('quantity_compare_to', intType, (found) => BigInt(found)),
    ),
    declare(
      'asApproximateFloat',
      method({
        id: 'quantity_get_float',
        parameters: [type],
        result: doubleType,
        call: ([{ data }], { meter }) => {
          chargeWork(meter, amountsWork(data))
          return toDouble(decimalOf(data))
        },
      }),
    ),
    declare(
      'asInteger',
      method({
        id: 'quantity_get_int',
        parameters: [type],
        result: intType,
        call: ([{ data }]) => integerOf(data) ?? celError('cannot convert value to integer'),
      }),
    ),
    declare(
      'isInteger',
      method({
        id: 'quantity_is_integer',
        parameters: [type],
        result: boolType,
        call: ([{ data }]) => integerOf(data) !== undefined,
      }),
    ),
    declare('add', arithmetic('quantity_add', sum), arithmeticWithInt('quantity_add_int', sum)),
    declare(
      'sub',
      arithmetic('quantity_sub', difference),
      arithmeticWithInt('quantity_sub_int', difference),
    ),
  ],
}

function comparison(
  id: string,
  result: CelType,
  answer: (found: -1 | 0 | 1) => CelValue,
): Overload {
  return method({
    id,
    parameters: [type, type],
    result,
    call: ([{ data }, other], { meter }) => {
      chargeWork(meter, amountsWork(data, other.data))
      const found = compareTo(data, other.data)
      return typeof found === 'number' ? answer(found) : found
    },
  })
}

type Operation = (amount: Amount, other: Amount) => Amount | CelError

function arithmetic(id: string, operate: Operation): Overload {
  return method({
    id,
    parameters: [type, type],
    result: type,
    call: ([{ data }, other], { meter }) => {
      chargeWork(meter, amountsWork(data, other.data))
      return made(operate(data, other.data))
    },
  })
}

function arithmeticWithInt(id: string, operate: Operation): Overload {
  return method({
    id,
    parameters: [type, intType],
    result: type,
    call: ([{ data }, value], { meter }) => {
      const other = amountOfInt(value)
      chargeWork(meter, amountsWork(data, other))
      return made(operate(data, other))
    },
  })
}

function made(amount: Amount | CelError): CelOpaque | CelError {
  return 'kind' in amount ? amount : quantityKind.make(amount)
}

function signOf(value: bigint): bigint {
  return value === 0n ? 0n : value < 0n ? -1n : 1n
}
