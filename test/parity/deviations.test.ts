import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, describe, it } from 'node:test'
import { costCases } from './cel/cases/cost.ts'
import { deviations } from './deviations.ts'
import { assertParity } from './differences.ts'
import { boundCases, rotationCases } from './token/cases/bounds.ts'
import { startWorld } from './token/world.ts'

describe('differences that are meant', async () => {
  const world = await startWorld()
  after(() => world.close())

  it('are those that docs/parity.md lists', async () => {
    const text = await readFile(new URL('../../docs/parity.md', import.meta.url), 'utf8')
    const [, table = ''] = text.split('| difference | why |\n|---|---|\n')
    const rows = (table.split('\n\n', 1)[0] ?? '').split('\n')
    assert.deepEqual(
      rows,
      deviations.map(({ name, reason }) => `| ${name} | ${reason} |`),
    )
  })

  it('are each shown by cases that there are', () => {
    const tokens = [...boundCases(world), ...rotationCases(world)].map(({ name }) => name)
    const expressions = costCases.flatMap(({ about, expressions: all }) =>
      all.map((expression) => `${about}: ${expression}`),
    )
    const tables: Readonly<Record<string, ReadonlySet<string>>> = {
      token: new Set(tokens),
      cel: new Set(expressions),
    }
    for (const { name, table, cases } of deviations) {
      assert.ok(cases.length > 0, name)
      for (const one of cases) assert.ok(tables[table]?.has(one), `${name}: ${one}`)
    }
  })
})

describe('assertParity()', () => {
  const same = { name: 'same', kube: 'x', ours: 'x' }
  const other = { name: 'other', kube: 'x', ours: 'y' }
  const meant = [{ name: 'd', table: 'cel', reason: 'r', cases: ['other'] }] as const

  it('takes what is equal, and a difference that is meant', () => {
    assertParity('cel', [same, other], meant)
  })

  it('fails with a difference that is not meant, or meant for another table', () => {
    assert.throws(
      () => assertParity('cel', [same, other], []),
      /1 of 2 differ\nother\n.*: x\n.*: +y/,
    )
    assert.throws(() => assertParity('token', [other], meant), /1 of 1 differ/)
  })

  it('fails with a meant difference that does not show', () => {
    assert.throws(() => assertParity('cel', [{ ...other, ours: 'x' }], meant), /both answer: x/)
  })
})
