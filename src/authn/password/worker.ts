/**
 * A thread that compares passwords with bcrypt hashes, one after the other: each takes tens of
 * milliseconds, in which the thread of the checks would answer nobody.
 */
import { parentPort } from 'node:worker_threads'
import { compareSync } from 'bcryptjs'
import type { Comparison } from './workers.ts'

parentPort?.on('message', ({ password, hash }: Comparison) => {
  parentPort?.postMessage(compareSync(password, hash), [])
})
