import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { coreScalar, kubernetesScalar } from '../../src/config/yaml-scalars.ts'

/** What `null`, `boolean`, `number` or `string` a scalar is, in each dialect. */
const cases = [
  ['', 'null', 'null'],
  ['~', 'null', 'null'],
  ['null', 'null', 'null'],
  ['nUll', 'string', 'string'],
  ['true', 'boolean', 'boolean'],
  ['yes', 'string', 'boolean'],
  ['No', 'string', 'boolean'],
  ['on', 'string', 'boolean'],
  ['off', 'string', 'boolean'],
  ['y', 'string', 'boolean'],
  ['N', 'string', 'boolean'],
  ['yEs', 'string', 'string'],
  ['12', 'number', 'number'],
  ['-1', 'number', 'number'],
  ['0o17', 'number', 'number'],
  ['017', 'number', 'number'],
  ['0b11', 'string', 'number'],
  ['0xfF', 'number', 'number'],
  ['1_000', 'string', 'number'],
  ['_1', 'string', 'string'],
  ['1.5e3', 'number', 'number'],
  ['.5', 'number', 'number'],
  ['.inf', 'number', 'number'],
  ['.nan', 'number', 'number'],
  ['1.2.3', 'string', 'string'],
  ['12:30:45', 'string', 'string'],
  ['2001-12-14', 'string', 'string'],
  ['-', 'string', 'string'],
  ['0x', 'string', 'string'],
] as const

describe('coreScalar() and kubernetesScalar()', () => {
  for (const [source, core, kubernetes] of cases) {
    it(`take "${source}" for ${core} and ${kubernetes}`, () => {
      assert.equal(kindOf(coreScalar(source)), core)
      assert.equal(kindOf(kubernetesScalar(source)), kubernetes)
    })
  }
})

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value
}
