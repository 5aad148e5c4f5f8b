import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Tells {@link started} how to stop what has just been started. */
export type OnStop = (stop: () => Promise<unknown>) => void

/** Starts several parts. `stop` stops them, the last first; so does a part that fails to start. */
export async function started<T>(
  start: (onStop: OnStop) => Promise<T>,
): Promise<T & { readonly stop: () => Promise<void> }> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).toReversed()) await each()
  }
  try {
    return { ...(await start((each) => stops.push(each))), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** An empty folder of this part alone, which goes when everything has stopped. */
export async function ownFolder(name: string, onStop: OnStop): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `attache-${name}-`))
  onStop(async () => rm(folder, { recursive: true, force: true }))
  return folder
}
