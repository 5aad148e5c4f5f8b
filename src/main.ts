#!/usr/bin/env node
/** The `attache` command: the one place that reads arguments and environment, and handles signals. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { type LoadOptions, loadConfig } from './config/load.ts'
import { takeOidcFlags } from './config/oidc-flags.ts'
import { ConfigError, ListenError } from './errors.ts'
import { explainCommand } from './explain/command.ts'
import { createLog, type LogLevel, logLevels } from './log.ts'
import { manifestsCommand } from './manifests/command.ts'
import { ManifestError } from './manifests/manifest.ts'
import { places } from './manifests/place.ts'
import { printRbac } from './rbac/rbac.ts'
import { serve } from './serve.ts'

const usage = `Usage: attache COMMAND [OPTION]…

  serve --config FILE [--log-level LEVEL]   run the service (LEVEL: ${logLevels.join(', ')})
  check-config --config FILE                print every problem of a configuration
  explain --config FILE [--token-file FILE] [--url URL] [--method METHOD] [--header 'NAME: VALUE']…
          [--source ADDRESS] [--offline [--jwks ISSUER=FILE]… [--now TIME]]
                                            decide one request, and print each step
  rbac --config FILE                        print the least RBAC that a configuration needs
  manifests --config FILE [--for PLACE]… [--transport grpc|http] [--gateway NAMESPACE/NAME]
          [--service NAMESPACE/NAME] [--unchecked-path PATH]… [--appender envoy-filter|traffic-extension]
                                            print the objects of Istio or Envoy Gateway that fit
                                            (PLACE: ${places.join(', ')})
  manifests --config FILE --check FILE… [--service NAMESPACE/NAME]
                                            find what is wrong with rendered ones
  version                                   print the versions of Attaché, Node and Envoy's API

In place of an "authentication" section, all but the last take kube-apiserver's flags: --oidc-issuer-url, --oidc-client-id,
--oidc-ca-file, --oidc-username-claim, --oidc-username-prefix, --oidc-groups-claim, --oidc-groups-prefix,
--oidc-required-claim, --oidc-signing-algs
`

/** The version of Envoy's external authorization API that is spoken. */
const envoyApi = 'envoy.service.auth.v3'

/** Said to whoever typed the command; the message says what to type instead. */
class UsageError extends Error {
  override readonly name = 'UsageError'
}

async function run(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv
  switch (command) {
    case 'serve':
      return withOidcFlags(rest, (args, load) => {
        return runService(options(args, ['config', 'log-level']), load)
      })
    case 'check-config':
      return withOidcFlags(rest, (args, load) => checkConfig(options(args, ['config']), load))
    case 'explain':
      return withOidcFlags(rest, runExplain)
    case 'rbac':
      return withOidcFlags(rest, (args, load) => rbac(options(args, ['config']), load))
    case 'manifests':
      return withOidcFlags(rest, manifests)
    case 'version':
      options(rest, [])
      process.stdout.write(`attache ${version()}\nnode ${process.version}\nenvoy API ${envoyApi}\n`)
      return 0
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(usage)
      return command === undefined ? 1 : 0
    default:
      throw new UsageError(`Cannot run "${command}": no such command\n\n${usage}`)
  }
}

/** kube-apiserver's own flags say what the configuration does not; the others are the command's. */
function withOidcFlags<T>(
  args: readonly string[],
  command: (args: readonly string[], load: LoadOptions) => T,
): T {
  const { flags, rest } = parsed(() => takeOidcFlags(args))
  return command(rest, { oidcFlags: flags })
}

type Options = Readonly<Record<string, string | undefined>>

function options(args: readonly string[], names: readonly string[]): Options {
  const types = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  return parsed(() => parseArgs({ args: [...args], options: types, strict: true }).values)
}

function configFile({ config }: Options): string {
  if (config === undefined) throw new UsageError(`Missing "--config FILE"\n\n${usage}`)
  return config
}

function logLevel({ 'log-level': wanted = 'info' }: Options): LogLevel {
  const level = logLevels.find((known) => known === wanted)
  if (level === undefined) {
    throw new UsageError(`Cannot log at "${wanted}": use one of ${logLevels.join(', ')}`)
  }
  return level
}

/** Serves until SIGTERM or SIGINT, then drains. */
async function runService(given: Options, load: LoadOptions): Promise<number> {
  const file = configFile(given)
  const output = pino.destination({ dest: 1, sync: true })
  const log = createLog(logLevel(given), output)
  // Heard from the start, so that a signal during start-up is not lost.
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => resolve(signal))
  })
  const service = await serve({
    configFile: file,
    env: process.env,
    log,
    audit: (line) => void output.write(line),
    load,
  })
  log.info({ signal: await stopped }, 'stopping')
  await service.close()
  return 0
}

function checkConfig(given: Options, load: LoadOptions): number {
  loadConfig(configFile(given), process.env, load)
  process.stdout.write(`${configFile(given)}: no problems found\n`)
  return 0
}

function rbac(given: Options, load: LoadOptions): number {
  const { config } = loadConfig(configFile(given), process.env, load)
  process.stdout.write(printRbac(config))
  return 0
}

/** Options of `attache manifests`; see {@link ManifestArguments}. */
const manifestOptions = {
  config: { type: 'string' },
  for: { type: 'string', multiple: true },
  transport: { type: 'string' },
  gateway: { type: 'string' },
  service: { type: 'string' },
  'unchecked-path': { type: 'string', multiple: true },
  appender: { type: 'string' },
  check: { type: 'string', multiple: true },
} as const

function manifests(args: readonly string[], load: LoadOptions): number {
  const { values, positionals } = parsed(() =>
    parseArgs({ args: [...args], options: manifestOptions, allowPositionals: true }),
  )
  if (positionals.length > 0 && values.check === undefined) {
    throw new UsageError(`Cannot use "${positionals[0] ?? ''}": write --check FILE…\n\n${usage}`)
  }
  // A shell puts many names where it finds a pattern: all of them are files to check.
  const check = values.check && [...values.check, ...positionals]
  const { config } = loadConfig(configFile({ config: values.config }), process.env, load)
  const { text, exitCode } = readable(() => manifestsCommand(config, { ...values, check }))
  process.stdout.write(text)
  return exitCode
}

/** Options of `attache explain` besides `--config`; see {@link ExplainArguments}. */
const explainOptions = {
  config: { type: 'string' },
  'token-file': { type: 'string' },
  url: { type: 'string' },
  method: { type: 'string' },
  header: { type: 'string', multiple: true },
  source: { type: 'string' },
  offline: { type: 'boolean' },
  jwks: { type: 'string', multiple: true },
  now: { type: 'string' },
} as const

async function runExplain(args: readonly string[], load: LoadOptions): Promise<number> {
  const { values: given, positionals } = parsed(() =>
    parseArgs({ args: [...args], options: explainOptions, allowPositionals: true }),
  )
  // It may be a token.
  if (positionals.length > 0) {
    throw new UsageError(
      `Cannot use an argument without option: write --token-file FILE\n\n${usage}`,
    )
  }
  const { config } = loadConfig(configFile({ config: given.config }), process.env, load)
  try {
    const { text, exitCode } = await explainCommand(config, given)
    process.stdout.write(text)
    return exitCode
  } catch (error) {
    throw asUsage(error)
  }
}

/** Options that a command itself could not read. */
function readable<T>(command: () => T): T {
  try {
    return command()
  } catch (error) {
    throw asUsage(error)
  }
}

function asUsage(error: unknown): unknown {
  return error instanceof SyntaxError ? new UsageError(error.message) : error
}

/** Says how to use the command when it is used in another way. */
function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\n\n${usage}`)
  }
}

function version(): string {
  const file = new URL('../package.json', import.meta.url)
  const parse: (text: string) => { readonly version: string } = JSON.parse
  return parse(readFileSync(file, 'utf8')).version
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A stack would bury what the operator has to read, where it is about what the operator wrote. */
function describe(error: unknown): string {
  const known = [ConfigError, ListenError, ManifestError, UsageError].some(
    (kind) => error instanceof kind,
  )
  return known || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message)
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${describe(error)}\n`)
  process.exitCode = 1
}
