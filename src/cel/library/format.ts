import type { Library } from '../library.ts'
import { optionalType, stringType } from '../type.ts'
import { type CelOptional, nativeStrings } from '../value.ts'
import { matching } from './cost.ts'
import { declare, global, listOf, method } from './define.ts'
import {
  validateByte,
  validateDate,
  validateDateTime,
  validateUri,
  validateUuid,
} from './format/contents.ts'
import {
  asPrefix,
  type Validate,
  validateLabel,
  validateLabel1035,
  validateLabelValue,
  validateQualifiedName,
  validateSubdomain,
} from './format/names.ts'
import { opaqueKind } from './opaque.ts'
import { readingWork } from './reading-work.ts'

interface Format {
  readonly name: string
  readonly validate: Validate
  /** What Kubernetes takes for the length of its pattern, for the cost. */
  readonly patternSize: number
}

const formatKind = opaqueKind<Format>('kubernetes.NamedFormat', {
  equal: (a, b) => a.name === b.name,
})
const { type } = formatKind

const formats: ReadonlyMap<string, Format> = new Map(
  (
    [
      ['dns1123Label', validateLabel, 30],
      ['dns1123Subdomain', validateSubdomain, 60],
      ['dns1035Label', validateLabel1035, 30],
      ['qualifiedName', validateQualifiedName, 60],
      ['dns1123LabelPrefix', asPrefix(validateLabel), 30],
      ['dns1123SubdomainPrefix', asPrefix(validateSubdomain), 60],
      ['dns1035LabelPrefix', asPrefix(validateLabel1035), 30],
      ['labelValue', validateLabelValue, 40],
      ['uri', validateUri, 1103],
      ['uuid', validateUuid, 70],
      ['byte', validateByte, 84],
      ['date', validateDate, 71],
      ['datetime', validateDateTime, 71],
    ] as const
  ).map(([name, validate, patternSize]) => [name, { name, validate, patternSize }]),
)

const none: CelOptional = { kind: 'optional', value: undefined }

/**
 * Kubernetes' named formats.
 * {@link https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library Kubernetes, Format library}
 */
export const format: Library = {
  functions: [
    declare(
      'format.named',
      global({
        id: 'format-named',
        parameters: [stringType],
        result: optionalType(type),
        call: ([name]) => {
          const found = formats.get(name)
          return found === undefined ? none : { kind: 'optional', value: formatKind.make(found) }
        },
      }),
    ),
    declare(
      'validate',
      method({
        id: 'format-validate',
        parameters: [type, stringType],
        result: optionalType(listOf(stringType)),
        call: ([{ data }, text]) => {
          const faults = data.validate(text)
          return faults.length === 0 ? none : { kind: 'optional', value: nativeStrings(faults) }
        },
        work: ([, text = null]) => readingWork([text]),
        cost: ([{ data }, text]) => matching(text, data.patternSize),
      }),
    ),
    ...[...formats].map(([name, found]) =>
      declare(
        `format.${name}`,
        global({
          id: `format.${name}`,
          parameters: [],
          result: type,
          call: () => formatKind.make(found),
        }),
      ),
    ),
  ],
}
