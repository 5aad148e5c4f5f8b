import { readdir, readFile } from 'node:fs/promises'
import { cpuMicrosOf } from './processes.ts'

/** CPU time of all processes that this one has started and that still run, together, in microseconds. */
export async function cpuMicrosOfChildren(): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const micros = await Promise.all(
    pids.map(async (pid) => ((await isChild(pid)) ? cpuMicrosOf(pid).catch(() => 0) : 0)),
  )
  return micros.reduce((sum, value) => sum + value, 0)
}

async function isChild(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name before it may hold anything, parentheses too.
  const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(parent) === process.pid
}
