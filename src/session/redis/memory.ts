import { LRUCache } from 'lru-cache'
import type { SessionRecord } from '../record.ts'
import type { StoredSession } from '../store.ts'
import { isSameSealed, openValue, readHead, type SessionKey } from './value.ts'

/**
 * What one replica remembers of Redis. An answer counts for {@link rememberedMs}, so that is how long a
 * session that ended elsewhere may still be used here; it ends at once where it was ended.
 */
export interface RedisMemory {
  /** The session, if Redis was asked for it just now. */
  readonly recent: (name: string, nowMs: number) => StoredSession | undefined
  /**
   * What Redis says; those who ask at the same time share one answer, unless they want one that was
   * asked for after they came. The record is the very same while what is sealed is.
   */
  readonly load: (
    session: SessionKey,
    options: { readonly nowMs: number; readonly isFresh: boolean },
  ) => Promise<StoredSession | undefined>
  readonly remember: (
    name: string,
    written: { readonly value: Buffer; readonly stored: StoredSession; readonly nowMs: number },
  ) => void
  /** Notes its last use, until Redis says another. */
  readonly use: (
    name: string,
    use: { readonly record: SessionRecord; readonly nowMs: number },
  ) => void
  /** When it was last used, as far as is known here; 0: nothing is. */
  readonly lastUsedAtMs: (name: string) => number
  /** An answer that is under way is asked for again. */
  readonly forget: (name: string) => void
}

/** Half a second: an end is in force everywhere within one, with time to spare for the way to Redis. */
const rememberedMs = 500

const maxSessions = 20_000
const maxBytes = 64 * 1024 * 1024

interface Known {
  readonly stored: StoredSession
  readonly value: Buffer
  readonly askedAtMs: number
}

interface Answer {
  readonly value: Buffer | null
  readonly nowMs: number
}

interface Question {
  /** Somebody ended or changed the session here after it was asked. */
  isOutdated: boolean
}

/** A {@link RedisMemory} over what reads a value. */
export function createRedisMemory(read: (name: string) => Promise<Buffer | null>): RedisMemory {
  const known = new LRUCache<string, Known>({
    max: maxSessions,
    maxSize: maxBytes,
    maxEntrySize: maxBytes,
    sizeCalculation: ({ value }) => value.length,
  })
  const underWay = new Map<string, Set<Question>>()
  const shared = new Map<string, Promise<StoredSession | undefined>>()

  const outdate = (name: string): void => {
    for (const question of underWay.get(name) ?? []) question.isOutdated = true
  }

  const take = (session: SessionKey, { value, nowMs }: Answer) => {
    const before = known.get(session.name)
    const stored = value === null ? undefined : toStored(value, { session, before })
    if (value === null || stored === undefined) known.delete(session.name)
    else known.set(session.name, { stored, value, askedAtMs: nowMs })
    return stored
  }

  const ask = async (session: SessionKey, nowMs: number) => {
    const { name } = session
    const question: Question = { isOutdated: false }
    const questions = underWay.get(name) ?? new Set()
    underWay.set(name, questions.add(question))
    try {
      let value = await read(name)
      while (question.isOutdated) {
        question.isOutdated = false
        value = await read(name)
      }
      return take(session, { value, nowMs })
    } finally {
      questions.delete(question)
      if (questions.size === 0) underWay.delete(name)
    }
  }

  const askTogether = (session: SessionKey, nowMs: number) => {
    const { name } = session
    const answer = ask(session, nowMs).finally(() => shared.delete(name))
    shared.set(name, answer)
    return answer
  }

  return {
    recent: (name, nowMs) => {
      const found = known.get(name)
      if (found === undefined) return undefined
      const ageMs = nowMs - found.askedAtMs
      return ageMs >= 0 && ageMs <= rememberedMs ? found.stored : undefined
    },
    load: (session, { nowMs, isFresh }) =>
      isFresh ? ask(session, nowMs) : (shared.get(session.name) ?? askTogether(session, nowMs)),
    remember: (name, { value, stored, nowMs }) => {
      outdate(name)
      known.set(name, { stored, value, askedAtMs: nowMs })
    },
    use: (name, { record, nowMs }) => {
      const found = known.peek(name)
      if (found?.stored.record !== record) return
      known.set(name, { ...found, stored: { ...found.stored, lastUsedAtMs: nowMs } })
    },
    lastUsedAtMs: (name) => known.peek(name)?.stored.lastUsedAtMs ?? 0,
    forget: (name) => {
      known.delete(name)
      outdate(name)
    },
  }
}

function toStored(
  value: Buffer,
  { session, before }: { readonly session: SessionKey; readonly before: Known | undefined },
): StoredSession | undefined {
  const head = readHead(value)
  if (head === undefined) return undefined
  if (before === undefined || !isSameSealed(before.value, value)) {
    const record = openValue(value, session)
    return record === undefined ? undefined : { record, ...head }
  }
  const { stored } = before
  return stored.lastUsedAtMs === head.lastUsedAtMs
    ? stored
    : { ...stored, lastUsedAtMs: head.lastUsedAtMs }
}
