import { formatCases } from './cases/formats.ts'
import { networkCases } from './cases/network.ts'
import { quantityCases } from './cases/quantities.ts'
import { regexCases, regexRunaways } from './cases/regex.ts'
import { celTests } from './cel-tests.ts'

await celTests("Kubernetes' libraries", [
  ...regexCases,
  ...regexRunaways,
  ...networkCases,
  ...quantityCases,
  ...formatCases,
])
