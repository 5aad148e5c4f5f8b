import { after, describe, it } from 'node:test'
import { assertParity } from '../differences.ts'
import { oraclePart, startOracle } from '../oracle.ts'
import { distributedCases } from './cases/distributed.ts'
import { expressionCases } from './cases/expressions.ts'
import { formCases } from './cases/form.ts'
import { headerCases } from './cases/headers.ts'
import { issuerCases } from './cases/issuers.ts'
import { keySetCases } from './cases/key-sets.ts'
import { mappingCases } from './cases/mappings.ts'
import { payloadCases } from './cases/payloads.ts'
import { createTokenComparer } from './compare-tokens.ts'
import { startWorld } from './world.ts'

const part = await oraclePart()

const tables = {
  'the form of the token': formCases,
  'header, algorithms and keys': headerCases,
  'registered claims and JSON': payloadCases,
  'mappings of claims': mappingCases,
  'key sets': keySetCases,
  'issuers and discovery': issuerCases,
  'distributed claims': distributedCases,
  expressions: expressionCases,
}

describe('the tokens that kube-apiserver takes', { skip: part.skip }, async () => {
  const oracle = startOracle(part.get())
  const world = await startWorld()
  const comparer = createTokenComparer(oracle)
  after(async () => {
    await comparer.close()
    await oracle.close()
    await world.close()
  })
  for (const [about, cases] of Object.entries(tables)) {
    it(`are taken here too, for the same user: ${about}`, async () => {
      assertParity('token', await comparer.compare(cases(world)))
    })
  }
})
