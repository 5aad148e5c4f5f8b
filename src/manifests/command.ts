import type { Config } from '../config/types.ts'
import { manifestsFor } from './manifests.ts'
import { type ManifestArguments, readOptions } from './options.ts'
import { printManifests } from './print.ts'

/** What `attache manifests` prints for a configuration. */
export function printCommand(config: Config, given: ManifestArguments): string {
  return printManifests(manifestsFor(config, readOptions(config, given)))
}
