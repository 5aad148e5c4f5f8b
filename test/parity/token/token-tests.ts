import { after, describe, it } from 'node:test'
import { assertParity } from '../differences.ts'
import { oraclePart, startOracle } from '../oracle.ts'
import { createTokenComparer, type TokenCase } from './compare-tokens.ts'
import { startWorld, type World } from './world.ts'

/** Cases by what they are about; their issuers stand in the given world. */
export type TokenTables = Readonly<Record<string, (world: World) => readonly TokenCase[]>>

/** Registers a test for each subject: both must take the same tokens, for the same users. */
export async function tokenTests(about: string, tables: TokenTables): Promise<void> {
  const part = await oraclePart()
  describe(`tokens as in kube-apiserver: ${about}`, { skip: part.skip }, async () => {
    const oracle = startOracle(part.get())
    const world = await startWorld()
    const comparer = createTokenComparer(oracle)
    after(async () => {
      await comparer.close()
      await oracle.close()
      await world.close()
    })
    for (const [subject, cases] of Object.entries(tables)) {
      it(`are taken or refused alike, for the same users: ${subject}`, async () => {
        assertParity('token', await comparer.compare(cases(world)))
      })
    }
  })
}
