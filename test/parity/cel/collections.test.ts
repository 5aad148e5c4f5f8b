import { claimCases } from './cases/claims.ts'
import { comprehensionCases } from './cases/comprehensions.ts'
import { listCases } from './cases/lists.ts'
import { optionalCases } from './cases/optionals.ts'
import { userCases } from './cases/user.ts'
import { celTests } from './cel-tests.ts'

await celTests('claims, lists, maps and optionals', [
  ...claimCases,
  ...userCases,
  ...listCases,
  ...comprehensionCases,
  ...optionalCases,
])
