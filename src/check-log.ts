import type { Logger } from 'pino'
import type { Authenticated } from './authn/authenticator.ts'
import type { CheckInput } from './check-input.ts'
import type { DenyReason } from './decision.ts'
import { trustedForwardedFor } from './forwarded-for.ts'
import type { Metrics } from './metrics.ts'
import type { SignInReply } from './oidc/sign-in.ts'

/** What came of one check, for the log and the metrics. */
export type CheckEvent =
  | {
      readonly kind: 'allowed'
      readonly id: string
      readonly user: Authenticated | undefined
      readonly route: string | undefined
    }
  | {
      readonly kind: 'denied'
      readonly id: string
      readonly reason: DenyReason
      readonly detail: string
      readonly user: Authenticated | undefined
      readonly route: string | undefined
      /** What made a part give no answer. */
      readonly cause?: unknown
    }
  | {
      readonly kind: 'sign-in'
      readonly id: string
      readonly status: number
      readonly detail: string
      readonly outcome: SignInReply['event']
    }

/** Where checks are told. */
export interface CheckLog {
  readonly checked: (input: CheckInput, event: CheckEvent, durationMs: number) => void
  /** A request that could not be read, or whose caller is not trusted. */
  readonly refused: (event: CheckEvent & { readonly kind: 'denied' }) => void
  /** A failure that nobody planned for, with its stack. */
  readonly bug: (error: unknown, id: string) => void
}

export interface CheckLogOptions {
  readonly log: Logger
  readonly metrics: Metrics
  /** See `listen.trustedHops`: so many entries of `X-Forwarded-For` are told. */
  readonly trustedHops: number
}

/** Longest path that a log line holds, in characters. */
const maxPathLength = 1024

/**
 * Creates the one line that each check logs: denials and sign-ins at `info`, allowed checks at `debug`.
 * Never a token, a cookie, a query string (a callback's carries `code` and `state`) or a session id.
 */
export function createCheckLog(options: CheckLogOptions): CheckLog {
  const { log, metrics, trustedHops } = options
  return {
    checked: (input, event, durationMs) => {
      metrics.checked(input.transport, event, durationMs / 1000)
      const level = event.kind === 'allowed' ? 'debug' : 'info'
      if (!log.isLevelEnabled(level)) return
      const took = Math.round(durationMs * 1000) / 1000
      const fields = { ...told(event), ...asked(input, trustedHops), durationMs: took }
      log[level](fields, 'check answered')
    },
    refused: (event) => {
      metrics.refused(event.reason)
      log.info(told(event), 'check refused')
    },
    bug: (error, id) => log.error({ err: error, decision: id }, 'check failed: this is a bug'),
  }
}

function asked(input: CheckInput, trustedHops: number): Record<string, unknown> {
  const { transport, method, host, path, source } = input
  const query = path.indexOf('?')
  const pathOnly = query === -1 ? path : path.slice(0, query)
  const forwardedFor = trustedForwardedFor(input.headers, trustedHops)
  return { transport, method, host, path: pathOnly.slice(0, maxPathLength), source, forwardedFor }
}

function told(event: CheckEvent): Record<string, unknown> {
  switch (event.kind) {
    case 'allowed': {
      const { id, user, route } = event
      const { authenticator } = user ?? {}
      return { decision: id, verdict: 'allowed', user: user?.user.name, authenticator, route }
    }
    case 'denied': {
      const { id, reason, detail, user, route, cause } = event
      const why = cause === undefined ? {} : { err: cause }
      return {
        decision: id,
        verdict: 'denied',
        reason,
        detail,
        user: user?.user.name,
        route,
        ...why,
      }
    }
    case 'sign-in': {
      const { id, status, detail, outcome } = event
      return { decision: id, verdict: outcome?.name ?? 'sign-in', status, detail, ...outcome }
    }
  }
}
