import type { SessionConfig } from '../config/browser-types.ts'
import type { HeaderLine } from '../headers/changes.ts'
import type { SessionRequest } from './sessions.ts'
import type { SessionStore, StoredSession } from './store.ts'

/**
 * Notes in the store that a session is in use; the lines for the browser, where the browser is what notes
 * it. Nobody waits for a store that answers later.
 */
export type NoteUse = (stored: StoredSession, request: SessionRequest) => readonly HeaderLine[]

export interface NoteUseOptions {
  readonly store: Pick<SessionStore, 'touch'>
  readonly config: Pick<SessionConfig, 'idleLifetimeMs'>
}

/** At most once in this share of the idle lifetime. */
const noteShare = 0.1

/** The {@link NoteUse} of one store; where no session ends by being idle there is nothing to note. */
export function createNoteUse({ store, config }: NoteUseOptions): NoteUse {
  const { idleLifetimeMs = Number.POSITIVE_INFINITY } = config
  const underWay = new Set<string>()
  return (stored, request) => {
    const { id } = stored.record
    if (request.nowMs - stored.lastUsedAtMs < idleLifetimeMs * noteShare) return []
    if (underWay.has(id)) return []
    const answer = store.touch(stored, request)
    if (!(answer instanceof Promise)) return answer
    underWay.add(id)
    answer.catch(() => {}).finally(() => underWay.delete(id))
    return []
  }
}
