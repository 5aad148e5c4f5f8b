import { compareText } from '../code-points.ts'

/** A semantic version; what follows `+` says nothing about its order and is not kept. */
export interface Version {
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint]
  readonly prerelease: readonly (bigint | string)[]
}

interface Fault {
  readonly fault: string
}

const maxNumber = 2n ** 64n - 1n

/** Reads a version ({@link https://semver.org/spec/v2.0.0.html#spec-item-2 SemVer §2, 9, 10}); numbers have 64 bits. */
export function parseVersion(text: string): Version | Fault {
  const [majorText = '', minorText = '', ...others] = text.split('.')
  if (others.length === 0) return { fault: 'a version needs major, minor and patch' }
  const [core = '', ...builds] = others.join('.').split('+')
  const [patchText = '', ...prereleases] = core.split('-')
  const major = readNumber(majorText)
  const minor = readNumber(minorText)
  const patch = readNumber(patchText)
  if (major === undefined || minor === undefined || patch === undefined) {
    return { fault: 'a number of the version is none, too large or has a leading zero' }
  }
  const build = builds.length === 0 ? [] : builds.join('+').split('.')
  if (!build.every(isIdentifier)) return { fault: 'the build part is not valid' }
  const identifiers = prereleases.length === 0 ? [] : prereleases.join('-').split('.')
  const prerelease = identifiers.map(readIdentifier).filter((each) => each !== undefined)
  if (prerelease.length < identifiers.length) return { fault: 'the pre-release part is not valid' }
  return { numbers: [major, minor, patch], prerelease }
}

/** Drops a "v" in front and leading zeros, and adds the minor and patch numbers that are missing. */
export function parseLoosely(text: string): Version | Fault {
  const plain = text.startsWith('v') ? text.slice(1) : text
  const [first = '', second, ...others] = plain.split('.')
  const parts = second === undefined ? [first] : [first, second]
  if (others.length > 0) parts.push(others.join('.'))
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? '')) {
    return { fault: 'a version without patch cannot have a pre-release or build part' }
  }
  const full = [...parts.map(withoutZeros), '0', '0'].slice(0, 3)
  return parseVersion(full.join('.'))
}

function withoutZeros(part: string): string {
  if (part.length < 2) return part
  const rest = part.replace(/^0+/, '')
  return /^\d/.test(rest) ? rest : `0${rest}`
}

/** -1, 0 or 1, by {@link https://semver.org/spec/v2.0.0.html#spec-item-11 SemVer §11}. */
export function compareVersions(a: Version, b: Version): -1 | 0 | 1 {
  for (const i of [0, 1, 2] as const) {
    if (a.numbers[i] !== b.numbers[i]) return a.numbers[i] < b.numbers[i] ? -1 : 1
  }
  // A version without pre-release comes after those with one.
  if (a.prerelease.length === 0) return b.prerelease.length === 0 ? 0 : 1
  if (b.prerelease.length === 0) return -1
  for (const [i, identifier] of a.prerelease.entries()) {
    const other = b.prerelease[i]
    if (other === undefined) return 1
    const found = compareIdentifiers(identifier, other)
    if (found !== 0) return found
  }
  return a.prerelease.length < b.prerelease.length ? -1 : 0
}

function compareIdentifiers(a: bigint | string, b: bigint | string): -1 | 0 | 1 {
  if (typeof a === 'string') return typeof b === 'string' ? compareText(a, b) : 1
  if (typeof b === 'string') return -1
  return a === b ? 0 : a < b ? -1 : 1
}

function readNumber(text: string): bigint | undefined {
  if (!/^(?:0|[1-9]\d*)$/.test(text) || text.length > 20) return undefined
  const value = BigInt(text)
  return value > maxNumber ? undefined : value
}

function readIdentifier(text: string): bigint | string | undefined {
  if (/^\d+$/.test(text)) return readNumber(text)
  return isIdentifier(text) ? text : undefined
}

function isIdentifier(text: string): boolean {
  return /^[0-9A-Za-z-]+$/.test(text)
}
