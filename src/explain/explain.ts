/** `explain/` decides one request without Envoy and says each step: `attache explain`. */
import { pino } from 'pino'
import { assemble } from '../assemble.ts'
import type { CheckInput } from '../check-input.ts'
import type { CheckEvent, CheckLog } from '../check-log.ts'
import type { Config } from '../config/types.ts'
import { createMetrics } from '../metrics.ts'
import { compileTargets, type Target } from '../routes/target.ts'
import type { TraceStep } from '../trace.ts'
import { describeDecision, describeToken, describeUser } from './describe.ts'

export interface ExplainOptions {
  readonly config: Config
  readonly input: CheckInput
  /** The token of the request, when it has one that was given as a token. */
  readonly token: string | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Key sets by issuer; with it nothing is fetched. */
  readonly offlineKeys: ReadonlyMap<string, string> | undefined
}

export interface Explanation {
  readonly steps: readonly TraceStep[]
  readonly outcome: 'allowed' | 'denied' | 'undecidable'
}

/** Decides as the service would. Neither the steps nor anything else hold the token or a credential. */
export async function explain(options: ExplainOptions): Promise<Explanation> {
  const { config, input, token, now, offlineKeys } = options
  const steps: TraceStep[] = []
  const trace = (part: string, text: string): void => void steps.push({ part, text })
  let event: CheckEvent | undefined
  const checkLog: CheckLog = {
    checked: (_input, checked) => {
      event = checked
    },
    refused: () => {},
    bug: (error) => trace('bug', error instanceof Error ? error.message : String(error)),
  }
  // A query may hold a secret.
  trace('request', `${input.method} ${input.host}${input.path.replace(/\?.*$/s, '?…')}`)
  trace('route', describeTarget(compileTargets(config)(input)))
  if (token !== undefined) trace('token', describeToken(token, now()))
  const log = pino({ level: 'silent' })
  const metrics = createMetrics({ missingIssuers: () => [], missing: () => [] })
  const explaining = { trace, checkLog, now, offlineKeys }
  const assembly = assemble(config, {
    log,
    metrics,
    audit: () => {},
    previous: undefined,
    explaining,
  })
  try {
    const decision = await assembly.checker.check(input, { timeoutMs: undefined })
    if (event === undefined) throw new TypeError('Cannot explain: the check was not told')
    if ('user' in event && event.user !== undefined) trace('user', describeUser(event.user))
    return {
      steps: [...steps, ...describeDecision(decision, { event, config })],
      outcome: outcomeOf(event),
    }
  } finally {
    await assembly.close()
  }
}

function outcomeOf(event: CheckEvent): Explanation['outcome'] {
  if (event.kind === 'allowed') return 'allowed'
  return event.kind === 'denied' && event.reason === 'unavailable' ? 'undecidable' : 'denied'
}

function describeTarget(target: Target): string {
  switch (target.kind) {
    case 'route': {
      const { name, access, identity } = target.route
      const captures = target.captures.flatMap((found) => Object.entries(found))
      const shown = captures.map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
      const what = access === 'public' ? 'public' : `identity ${identity}`
      return [`${name} (${what})`, ...shown].join(', ')
    }
    case 'sign-in':
      return `none: the sign-in endpoint ${target.endpoint}`
    case 'malformed':
      return `none: ${target.detail}`
    case 'ambiguous':
      return 'none: readings of the path lead to different places'
    case 'none':
      return 'none matches'
  }
}
