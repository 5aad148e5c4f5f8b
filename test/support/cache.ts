import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** Where fetched parts live, outside the repository, so that a second run is fast. */
function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? ''
  return join(base === '' ? join(homedir(), '.cache') : base, 'attache')
}

/**
 * For `NODE_COMPILE_CACHE`: each test file and every Attaché that it starts is a process of its own, and
 * most of what they load is the same.
 */
export function compileCacheFolder(): string {
  return join(cacheFolder(), 'compiled')
}

/**
 * The path of a cached file or folder, made on first use. `make` works in an empty folder and returns
 * what shall be kept of it. It appears under its name in one step, so several test processes may
 * want it at once and none sees half of it.
 */
export async function cached(
  name: string,
  make: (folder: string) => Promise<string>,
): Promise<string> {
  const path = join(cacheFolder(), name)
  if (await exists(path)) return path
  await mkdir(dirname(path), { recursive: true })
  const folder = await mkdtemp(`${path}.`)
  try {
    await rename(await make(folder), path).catch(async (error: unknown) => {
      // A folder cannot be renamed onto one that another process has put there meanwhile.
      if (!(await exists(path))) throw error
    })
    return path
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
