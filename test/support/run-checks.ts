/**
 * `npm run check`: everything that can be said of the code without running it. Prints one line when
 * all is well, and the full output of each check that fails.
 */
import { execFile } from 'node:child_process'

const checks: Readonly<Record<string, readonly string[]>> = {
  types: ['tsc', '--project', '.'],
  format: ['biome', 'ci', '--error-on-warnings', '--colors=off'],
  lint: ['oxlint', '--type-aware', '--deny-warnings'],
  'unused code': ['knip', '--no-progress'],
  'generated files': [
    'node',
    '--test',
    'test/config/schema/config.test.ts',
    'test/manifests/checked-in.test.ts',
  ],
}

/** The output of a command that failed, undefined for one that did not. */
function failureOf([command = '', ...args]: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(
      `node_modules/.bin/${command}`,
      args,
      { maxBuffer: 2 ** 26 },
      (error, stdout, stderr) =>
        resolve(
          error === null ? undefined : `${stdout}${stderr}${stdout || stderr ? '' : error.message}`,
        ),
    )
  })
}

const startedAt = performance.now()
const failures = await Promise.all(
  Object.entries(checks).map(async ([name, command]) => {
    const output = await failureOf(command)
    if (output === undefined) return []
    console.error(`\n${name} (${command.join(' ')})\n${output.trimEnd()}`)
    return [name]
  }),
)
const failed = failures.flat()
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
if (failed.length === 0) console.log(`${Object.keys(checks).join(', ')}: fine (${seconds} s)`)
else {
  console.error(`\nNot fine: ${failed.join(', ')} (${seconds} s)`)
  process.exitCode = 1
}
