import { conversionCases } from './cases/conversions.ts'
import { formattingCases } from './cases/formatting.ts'
import { stringCases } from './cases/strings.ts'
import { timeCases } from './cases/time.ts'
import { celTests } from './cel-tests.ts'

await celTests('numbers, texts and times', [
  ...conversionCases,
  ...stringCases,
  ...formattingCases,
  ...timeCases,
])
