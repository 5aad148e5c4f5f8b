/** Where lines go: those that may wait for the end of a turn of the event loop, and those that may not. */
export interface LogLines {
  /** Written with the others of this turn; before that if {@link LogLines.now} or {@link LogLines.flush} comes. */
  readonly write: (line: string) => void
  /** Written before it returns, behind what was to be written. Throws what the writing throws. */
  readonly now: (line: string) => void
  /** To be called when the process exits, for whatever reason. */
  readonly flush: () => void
}

/**
 * Gathers the log's lines: each write takes 5 µs, and a busy Attaché logs several denials in one turn.
 * `schedule` calls back at the end of the turn.
 */
export function gatherLines(
  write: (text: string) => void,
  schedule: (callback: () => void) => unknown = setImmediate,
): LogLines {
  let gathered = ''
  const flush = (): void => {
    const text = gathered
    gathered = ''
    if (text !== '') write(text)
  }
  const flushQuietly = (): void => {
    try {
      flush()
    } catch {
      // The requests are answered, and there is no place left where anybody could be told.
    }
  }
  return {
    write: (line) => {
      if (gathered === '') schedule(flushQuietly)
      gathered += line
    },
    now: (line) => {
      const text = gathered + line
      gathered = ''
      write(text)
    },
    flush,
  }
}
