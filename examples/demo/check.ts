/** `npm run demo -- --check`: each thing that the demo promises, tried and told. */
import type { Transport } from '../../src/check-input.ts'
import { steps } from './check-steps.ts'
import { type Demo, startDemo } from './demo.ts'

const withinMs = 120_000

/** Tries everything over each transport, prints each step, and resolves with the exit code. */
export async function checkDemo(transports: readonly Transport[]): Promise<0 | 1> {
  const tooLong = setTimeout(() => {
    console.error(`FAILED: not done within ${withinMs / 1000} s`)
    // What was started goes with this process: see test/support/child.ts.
    process.exit(1)
  }, withinMs)
  const counts = { passed: 0, failed: 0 }
  for (const transport of transports) {
    console.log(`\nEnvoy asks over ${transport === 'grpc' ? 'gRPC' : 'HTTP'}`)
    const demo = await startDemo(transport)
    for await (const passed of tryAll(demo)) counts[passed ? 'passed' : 'failed'] += 1
    if (counts.failed > 0) console.error(`\nAttaché's log:\n${demo.log()}`)
    await demo.stop()
  }
  clearTimeout(tooLong)
  console.log(`\n${counts.passed} passed, ${counts.failed} failed`)
  return counts.failed === 0 ? 0 : 1
}

/** A step that fails does not end the rest, so that one run tells everything. */
async function* tryAll(demo: Demo): AsyncGenerator<boolean> {
  for (const [name, step] of steps(demo)) {
    try {
      await step()
      console.log(`  ok      ${name}`)
      yield true
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      console.log(`  FAILED  ${name}\n          ${why.replaceAll('\n', '\n          ')}`)
      yield false
    }
  }
}
