import type { Logger } from 'pino'
import { pino } from 'pino'
import { algorithms } from '../../../src/authn/jwt/jws.ts'
import type { Schedule } from '../../../src/authn/schedule.ts'
import type { IssuerConfig } from '../../../src/config/types.ts'
import { issuerConfig as checkedIssuer } from '../../support/config.ts'

/** What `config/` makes of a small `jwt` entry. */
export function issuerConfig(overrides: Partial<IssuerConfig> = {}): IssuerConfig {
  return checkedIssuer({
    url: 'https://idp.example.com',
    algorithms,
    allowHttp: true,
    ...overrides,
  })
}

/** A real logger, and what it wrote. */
export function capturedLog(): { log: Logger; lines: string[] } {
  const lines: string[] = []
  return { log: pino({}, { write: (line: string) => lines.push(line) }), lines }
}

/** Timers that run when the test says so. */
export interface ManualSchedule {
  readonly schedule: Schedule
  /** Delays of the timers that are set, in milliseconds. */
  readonly delays: () => readonly number[]
  /** Runs those that are set now. */
  readonly run: () => void
}

export function manualSchedule(): ManualSchedule {
  const timers = new Set<{ delayMs: number; task: () => void }>()
  return {
    schedule: (delayMs, task) => {
      const timer = { delayMs, task }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    delays: () => [...timers].map(({ delayMs }) => delayMs),
    run: () => {
      const due = [...timers]
      timers.clear()
      for (const { task } of due) task()
    },
  }
}
