import { after, describe, it } from 'node:test'
import { assertParity } from '../differences.ts'
import { oraclePart, startOracle } from '../oracle.ts'
import type { CelCases } from './cases/cel-cases.ts'
import { createCelComparer } from './compare-cel.ts'

/** Registers a test for each subject: both must say the same of all its expressions. */
export async function celTests(about: string, tables: readonly CelCases[]): Promise<void> {
  const part = await oraclePart()
  describe(`expressions as in kube-apiserver: ${about}`, { skip: part.skip }, () => {
    const oracle = startOracle(part.get())
    const compare = createCelComparer(oracle)
    after(() => oracle.close())
    for (const table of tables) {
      it(`come to the same: ${table.about}`, async () => {
        assertParity('cel', await compare(table))
      })
    }
  })
}
