import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Environment, Program } from '../../src/cel/environment.ts'
import { createClaimsEnvironment } from '../../src/cel/kubernetes/environment.ts'
import { lazyClaims } from '../../src/cel/kubernetes.ts'
import { formatDouble } from '../../src/cel/run/go-number.ts'
import { isKinded, isList } from '../../src/cel/run/kind.ts'
import { type CelError, type CelValue, isCelError } from '../../src/cel/value.ts'

const environment: Environment = createClaimsEnvironment()

/** The program of a source, which must be one. */
function programOf(source: string): Program {
  const program = environment.compile(source)
  if (program.kind === 'program') return program
  const messages = program.faults.map(({ message }) => message)
  return assert.fail(`${source} is refused: ${messages.join('; ')}`)
}

/** Why a source is no program. */
export function faultOf(source: string): string {
  const refusal = environment.compile(source)
  assert.ok(refusal.kind === 'faults', `${source} is a program`)
  return refusal.faults.map(({ message }) => message).join('; ')
}

/** The result of a source with these claims, as {@link shown}. */
export function evaluated(source: string, claims: Readonly<Record<string, unknown>> = {}): string {
  return shown(programOf(source).evaluate({ claims: lazyClaims(claims) }))
}

/** What a source with these claims costs. */
export function costOf(source: string, claims: Readonly<Record<string, unknown>> = {}): number {
  return programOf(source).measure({ claims: lazyClaims(claims) }).cost
}

/** Claims as a token has them. */
export function parsed(text: string): Readonly<Record<string, unknown>> {
  const claims: unknown = JSON.parse(text)
  assert.ok(typeof claims === 'object' && claims !== null)
  return { ...claims }
}

/** One test for each source and what it gives. */
export function evaluates(
  cases: readonly (readonly [source: string, result: string])[],
  claims: Readonly<Record<string, unknown>> = {},
): void {
  for (const [source, result] of cases) {
    it(`${source} is ${result}`, () => {
      assert.equal(evaluated(source, claims), result)
    })
  }
}

/** A value as text: 1, 1u, 1.0, "a", b"61", null, [1], {"a": 1}, optional(1), error(message) … */
export function shown(value: CelValue | CelError): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return `double(${formatDouble(value)})`
  if (typeof value !== 'object' || value === null) return String(value)
  if (isCelError(value)) return `error(${value.message})`
  if (isList(value)) return `[${value.map(shown).join(', ')}]`
  if (value instanceof Uint8Array) return `b"${Buffer.from(value).toString('hex')}"`
  return isKinded(value) ? shownKind(value) : ''
}

function shownKind(value: Extract<CelValue, { readonly kind: string }>): string {
  switch (value.kind) {
    case 'uint':
      return `${value.value}u`
    case 'map': {
      const entries = [...value.entries()].map((entry) => entry.map(shown).join(': '))
      return value.isLazy ? `lazy(${value.typeName})` : `{${entries.join(', ')}}`
    }
    case 'object':
    case 'opaque':
      return value.typeName
    case 'timestamp':
      return `timestamp(${value.seconds}.${String(value.nanos).padStart(9, '0')})`
    case 'duration':
      return `duration(${value.nanos})`
    case 'optional':
      return value.value === undefined ? 'none' : `optional(${shown(value.value)})`
    case 'type':
      return `type(${value.name})`
  }
}
