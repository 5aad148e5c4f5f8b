import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

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
  /** The only root of the server, PEM; absent for plain http. */
  readonly ca?: string
  readonly token?: string
  readonly timeoutMs?: number
}

/** Runs kubectl with a configuration of its own; the machine's is not read. */
export async function kubectl(
  args: readonly string[],
  { binary, server, ca, token, timeoutMs = 30_000 }: KubectlOptions,
): Promise<KubectlResult> {
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
  const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: config }
  try {
    return await new Promise((resolve) => {
      execFile(binary, [...args], { env, timeout: timeoutMs }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
        resolve({ code, stdout, stderr })
      })
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
