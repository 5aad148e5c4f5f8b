/**
 * `npm test [-- OPTION… FILE…]`: node's own test runner over every test, or over the named files.
 * Options go to the runner as they are. What was skipped is listed at the end with its reason; with
 * `ATTACHE_TEST_REQUIRE=all` nothing may skip.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { oracleProgram } from '../parity/oracle.ts'
import { compileCacheFolder } from './cache.ts'
import { chromiumBinary } from './chromium-binary.ts'
import { istiodProgram } from './istiod-program.ts'
import { keycloakDistribution } from './keycloak-distribution.ts'
import { kubeletProgram } from './kubelet.ts'
import { kubernetesPrograms } from './kubernetes-programs.ts'
import { kustomizeProgram } from './kustomize.ts'
import { part } from './require.ts'

/**
 * Parts that take long to fetch or build for the first time, some of them minutes. That happens
 * before the tests, as none of it shall count against the time of a test file.
 */
const slowParts = {
  'kube-apiserver': kubernetesPrograms,
  kubelet: kubeletProgram,
  "kube-apiserver's authenticator": oracleProgram,
  istiod: istiodProgram,
  kustomize: kustomizeProgram,
  Chromium: chromiumBinary,
  Keycloak: keycloakDistribution,
}

/** Test files side by side: on two cores, as every second one waits for something that takes its time. */
const concurrency = 4

/** Of one test file. Whatever hangs is a failure with a name, not a build that never ends. */
const timeoutMs = 180_000

/** Of the tests and all that they start. Go collects less garbage: its programs live for seconds here. */
const env = { NODE_COMPILE_CACHE: compileCacheFolder(), GOGC: '400', ...process.env }

const args = process.argv.slice(2)
const options = args.filter((arg) => arg.startsWith('-'))
const files = args.filter((arg) => !arg.startsWith('-'))

for (const [name, fetchPart] of Object.entries<() => Promise<unknown>>(slowParts)) {
  const notice = setTimeout(() => console.error(`Getting ${name}, once …`), 1000)
  await part(name, fetchPart)
  clearTimeout(notice)
}

const folder = await mkdtemp(join(tmpdir(), 'attache-test-'))
const tapFile = join(folder, 'results.tap')
const runner = spawn(
  process.execPath,
  [
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeoutMs}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${tapFile}`,
    ...options,
    ...(files.length > 0 ? files : ['test/**/*.test.ts']),
  ],
  { stdio: 'inherit', env },
)
// The runner gets the terminal's Ctrl-C too, and says what it was at before it ends.
process.on('SIGINT', () => {})
const exitCode = await new Promise<number | null>((resolve) => runner.on('exit', resolve))
const skipped = skips(await readFile(tapFile, 'utf8').catch(() => ''))
await rm(folder, { recursive: true })

for (const line of skipped) console.error(`skipped: ${line}`)
const mayNotSkip = process.env['ATTACHE_TEST_REQUIRE'] === 'all' && skipped.length > 0
if (mayNotSkip) console.error('Cannot pass: ATTACHE_TEST_REQUIRE=all, and tests were skipped')
process.exitCode = mayNotSkip ? 1 : (exitCode ?? 1)

/** Names and reasons of the skipped tests in a TAP report, as `name: reason`. */
function skips(tap: string): string[] {
  return [...tap.matchAll(/^\s*ok \d+ - (.*?) # SKIP ?(.*)$/gm)].map(
    ([, name, reason]) => `${name}: ${reason === '' ? 'no reason given' : reason}`,
  )
}
