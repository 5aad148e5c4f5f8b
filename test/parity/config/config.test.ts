import { after, describe, it } from 'node:test'
import { assertParity } from '../differences.ts'
import { oraclePart, startOracle } from '../oracle.ts'
import { claimConfigCases, emailCases, ruleCases } from './cases/claims.ts'
import { formCases } from './cases/form.ts'
import { issuerCases } from './cases/issuers.ts'
import { compareConfigs } from './compare-config.ts'

const part = await oraclePart()

const tables = {
  'the form of the file': formCases,
  issuers: issuerCases,
  'mappings of claims': claimConfigCases,
  rules: ruleCases,
  'email and email_verified': emailCases,
}

describe('the configuration that kube-apiserver takes', { skip: part.skip }, () => {
  const oracle = startOracle(part.get())
  after(() => oracle.close())
  for (const [about, cases] of Object.entries(tables)) {
    it(`is taken here too, and no other: ${about}`, async () => {
      assertParity('config', await compareConfigs(oracle, cases))
    })
  }
})
