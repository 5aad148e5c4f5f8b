import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../examples/demo/ports.ts'
import { type Child, startChild } from './child.ts'
import { untilReady } from './until-ready.ts'

/** A store with nothing in it. */
export interface Etcd {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Starts etcd in memory-like haste: it does not wait for the disk, as nothing outlives the test. */
export async function startEtcd(binary: string): Promise<Etcd> {
  const folder = await mkdtemp(join(tmpdir(), 'attache-etcd-'))
  const url = `http://127.0.0.1:${await freePort()}`
  const child: Child = startChild(binary, [
    ...['--data-dir', join(folder, 'data'), '--unsafe-no-fsync', '--log-level', 'warn'],
    ...['--listen-client-urls', url, '--advertise-client-urls', url],
    ...['--listen-peer-urls', 'http://127.0.0.1:0'],
  ])
  const stop = async () => {
    await child.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await untilReady('etcd', {
      child,
      probe: async () => (await fetch(`${url}/readyz`)).status === 200,
    })
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
