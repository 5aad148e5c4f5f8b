import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.ts'

const run = promisify(execFile)

/** A Go program of this repository. */
export interface GoProgram {
  /** The folder of its module: `go.mod`, `go.sum` and its sources. */
  readonly module: string
  /** The folder of its `main`, as the module sees it. Default: `.`. */
  readonly main?: string
  /** What the binary is called. */
  readonly name: string
  /** For the linker, such as a version: `-X=example.com/version.gitVersion=v1`. Default: none. */
  readonly linkerFlags?: readonly string[]
}

/**
 * The path of the binary of a Go program, built on first use. Its name in the cache has a hash of
 * everything in the module's folder and of the toolchain, so a changed program is built anew. Throws
 * on a machine without Go, or without a way to the modules that the program names.
 */
export async function goProgram(program: GoProgram): Promise<string> {
  const { module, main = '.', name, linkerFlags = [] } = program
  const { stdout: toolchain } = await run('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], {
    cwd: module,
  })
  const hash = createHash('sha256').update(JSON.stringify([toolchain, main, linkerFlags]))
  for (const file of await filesIn(module)) {
    hash.update(JSON.stringify([relative(module, file), await readFile(file, 'base64')]))
  }
  return cached(`go-${name}-${hash.digest('hex').slice(0, 16)}`, async (folder) => {
    const binary = join(folder, name)
    const flags = [
      '-trimpath',
      '-buildvcs=false',
      '-ldflags',
      ['-s', '-w', ...linkerFlags].join(' '),
    ]
    await run('go', ['build', ...flags, '-o', binary, main], { cwd: module, maxBuffer: 2 ** 26 })
    return binary
  })
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}
