import { type DestinationStream, type Logger, pino } from 'pino'

/** `debug` logs every allowed check too. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const

export type LogLevel = (typeof logLevels)[number]

/** Creates the log: JSON lines with ISO times, one for each event, on the given stream. */
export function createLog(level: LogLevel, stream: DestinationStream): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream)
}
