/** Processes of a benchmark: how they are started, and what they cost so far. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import type { Load, LoadResult } from './loader.ts'

/** Microseconds of CPU time, user and system, that the threads of a process have used so far. */
export async function cpuMicrosOf(pid: number): Promise<number> {
  // The scheduler's own count is in nanoseconds; /proc/PID/stat has steps of 10 ms.
  const threads = await readdir(`/proc/${pid}/task`)
  const nanoseconds = await Promise.all(
    threads.map(async (thread) => {
      const line = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0')
      return Number(line.split(' ', 1)[0])
    }),
  )
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1000
}

/** Resident memory of a process in megabytes of 1,000,000 bytes. */
export async function residentMegabytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]
  if (kibibytes === undefined) throw new Error(`Cannot read the memory of process ${pid}`)
  return (Number(kibibytes) * 1024) / 1_000_000
}

/** A process of this folder that answers checks with a constant, and the port that it listens on. */
export interface Floor {
  readonly pid: number
  readonly port: number
  readonly stop: () => Promise<void>
}

/** Starts `file` of this folder and resolves when it says by IPC which port it listens on. */
export async function startFloor(file: string): Promise<Floor> {
  const child = forkSibling(file)
  const message = await nextMessage(child)
  if (typeof message !== 'object' || message === null || !('port' in message)) {
    throw new TypeError(`Cannot start ${file}: it named no port`)
  }
  return { pid: pidOf(child), port: Number(message.port), stop: () => stop(child) }
}

/** The load generator. */
export interface Loader {
  readonly run: (load: Load) => Promise<LoadResult>
  readonly stop: () => Promise<void>
}

/** Starts the load generator; it takes one load at a time. */
export function startLoader(): Loader {
  const child = forkSibling('loader.ts')
  return {
    run: async (load) => {
      child.send(load)
      const message = (await nextMessage(child)) as
        | { readonly result: LoadResult }
        | { readonly error: string }
      if ('error' in message) throw new Error(message.error)
      return message.result
    },
    stop: () => stop(child),
  }
}

function forkSibling(file: string): ChildProcess {
  return fork(new URL(file, import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

/** An end of the process in place of the message is an error, not a wait without end. */
async function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void =>
      reject(new Error(`Cannot go on: a process of the benchmark ended with exit code ${code}`))
    child.once('exit', onExit)
    child.once('message', (message) => {
      child.off('exit', onExit)
      resolve(message)
    })
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('Cannot start a process of the benchmark')
  return child.pid
}
