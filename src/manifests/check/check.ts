import { readFileSync, statSync } from 'node:fs'
import type { Config } from '../../config/types.ts'
import type { ObjectName } from '../manifest.ts'
import { checkCustomPolicies } from './custom-policies.ts'
import { type ReadFile, readObjects } from './documents.ts'
import { checkEnvoyGateway } from './envoy-gateway-policies.ts'
import { checkFilters } from './filters.ts'
import { type Finding, printFinding } from './finding.ts'
import { installationOf, kindsOfInterest } from './installation.ts'
import { checkMeshPaths } from './mesh-paths.ts'
import { checkMeshSources } from './mesh-sources.ts'
import { checkModelRoutes } from './model-routes.ts'
import { checkNetworkPolicies } from './network-policies.ts'
import { checkProviders } from './provider-settings.ts'
import type { Rendered } from './rendered.ts'
import { checkRenderedConfig } from './rendered-config.ts'
import { checkTokenPolicies } from './token-policies.ts'
import { checkVirtualServices } from './virtual-services.ts'

/** What `--check` prints, and whether it found a fault or a file that it could not read. */
export interface CheckResult {
  readonly text: string
  readonly exitCode: 0 | 1
}

/** What the objects are checked against. */
export interface Checked {
  readonly config: Config
  /** Attaché's own Service. */
  readonly service: ObjectName
}

/** Checks rendered files, and names every fault with what it causes. */
export function checkFiles(files: readonly string[], checked: Checked): CheckResult {
  const read = files.map((file) => readOne(file))
  const problems = read.flatMap((file) => file.problems)
  const objects = read.flatMap((file) => file.objects)
  const count = read.reduce((sum, file) => sum + file.count, 0)
  // A file that is half read would lack what stands in the other half.
  const findings = problems.length > 0 ? [] : findingsOf(objects, checked)
  const faults = findings.filter(({ severity }) => severity === 'fault').length
  const summary = `${counted(faults, 'fault')}, ${counted(findings.length - faults, 'warning')}`
  const lines = [
    ...problems.map((problem) => `${problem}\n`),
    ...findings.map(printFinding),
    problems.length > 0 ? 'nothing was checked\n' : `${summary} in ${counted(count, 'object')}\n`,
  ]
  return { text: lines.join(''), exitCode: faults > 0 || problems.length > 0 ? 1 : 0 }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Every fault and warning, in the order of what it is about. */
export function findingsOf(objects: readonly Rendered[], checked: Checked): readonly Finding[] {
  const installation = installationOf(objects, checked)
  const findings = [
    ...checkMeshSources(installation),
    ...checkMeshPaths(installation),
    ...checkProviders(installation),
    ...checkCustomPolicies(installation),
    ...checkTokenPolicies(installation),
    ...checkFilters(installation),
    ...checkNetworkPolicies(installation),
    ...checkVirtualServices(installation),
    ...checkModelRoutes(installation),
    ...checkRenderedConfig(installation),
    ...checkEnvoyGateway(installation),
  ]
  // What is about two gateways is found at each of them.
  const first = new Map<string, Finding>()
  for (const finding of findings) {
    const key = printFinding(finding)
    if (!first.has(key)) first.set(key, finding)
  }
  return [...first.values()]
}

function readOne(named: string): ReadFile {
  const file = named === '-' ? '/dev/stdin' : named
  try {
    if (statSync(file).isDirectory()) {
      return unread(`${file}: is a folder: give what kustomize build ${file} prints`)
    }
    return readObjects({ file, text: readFileSync(file, 'utf8') }, kindsOfInterest)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    return unread(`${file}: cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code}`)
  }
}

function unread(problem: string): ReadFile {
  return { objects: [], count: 0, problems: [problem] }
}
