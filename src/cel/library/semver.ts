import type { Library, Overload } from '../library.ts'
import { workPerCharacter } from '../run/weight.ts'
import { chargeWork, type Meter } from '../run/work.ts'
import { boolType, type CelType, intType, stringType } from '../type.ts'
import { type CelError, type CelOpaque, type CelValue, celError } from '../value.ts'
import { characters } from './cost.ts'
import { declare, global, method } from './define.ts'
import { opaqueKind } from './opaque.ts'
import { compareVersions, parseLoosely, parseVersion, type Version } from './semver/version.ts'

const versionKind = opaqueKind<Version>('kubernetes.Semver', {
  equal: (a, b, meter) => compared(a, b, meter) === 0,
})
const { type } = versionKind

const readingWork = workPerCharacter(150, 2000)

const text = [stringType] as const
const textAndFlag = [stringType, boolType] as const

/**
 * Kubernetes' semantic versions.
 * {@link https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-semver-library Kubernetes, Semver library}
 */
export const semver: Library = {
  functions: [
    declare(
      'semver',
      global({
        id: 'string_to_semver',
        parameters: text,
        result: type,
        call: ([version]) => made(parseVersion(version)),
        cost: ([version]) => characters(version),
        work: readingWork,
      }),
      global({
        id: 'string_bool_to_semver',
        parameters: textAndFlag,
        result: type,
        call: ([version, isLoose]) => made(parse(version, isLoose)),
        cost: ([version]) => characters(version),
        work: readingWork,
      }),
    ),
    declare(
      'isSemver',
      global({
        id: 'is_semver_string',
        parameters: text,
        result: boolType,
        call: ([version]) => !('fault' in parseVersion(version)),
        cost: ([version]) => characters(version),
        work: readingWork,
      }),
      global({
        id: 'is_semver_string_bool',
        parameters: textAndFlag,
        result: boolType,
        call: ([version, isLoose]) => !('fault' in parse(version, isLoose)),
        cost: ([version]) => characters(version),
        work: readingWork,
      }),
    ),
    declare(
      'isGreaterThan',
      comparison('semver_is_greater_than', boolType, (found) => found === 1),
    ),
    declare(
      'isLessThan',
      comparison('semver_is_less_than', boolType, (found) => found === -1),
    ),
    declare(
      'compareTo',
      comparison('semver_compare_to', intType, (found) => BigInt(found)),
    ),
    declare('major', number('semver_major', 0)),
    declare('minor', number('semver_minor', 1)),
    declare('patch', number('semver_patch', 2)),
  ],
}

function parse(version: string, isLoose: boolean): ReturnType<typeof parseVersion> {
  return isLoose ? parseLoosely(version) : parseVersion(version)
}

/** What an identifier of a pre-release takes; that of a 64 bit number, or a text, which is counted whole. */
const perIdentifier = 30
const perCharacter = 3

function compared(a: Version, b: Version, meter: Meter): -1 | 0 | 1 {
  for (const identifier of a.prerelease) {
    const length = typeof identifier === 'string' ? identifier.length : 0
    chargeWork(meter, perIdentifier + length * perCharacter)
  }
  return compareVersions(a, b)
}

function made(read: ReturnType<typeof parseVersion>): CelOpaque | CelError {
  return 'fault' in read
    ? celError(`Cannot read the version: ${read.fault}`)
    : versionKind.make(read)
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
    call: ([{ data }, other], { meter }) => answer(compared(data, other.data, meter)),
  })
}

function number(id: string, place: 0 | 1 | 2): Overload {
  return method({
    id,
    parameters: [type],
    result: intType,
    // Go makes a signed number of it without looking.
    call: ([{ data }]) => BigInt.asIntN(64, data.numbers[place]),
  })
}
