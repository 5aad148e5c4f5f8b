import type { ConnectionOptions } from 'node:tls'
import type { Cluster, Redis, RedisOptions } from 'ioredis'
import type { RedisConfig } from '../../config/browser-types.ts'
import { replyCode } from './failure.ts'

/** The client of one Redis, of what sentinels say is the primary, or of a Cluster. */
export type RedisClient = Redis | Cluster

export interface RedisClientOptions extends RedisConfig {
  /** How long a connection may take, and then a command; milliseconds. */
  readonly timeoutMs: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Probes of TCP from then on; a firewall that forgot the connection is noticed so. */
const keepAliveMs = 15_000
const maxRetryDelayMs = 1000
/** A Redis that stays a replica is asked again no more often, since it does answer reads. */
const reconnectEveryMs = 5000

/**
 * Makes a client that connects by itself and again and again, and that keeps no command for later: one
 * that cannot be sent, or is not answered in time, fails.
 */
export async function createRedisClient(options: RedisClientOptions): Promise<RedisClient> {
  // Loaded where it is used alone: it takes memory that an Attaché with cookies does without.
  const { Cluster: RedisCluster, Redis: RedisServer } = await import('ioredis')
  const { kind, nodes, primaryName, sentinelLogin, isTls } = options.address
  const common = commonOptions(options)
  switch (kind) {
    case 'server':
      return new RedisServer({ ...common, ...nodes[0], ...forOneServer })
    case 'sentinels':
      return new RedisServer({
        ...common,
        ...forOneServer,
        sentinels: nodes.map((node) => ({ ...node })),
        name: primaryName,
        // Without one the client gives up for good once no sentinel has answered.
        sentinelRetryStrategy: retryDelay,
        sentinelReconnectStrategy: retryDelay,
        sentinelCommandTimeout: options.timeoutMs,
        // The sentinels tell of a fail-over: the old primary may be alive, and out of reach of the rest.
        failoverDetector: true,
        sentinelUsername: sentinelLogin?.username,
        sentinelPassword: sentinelLogin?.password,
        sentinelTLS: common.tls,
        enableTLSForSentinelMode: isTls,
      })
    case 'cluster':
      return new RedisCluster([...nodes], {
        clusterRetryStrategy: retryDelay,
        enableOfflineQueue: false,
        slotsRefreshTimeout: options.timeoutMs,
        slotsRefreshInterval: 5000,
        // As it is: a certificate is of a name, and the name resolves when the connection is made.
        dnsLookup: (name, callback) => callback(null, name),
        redisOptions: common,
      })
  }
}

function commonOptions(options: RedisClientOptions) {
  const { address, certificateAuthority: ca, clientCertificate, timeoutMs, now } = options
  const tls: ConnectionOptions | undefined = address.isTls
    ? { ...(ca && { ca }), ...clientCertificate }
    : undefined
  let reconnectedAtMs = Number.NEGATIVE_INFINITY
  return {
    username: address.login?.username,
    password: address.login?.password,
    db: address.database,
    tls,
    // Nothing of RESP 3 is needed, and Redis 5 repeats the password in its answer to HELLO.
    protocol: 2,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    // Bytes that nobody answers mean that the connection is dead, whatever TCP thinks of it.
    socketTimeout: timeoutMs + 500,
    keepAlive: keepAliveMs,
    // What was not answered when the connection broke fails at once; connection.ts asks again.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // A Redis that loads its data is not ready: it would answer each command with LOADING.
    enableReadyCheck: true,
    maxLoadingRetryTime: maxRetryDelayMs,
    disableClientInfo: true,
    // After a fail-over behind one address, the connection is to what is a replica now.
    reconnectOnError: (error: Error) => {
      if (replyCode(error.message) !== 'READONLY') return false
      if (now() - reconnectedAtMs < reconnectEveryMs) return false
      reconnectedAtMs = now()
      return true
    },
  } as const satisfies RedisOptions
}

function retryDelay(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt - 1, 10), maxRetryDelayMs)
}

const forOneServer = { enableOfflineQueue: false, retryStrategy: retryDelay }
