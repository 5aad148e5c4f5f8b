import { X509Certificate } from 'node:crypto'
import type { Logger } from 'pino'
import { Agent } from 'undici'
import type { KubernetesConfig } from '../config/types.ts'
import { type Fail, messageOf } from './failing.ts'
import { rotatingFile } from './rotating-file.ts'

/** The connections to one API server. */
export interface Connections {
  /** Those that the CA of now vouches for; throws what {@link Fail} makes while there is no CA. */
  readonly agent: (fail: Fail) => Promise<Agent>
  /** Looks at the CA again at the next use, because the API server's certificate chains to none of it. */
  readonly distrust: () => void
  /** Lets what is under way finish; whoever still asks after that gets connections of their own. */
  readonly close: () => Promise<void>
}

export interface ConnectionsOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Milliseconds to connect. */
  readonly timeoutMs: number
  /** Connections at the same time. */
  readonly concurrency: number
  readonly log: Logger
}

/** Beyond it an answer is dropped. A user of a thousand long groups has a tenth of it. */
const maxAnswerBytes = 1024 * 1024

/** Longer than a lull between checks, shorter than the API server's own patience of 90 s. */
const keepAliveMs = 30_000

/** Between two looks at a CA that vouches for nobody. Unit: milliseconds. */
const lookAgainMs = 1_000

/** Keeps connections for as long as the CA is the same; those that another one vouched for end. */
export function connections(
  { certificateAuthorityFile }: KubernetesConfig,
  { now, timeoutMs, concurrency, log }: ConnectionsOptions,
): Connections {
  const caFile = rotatingFile(certificateAuthorityFile, {
    now,
    fault: certificateFault,
    onKept: (why) => log.warn({ why }, "the API server's CA was not read again: it stays as it is"),
  })
  let distrustedAtMs = Number.NEGATIVE_INFINITY
  let current: { readonly ca: string; readonly agent: Agent } | undefined

  async function readCA(fail: Fail): Promise<string> {
    return caFile.read().catch((error: unknown) => {
      throw fail(`the API server's CA is not known: ${messageOf(error)}`)
    })
  }

  function createAgent(ca: string): Agent {
    return new Agent({
      connect: { timeout: timeoutMs, ca },
      connections: concurrency,
      keepAliveTimeout: keepAliveMs,
      maxResponseSize: maxAnswerBytes,
      allowH2: false,
    })
  }

  return {
    agent: async (fail) => {
      const ca = await readCA(fail)
      if (current?.ca === ca) return current.agent
      const before = current?.agent
      current = { ca, agent: createAgent(ca) }
      before?.close().catch(() => {})
      return current.agent
    },
    distrust: () => {
      // Every request of an outage comes here, and a CA that cannot be read is told each time.
      if (Math.abs(now() - distrustedAtMs) < lookAgainMs) return
      distrustedAtMs = now()
      caFile.forget()
    },
    close: async () => {
      const last = current?.agent
      current = undefined
      await last?.close()
    },
  }
}

/** Node takes any text for a CA, and one without a certificate for no root at all. */
function certificateFault(text: string): string | undefined {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  try {
    for (const block of blocks) void new X509Certificate(block)
  } catch {
    return 'a certificate in it does not parse'
  }
  return blocks.length === 0 ? 'it holds no certificate in PEM' : undefined
}
