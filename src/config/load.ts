/**
 * `config/` turns files and the environment into one frozen {@link Config}, or into a
 * {@link ConfigError} with everything that is wrong. Nobody else reads YAML, secrets or variables, and
 * nothing here touches the network.
 */
import { dirname, resolve } from 'node:path'
import { ConfigError, type ConfigProblem } from '../errors.ts'
import { loadAuthentication } from './authentication.ts'
import { createCompilers } from './compilers.ts'
import { createDocument, type Document } from './document.ts'
import { createFiles, type Files, type LoadedFile } from './files.ts'
import { buildFromFlags } from './flag-issuer.ts'
import { reportNotYet } from './not-yet.ts'
import type { OidcFlag } from './oidc-flags.ts'
import type { Loading } from './secrets.ts'
import { buildSections } from './sections.ts'
import { readConfigShape } from './shape.ts'
import { type Environment, substitute } from './substitute.ts'
import type { Config } from './types.ts'
import { parseYaml } from './yaml.ts'
import { kubernetesDialect, ownDialect } from './yaml-dialects.ts'
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

export interface LoadOptions {
  /** kube-apiserver's own flags, in place of an `authentication` section. Default: none. */
  readonly oidcFlags?: readonly OidcFlag[]
}

/** Reads the configuration and every file that it names; throws {@link ConfigError}. */
export function loadConfig(
  file: string,
  env: Environment,
  { oidcFlags = [] }: LoadOptions = {},
): LoadedConfig {
  const folder = dirname(resolve(file))
  const files = createFiles(folder)
  const document = readDocument(file, { files, env })
  const { config, problems } = build({ document, files, folder, env }, oidcFlags)
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
  const dialect = ownDialect((text) => substitute(text, env))
  const sections = new Map([['authentication', kubernetesDialect]])
  return createDocument(file, parseYaml(content.text, { dialect, sections }))
}

interface Built {
  readonly config: Config | undefined
  readonly problems: readonly ConfigProblem[]
}

function build(given: Omit<Loading, 'opened'>, oidcFlags: readonly OidcFlag[]): Built {
  const { document } = given
  const documents = [document]
  const loading: Loading = { ...given, opened: (opened) => documents.push(opened) }
  const raw = document.usableItself('') ? readShape(document) : undefined
  if (raw === undefined) return { config: undefined, problems: document.problems() }
  const compilers = createCompilers()
  const insecureIssuers = document.usable('insecureIssuers') ? raw.insecureIssuers : []
  const settings = { insecureIssuers, compilers }
  const fromFlags =
    oidcFlags.length === 0 ? undefined : buildFromFlags(oidcFlags, { ...given, ...settings })
  if (fromFlags !== undefined && document.given('authentication')) {
    const message = `must not stand beside ${oidcFlags.map(({ name }) => `--${name}`).join(', ')}: use one or the other`
    document.report('authentication', message, { at: 'key' })
  }
  const section = loadAuthentication(loading, raw.authentication, settings)
  const authentication =
    fromFlags === undefined ? section : fromFlags.ok ? fromFlags.rules : undefined
  const config = buildSections(loading, raw, {
    authentication,
    compileCondition: compilers.condition,
  })
  const flagProblems = fromFlags?.ok === false ? fromFlags.problems : []
  const problems = [...flagProblems, ...documents.flatMap((one) => one.problems())]
  return problems.length > 0 ? { config: undefined, problems } : { config, problems }
}

function readShape(document: Document) {
  reportNotYet(document)
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
