import { boundCases, rotationCases } from './cases/bounds.ts'
import { tokenTests } from './token-tests.ts'

await tokenTests('bounds', {
  'sizes, times and addresses': boundCases,
  'keys that change': rotationCases,
})
