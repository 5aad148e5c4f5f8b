import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { DependencyError } from '../../errors.ts'
import { createFairQueue, type Place } from './fair-queue.ts'

/** What a worker is asked; it answers with true or false. */
export interface Comparison {
  readonly password: string
  /** bcrypt. */
  readonly hash: string
}

/** Threads that compare passwords with hashes. */
export interface PasswordWorkers {
  /**
   * True when the hash is of this password; sources take turns. Rejects with a DependencyError when too
   * many wait already, or the deadline passes before there is a thread, or none can be started, or the
   * thread ends or gives no answer in time; the next comparison then has a new thread.
   */
  readonly compare: (comparison: Comparison, place: Place) => Promise<boolean>
  /** Ends the threads once what was asked is answered. */
  readonly close: () => void
}

export interface PasswordWorkersOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Threads at most; they start when there is work. Default: one less than processors, 1 to 4. */
  readonly size?: number
  /** Comparisons that wait at most, of all sources together. Default 32. */
  readonly maxWaiting?: number
  /** Milliseconds that one comparison may take. Default 5 s. */
  readonly timeoutMs?: number
  /** Default: worker.ts. */
  readonly start?: () => Worker
}

interface Job extends Comparison, Place {
  readonly resolve: (isSame: boolean) => void
  readonly reject: (error: DependencyError) => void
}

/** Creates the pool; it has no thread until the first comparison. */
export function createPasswordWorkers(options: PasswordWorkersOptions): PasswordWorkers {
  const { now, maxWaiting = 32, timeoutMs = 5000, start = startWorker } = options
  const { size = Math.min(4, Math.max(1, availableParallelism() - 1)) } = options
  const waiting = createFairQueue<Job>(maxWaiting)
  const threads = new Set<Thread>()
  let isClosed = false

  const dropLate = () => {
    for (const job of waiting.takeLate(now())) job.reject(failure('nobody waits for it any more'))
  }
  const next = () => {
    dropLate()
    while (!waiting.isEmpty() && (idle() !== undefined || threads.size < size)) {
      try {
        const thread = idle() ?? addThread()
        const job = waiting.take()
        if (job !== undefined) thread.run(job)
      } catch (error) {
        // Out of threads or memory: the threads that there are take what waits.
        if (threads.size > 0) break
        waiting.take()?.reject(failure('no thread can be started', error))
      }
    }
    if (isClosed) for (const thread of threads) if (thread.isIdle()) thread.end()
  }
  const idle = () => [...threads].find((thread) => thread.isIdle())
  const addThread = () => {
    const thread: Thread = startThread(start(), {
      timeoutMs,
      onIdle: next,
      onEnd: () => {
        threads.delete(thread)
        next()
      },
    })
    threads.add(thread)
    return thread
  }

  return {
    compare: async (comparison, place) =>
      new Promise((resolve, reject) => {
        dropLate()
        if (isClosed || !waiting.add({ ...comparison, ...place, resolve, reject })) {
          reject(failure('too many passwords wait to be checked'))
          return
        }
        next()
      }),
    close: () => {
      isClosed = true
      next()
    },
  }
}

interface Thread {
  readonly isIdle: () => boolean
  readonly run: (job: Job) => void
  readonly end: () => void
}

interface ThreadOptions {
  readonly timeoutMs: number
  readonly onIdle: () => void
  readonly onEnd: () => void
}

function startThread(worker: Worker, { timeoutMs, onIdle, onEnd }: ThreadOptions): Thread {
  let job: Job | undefined
  let timer: NodeJS.Timeout | undefined
  let hasEnded = false

  /** Takes the job from the thread; nobody waits for an idle one when the process ends. */
  const take = () => {
    const taken = job
    job = undefined
    clearTimeout(timer)
    worker.unref()
    return taken
  }
  const end = (why: string, cause?: unknown) => {
    if (hasEnded) return
    hasEnded = true
    take()?.reject(failure(why, cause))
    void worker.terminate()
    onEnd()
  }
  worker.on('message', (isSame: unknown) => {
    take()?.resolve(isSame === true)
    onIdle()
  })
  worker.on('error', (error) => end('the thread failed', error))
  worker.on('exit', () => end('the thread ended'))
  worker.unref()

  return {
    isIdle: () => job === undefined,
    run: (given) => {
      job = given
      timer = setTimeout(() => end('the thread gave no answer in time'), timeoutMs)
      worker.ref()
      const { password, hash } = given
      const comparison: Comparison = { password, hash }
      worker.postMessage(comparison, [])
    },
    end: () => end('closed'),
  }
}

function failure(why: string, cause?: unknown): DependencyError {
  return new DependencyError('password-workers', `Cannot check a password: ${why}`, { cause })
}

/** Without the environment: a thread that sees passwords needs nothing else. */
function startWorker(): Worker {
  const file = `./worker${extname(import.meta.filename)}`
  return new Worker(new URL(file, import.meta.url), { env: {}, execArgv: [] })
}
