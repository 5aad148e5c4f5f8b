import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startChild } from './child.ts'

/** How a command ended. */
export interface KubectlResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface KubectlOptions {
  readonly binary: string
  /** Where it connects: an API server, or a gateway in front of one. */
  readonly server: string
  /** The only root of the server, PEM; absent for plain http, where kubectl sends no credential. */
  readonly ca?: string
  readonly token?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A kubectl that goes on until it is stopped, such as `get --watch`. */
export interface RunningKubectl
  extends Pick<Child, 'stdout' | 'stderr' | 'onLine' | 'write' | 'exit'> {
  readonly stop: () => Promise<void>
}

/** Runs kubectl with a configuration of its own; the machine's is not read. */
export async function kubectl(
  args: readonly string[],
  options: KubectlOptions & {
    /** What it reads; default nothing. */
    readonly input?: string
    readonly timeoutMs?: number
  },
): Promise<KubectlResult> {
  const { input = '', timeoutMs = 60_000 } = options
  const { folder, env } = await setUp(options)
  try {
    return await new Promise((resolve) => {
      const settings = { env, timeout: timeoutMs }
      const child = execFile(options.binary, [...args], settings, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
        resolve({ code, stdout, stderr })
      })
      // One that ends before it has read everything is no failure of the test.
      child.stdin?.on('error', () => {})
      child.stdin?.end(input)
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Starts kubectl as {@link kubectl} does, with an input that stays open, and waits for no end. */
export async function startKubectl(
  args: readonly string[],
  options: KubectlOptions,
): Promise<RunningKubectl> {
  const { folder, env } = await setUp(options)
  const child = startChild(options.binary, args, { env, input: true })
  return {
    ...child,
    stop: async () => {
      await child.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function setUp({ server, ca, token, env = {} }: KubectlOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'attache-kubectl-'))
  const config = join(folder, 'config')
  const certificates =
    ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  await writeFile(
    config,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server, ...certificates } }],
      users: [{ name: 'test', user: token === undefined ? {} : { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      'current-context': 'test',
    }),
  )
  const PATH = process.env['PATH'] ?? ''
  return { folder, env: { PATH, HOME: folder, KUBECONFIG: config, ...env } }
}
