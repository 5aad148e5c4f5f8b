/**
 * `config/` turns files and the environment into one frozen {@link Config}, or into a
 * {@link ConfigError} with everything that is wrong. Nobody else reads YAML, secrets or variables, and
 * nothing here touches the network.
 */
import { dirname, resolve } from 'node:path'
import { ConfigError, type ConfigProblem } from '../errors.ts'
import { kubernetesDialect, loadAuthentication } from './authentication.ts'
import { createDocument, type Document } from './document.ts'
import { createFiles, type Files, type LoadedFile } from './files.ts'
import { reportNotYet } from './not-yet.ts'
import { buildSections } from './sections.ts'
import { readConfigShape } from './shape.ts'
import { type Environment, substitute } from './substitute.ts'
import type { Config } from './types.ts'
import { parseYaml } from './yaml.ts'
import { coreScalar } from './yaml-scalars.ts'
import type { Position } from './yaml-tree.ts'

export interface LoadedConfig {
  readonly config: Config
  /** Every file that was read, the configuration itself first. */
  readonly files: readonly LoadedFile[]
  /** The configuration file, as it was named. */
  readonly file: string
  /** Where a key stands in it, or the nearest one above. */
  readonly locate: (path: string) => Position
}

/** Reads the configuration and every file that it names; throws {@link ConfigError}. */
export function loadConfig(file: string, env: Environment): LoadedConfig {
  const folder = dirname(resolve(file))
  const files = createFiles(folder)
  const document = readDocument(file, { files, env })
  const { config, problems } = build({ document, files, folder })
  if (config === undefined) throw new ConfigError(problems)
  return {
    config: freeze(config),
    files: files.loaded(),
    file,
    locate: (path) => document.locate(path, 'key'),
  }
}

function readDocument(file: string, { files, env }: { files: Files; env: Environment }): Document {
  const content = files.read(resolve(file))
  if (!content.ok) {
    throw new ConfigError([
      {
        file,
        line: 1,
        column: 1,
        path: '',
        message: `Cannot read the configuration: ${content.why}`,
      },
    ])
  }
  const dialect = {
    scalar: coreScalar,
    substitute: (text: string) => substitute(text, env),
    merge: false,
  }
  const sections = new Map([['authentication', kubernetesDialect]])
  return createDocument(file, parseYaml(content.text, { dialect, sections }))
}

function build(loading: { document: Document; files: Files; folder: string }): {
  config: Config | undefined
  problems: readonly ConfigProblem[]
} {
  const { document } = loading
  const raw = document.usableItself('') ? readShape(document) : undefined
  if (raw === undefined) return { config: undefined, problems: document.problems() }
  const insecureIssuers = document.usable('insecureIssuers') ? raw.insecureIssuers : []
  const authentication = loadAuthentication(loading, raw.authentication, insecureIssuers)
  const config = buildSections(loading, raw, authentication.issuers)
  const problems = [...document.problems(), ...(authentication.document?.problems() ?? [])]
  return problems.length > 0 ? { config: undefined, problems } : { config, problems }
}

function readShape(document: Document) {
  reportNotYet(document, { root: '' })
  return readConfigShape(document)
}

/** All the way down; `URL`s and keys cannot be frozen and are left as they are. */
function freeze<T>(value: T): T {
  const plain =
    typeof value === 'object' &&
    value !== null &&
    (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)
  if (!plain || Object.isFrozen(value)) return value
  for (const member of Object.values(value)) freeze(member)
  return Object.freeze(value)
}
