import { join } from 'node:path'
import { startChild } from './child.ts'
import { freePort } from './free-port.ts'
import { ownFolder, started } from './started.ts'
import { untilReady } from './until-ready.ts'

/** A store with nothing in it. */
export interface Etcd {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Starts etcd in memory-like haste: it does not wait for the disk, as nothing outlives the test. */
export async function startEtcd(binary: string): Promise<Etcd> {
  return started(async (onStop) => {
    const folder = await ownFolder('etcd', onStop)
    const url = `http://127.0.0.1:${await freePort()}`
    const child = startChild(binary, [
      ...['--data-dir', join(folder, 'data'), '--unsafe-no-fsync', '--log-level', 'warn'],
      ...['--listen-client-urls', url, '--advertise-client-urls', url],
      ...['--listen-peer-urls', 'http://127.0.0.1:0'],
    ])
    onStop(async () => child.stop())
    const probe = async () => (await fetch(`${url}/readyz`)).status === 200
    await untilReady('etcd', { child, probe })
    return { url }
  })
}
