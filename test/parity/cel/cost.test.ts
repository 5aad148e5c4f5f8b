import { costCases } from './cases/cost.ts'
import { celTests } from './cel-tests.ts'

await celTests('what they cost', costCases)
