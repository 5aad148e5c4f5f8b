import { celTests } from '../../parity/cel/cel-tests.ts'
import { randomCalls } from './random-calls.ts'

await celTests("calls of Kubernetes' libraries", randomCalls({ seed: 20, count: 600 }))
