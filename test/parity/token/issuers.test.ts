import { distributedCases } from './cases/distributed.ts'
import { issuerCases } from './cases/issuers.ts'
import { keySetCases } from './cases/key-sets.ts'
import { tokenTests } from './token-tests.ts'

await tokenTests('what their issuers publish', {
  'key sets': keySetCases,
  'issuers and discovery': issuerCases,
  'distributed claims': distributedCases,
})
