import type { Logger } from 'pino'
import { type Readiness, startAdminServer } from './admin/server.ts'
import { type Assembly, assemble } from './assemble.ts'
import { formatAddress } from './config/address.ts'
import { type LoadedConfig, type LoadOptions, loadConfig } from './config/load.ts'
import type { ListenConfig } from './config/types.ts'
import { watchConfig } from './config/watch.ts'
import { startDirectServer } from './direct/server.ts'
import { startGrpcServer } from './grpc/server.ts'
import { startHttpServer } from './http/server.ts'
import { keysInForce } from './keys-in-force.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { type RunningCheckServer, type RunningServer } from './serving/listen.ts'
import { createTracing } from './tracing/tracing.ts'

/** A running service. */
export interface Service {
  /** Stops taking checks, lets those under way end, and closes; bounded by `shutdown.graceSeconds`. */
  readonly close: () => Promise<void>
}

export interface ServeOptions {
  readonly configFile: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  /** Takes audit lines, with their ends, where the log goes. */
  readonly audit: (line: string) => void
  /** Default: the file says it all. */
  readonly load?: LoadOptions
}

/** How often the configuration and the files that it names are looked at for changes. */
const watchIntervalMs = 2000

/** For the last spans, where checks took all of the grace; milliseconds. */
const leastFlushMs = 500

/** Starts the service. Throws ConfigError for a configuration that cannot be used. */
export async function serve({
  configFile,
  env,
  log,
  audit,
  ...given
}: ServeOptions): Promise<Service> {
  const metrics = createMetrics({
    missingIssuers: () => current.authenticators.issuers.missing(),
    missing: () => current.missing(),
  })
  const tracing = createTracing({
    log,
    onCall: (result) => metrics.called('trace-collector', result),
  })
  const load = (): LoadedConfig => loadConfig(configFile, env, given.load)
  const loaded = load()
  const lasting = { log, metrics, tracing, audit }
  let current = assemble(loaded.config, { ...lasting, previous: undefined })
  await tracing.use(loaded.config.tracing)
  metrics.configLoaded()
  metrics.keysLoaded(keysInForce(current.config))
  const readiness = createReadiness(() => current)
  const all: RunningServer[] = []
  const close = async (): Promise<void> => {
    const { graceMs } = current.config.shutdown
    const untilMs = performance.now() + graceMs
    await Promise.all(all.map((server) => server.close(graceMs)))
    await current.close()
    await tracing.close(Math.max(leastFlushMs, untilMs - performance.now()))
  }
  const checks = await startServers(() => current, { all, readiness, metrics, log }).catch(
    async (error: unknown) => {
      // What is open already would go on answering, and nobody would watch it.
      await close()
      throw error
    },
  )

  const reload = ({ config }: LoadedConfig): void => {
    // First what may still fail; until the last of it the old one is whole.
    const next = assemble(config, { ...lasting, previous: current })
    try {
      for (const server of checks) server.setTls(config.listen.tls)
    } catch (error) {
      void next.retire(current)
      throw error
    }
    const before = current
    current = next
    void tracing.use(config.tracing)
    metrics.configLoaded()
    metrics.keysLoaded(keysInForce(config))
    log.info('configuration reloaded')
    before.retire(next).catch((err: unknown) => {
      log.warn({ err }, 'a part of the old configuration was not closed')
    })
  }
  const watcher = watchConfig({
    current: loaded,
    load,
    intervalMs: watchIntervalMs,
    onChange: reload,
    onError: ({ message }) => {
      metrics.configRejected()
      const problems = message.split('\n')
      log.error({ problems }, 'configuration not reloaded, the old one stays in force')
    },
  })

  return {
    close: async () => {
      watcher.close()
      await close()
    },
  }
}

/** Ready once every issuer's keys were fetched, or `readiness.wait` has passed. */
function createReadiness(current: () => Assembly): () => Readiness {
  const startMs = performance.now()
  return () => {
    const { config, missing: missingOf } = current()
    const missing = missingOf()
    const waited = performance.now() - startMs >= config.readiness.waitMs
    return { ready: missing.length === 0 || waited, missing }
  }
}

interface ServerDeps {
  /** Gets each server as soon as it is open. */
  readonly all: RunningServer[]
  readonly readiness: () => Readiness
  readonly metrics: Metrics
  readonly log: Logger
}

/** Opens the ports, says each in one log line, and returns the servers of checks. */
async function startServers(
  current: () => Assembly,
  deps: ServerDeps,
): Promise<readonly RunningCheckServer[]> {
  const { all, readiness, metrics, log } = deps
  const { grpc, http, pages, admin, tls } = current().config.listen
  const shared = {
    tls,
    checker: () => current().checker,
    acceptsCaller: (presented: string | undefined) => current().acceptsCaller(presented),
    isReady: () => readiness().ready,
    pathPrefix: () => current().config.listen.checkPathPrefix,
  }
  const started = <S extends RunningServer>(server: S, name: keyof ListenConfig): S => {
    log.info({ server: name, address: formatAddress(server.address) }, 'listening')
    all.push(server)
    return server
  }
  const checks: RunningCheckServer[] = []
  if (grpc !== undefined) {
    checks.push(started(await startGrpcServer({ ...shared, listen: grpc }), 'grpc'))
  }
  if (http !== undefined) {
    checks.push(started(await startHttpServer({ ...shared, listen: http }), 'http'))
  }
  if (pages !== undefined) {
    const options = {
      checker: () => current().checker,
      backChannelLogout: () => current().browser?.backChannelLogout,
      jwks: () => current().config.identityToken?.jwks,
    }
    started(await startDirectServer({ listen: pages, ...options }), 'pages')
  }
  if (admin !== undefined) {
    const options = { live: () => true, ready: readiness, metrics: metrics.text }
    started(await startAdminServer({ listen: admin, ...options }), 'admin')
  }
  return checks
}
