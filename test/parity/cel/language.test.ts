import { literalCases } from './cases/literals.ts'
import { operatorCases } from './cases/operators.ts'
import { syntaxCases } from './cases/syntax.ts'
import { typeNameCases } from './cases/type-names.ts'
import { typingCases } from './cases/typing.ts'
import { celTests } from './cel-tests.ts'

await celTests('syntax, types and operators', [
  ...literalCases,
  ...syntaxCases,
  ...typeNameCases,
  ...typingCases,
  ...operatorCases,
])
