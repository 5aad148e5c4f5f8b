import { randomInt } from 'node:crypto'
import { isFreePort } from '../../examples/demo/ports.ts'

/** Below those that the system hands out by itself, for each of the test files that run side by side. */
const portsOfEach = 2_000
const lanes = 5
const lane = Number(process.env['NODE_TEST_WORKER_ID'] ?? 0) % lanes
const first = 20_000 + lane * portsOfEach
let next = randomInt(portsOfEach)

/**
 * A port of the loopback address that is free, and stays so until somebody listens: no part of these tests is
 * given it again, not even while who has it is not there.
 */
export async function freePort(): Promise<number> {
  const port = first + (next % portsOfEach)
  next += 1
  return (await isFreePort(port)) ? port : freePort()
}
