import { expressionCases } from './cases/expressions.ts'
import { tokenTests } from './token-tests.ts'

await tokenTests('expressions', { 'in every place that takes one': expressionCases })
