/**
 * Processes that tests start. Each one ends with the test process, however that ends: a crash and a
 * SIGKILL of the runner leave nothing behind that holds a port.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/** A running process and what it has printed. */
export interface Child {
  readonly pid: number
  /** Everything that it has printed so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** Called for each complete line of standard output from now on. */
  readonly onLine: (listener: (line: string) => void) => void
  /** Writes to its standard input, which only a process with {@link ChildOptions.input} has. */
  readonly write: (text: string) => void
  /** Undefined while it runs; a process that a signal ended has code `null`. */
  readonly exit: () => { readonly code: number | null } | undefined
  /** Resolves when it has ended, by itself or by {@link Child.stop}. */
  readonly ended: Promise<{ readonly code: number | null }>
  /** Sends the signal (default SIGKILL) and resolves when the process has gone. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<{ readonly code: number | null }>
}

/** What is different for one process. */
export interface ChildOptions {
  /** Adds to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>
  /** Its standard input stays open. Default: it has none. */
  readonly input?: boolean
}

/** Starts a process. */
export function startChild(
  file: string,
  args: readonly string[],
  { env = {}, input = false }: ChildOptions = {},
): Child {
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const { pid } = child
  let exited: { readonly code: number | null } | undefined
  const ended = once(child, 'close').then(() => {
    exited = { code: child.exitCode }
    if (pid !== undefined) reaper().forget(pid)
    return exited
  })
  // Whoever starts a process looks at how it ended; one that nobody awaits is no unhandled error.
  ended.catch(() => {})
  if (pid === undefined) throw new Error(`Cannot start "${file}": no such program`)
  reaper().watch(pid)
  // A test file that forgets to stop it, or fails before it can, ends all the same.
  child.unref()
  const { stdin } = child
  if (stdin instanceof Socket) stdin.unref()
  // Who ended says so by its exit.
  stdin.on('error', () => {})
  if (!input) stdin.end()
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  return {
    pid,
    stdout: stdout.text,
    stderr: stderr.text,
    onLine: stdout.onLine,
    write: (text) => stdin.write(text),
    exit: () => exited,
    ended,
    stop: async (signal = 'SIGKILL') => {
      child.ref()
      child.kill(signal)
      return ended
    },
  }
}

function collect(stream: Readable) {
  let all = ''
  let rest = ''
  const listeners: ((line: string) => void)[] = []
  if (stream instanceof Socket) stream.unref()
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    all += chunk
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) for (const listener of listeners) listener(line)
  })
  return {
    text: () => all,
    onLine: (listener: (line: string) => void) => {
      listeners.push(listener)
    },
  }
}

// One small shell for each test process: it learns the process ids through a pipe and kills those
// that are left when the pipe closes, which the kernel does whatever became of the test process.
const reaperScript = `
pids=
while read -r line; do
  pid=\${line#?}
  left=
  for p in $pids; do [ "$p" = "$pid" ] || left="$left $p"; done
  pids=$left
  case $line in +*) pids="$pids $pid" ;; esac
done
[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
`

interface Reaper {
  readonly watch: (pid: number) => void
  readonly forget: (pid: number) => void
}

let running: Reaper | undefined

function reaper(): Reaper {
  running ??= startReaper()
  return running
}

function startReaper(): Reaper {
  // Its own process group: Ctrl-C ends the tests, and then this shell ends what they started.
  const shell: ChildProcess = spawn('/bin/sh', ['-c', reaperScript], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  shell.unref()
  const pipe = shell.stdin
  if (!(pipe instanceof Socket)) throw new TypeError('Cannot start the reaper: no pipe to it')
  pipe.unref()
  return {
    watch: (pid) => pipe.write(`+${pid}\n`),
    forget: (pid) => pipe.write(`-${pid}\n`),
  }
}
