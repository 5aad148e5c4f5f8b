import { readFile } from 'node:fs/promises'
import { messageOf } from './failing.ts'

export interface RotatingFileOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Milliseconds for which what was read is used without another look. Default: 60,000. */
  readonly freshMs?: number
  /** What is wrong with a text, in words; undefined for one that can be used. */
  readonly fault: (text: string) => string | undefined
  /** Told why a new version cannot be used while the one before stays in use; once a minute at most. */
  readonly onKept: (why: string) => void
}

/** A small text file that something else replaces now and then. */
export interface RotatingFile {
  /** The trimmed text; rejects, and says why, while there is none to use. */
  readonly read: () => Promise<string>
  /** What `read` would answer at once; undefined when it has to look at the file. */
  readonly known: () => string | undefined
  /** Looks at the file at the next use, because what was read turned out to be stale. */
  readonly forget: () => void
}

/**
 * Reads the file when its text is needed, at most once a minute: the kubelet renews a token long before
 * it ends. A file that cannot be used leaves the text before it in force.
 */
export function rotatingFile(path: string, options: RotatingFileOptions): RotatingFile {
  const { now, freshMs = 60_000, fault, onKept } = options
  let text: string | undefined
  let readAtMs = Number.NEGATIVE_INFINITY
  let underway: Promise<string> | undefined

  async function reread(): Promise<string> {
    try {
      const found = (await readFile(path, 'utf8')).trim()
      const why = found === '' ? 'it is empty' : fault(found)
      if (why !== undefined) throw new Error(`"${path}" cannot be used: ${why}`)
      text = found
    } catch (error) {
      if (text === undefined) throw error
      onKept(messageOf(error))
    }
    readAtMs = now()
    return text
  }

  function known(): string | undefined {
    // A clock that was set back must not keep a text for ever.
    return Math.abs(now() - readAtMs) < freshMs ? text : undefined
  }

  return {
    known,
    read: async () => {
      const fresh = known()
      if (fresh !== undefined) return fresh
      underway ??= reread().finally(() => {
        underway = undefined
      })
      return underway
    },
    forget: () => {
      readAtMs = Number.NEGATIVE_INFINITY
    },
  }
}
