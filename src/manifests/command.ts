import type { Config } from '../config/types.ts'
import { type CheckResult, checkFiles } from './check/check.ts'
import { manifestsFor } from './manifests.ts'
import { type ManifestArguments, readOptions, readService } from './options.ts'
import { printManifests } from './print.ts'

/** What `attache manifests` prints for a configuration; with files, what is wrong with them. */
export function manifestsCommand(
  config: Config,
  { check, ...given }: ManifestArguments & { readonly check?: readonly string[] | undefined },
): CheckResult {
  if (check === undefined) {
    return { text: printManifests(manifestsFor(config, readOptions(config, given))), exitCode: 0 }
  }
  const unused = Object.keys(given).find((name) => !['config', 'service'].includes(name))
  if (unused !== undefined) {
    throw new SyntaxError(`Cannot use --${unused} with --check: the files say where Attaché stands`)
  }
  return checkFiles(check, { config, service: readService(given.service) })
}
