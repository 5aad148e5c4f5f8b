import type { ProviderConfig, SessionConfig } from '../config/browser-types.ts'
import { mappingDigest, type SessionRecord } from './record.ts'
import type { Random } from './seal.ts'
import type {
  NewSession,
  Refresh,
  Session,
  SessionListener,
  SessionLookup,
  SessionRequest,
  Sessions,
} from './sessions.ts'
import type { SessionStore, StoredSession } from './store.ts'

export interface SessionsOptions {
  readonly store: SessionStore
  readonly refresh: Refresh
  readonly config: SessionConfig
  /** Whose sign-ins make sessions; a session of another provider or mapping has ended. */
  readonly providers: readonly ProviderConfig[]
  /** Whether anything is done with the ID token; otherwise no session keeps it. */
  readonly keepIDToken: boolean
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly random: Random
  readonly listener: SessionListener
}

const noSession: SessionLookup = { kind: 'none' }

/** The {@link Sessions} of any store: when one ends, when it is renewed. */
export function createSessions(options: SessionsOptions): Sessions {
  const { store, config, providers, keepIDToken, random } = options
  const mappings = new Map(providers.map((one) => [one.id, mappingDigest(one, keepIDToken)]))
  const shown = new WeakMap<SessionRecord, Session>()

  const sessionOf = (record: SessionRecord): Session => {
    const known = shown.get(record)
    if (known !== undefined) return known
    const session = toSession(record)
    shown.set(record, session)
    return session
  }

  const fault = ({ record }: StoredSession, nowMs: number): SessionLookup | undefined => {
    if (mappings.get(record.provider) !== record.mapping) {
      return refused('credential-invalid', 'of another configuration')
    }
    return record.expiresAtMs <= nowMs
      ? refused('credential-expired', 'past the absolute lifetime')
      : undefined
  }

  return {
    find: async (request) => {
      const answer = store.load(request)
      const loaded = answer instanceof Promise ? await answer : answer
      if (loaded.kind === 'none') return noSession
      if (loaded.kind === 'refused') return refused('credential-invalid', loaded.detail)
      const { stored, setCookies } = loaded
      return (
        fault(stored, request.nowMs) ?? {
          kind: 'found',
          session: sessionOf(stored.record),
          setCookies,
        }
      )
    },

    save: async (found: NewSession, request: SessionRequest) => {
      const mapping = mappings.get(found.provider)
      if (mapping === undefined) {
        throw new TypeError(`Cannot save a session: no provider "${found.provider}"`)
      }
      return store.create(
        {
          id: Buffer.from(random(16)).toString('base64url'),
          provider: found.provider,
          mapping,
          user: found.user,
          email: found.email,
          idToken: keepIDToken ? found.idToken : undefined,
          refreshToken: undefined,
          subject: found.subject,
          providerSession: found.providerSession,
          createdAtMs: request.nowMs,
          expiresAtMs: request.nowMs + config.absoluteLifetimeMs,
          refreshAtMs: undefined,
        },
        request,
      )
    },

    end: async (request) => store.end(request),
    endAll: async (whose) => {
      if (store.endAll === undefined) {
        throw new TypeError('Cannot end sessions: only the browsers have them')
      }
      return store.endAll(whose)
    },
    canEndAll: store.endAll !== undefined,
    missing: store.missing,
    close: store.close,
  }
}

function toSession(record: SessionRecord): Session {
  const { user, email, idToken, expiresAtMs, provider, createdAtMs } = record
  return {
    authenticated: {
      kind: 'authenticated',
      user,
      authenticator: 'session',
      email,
      idToken,
      expiresAtMs,
    },
    provider,
    createdAtMs,
  }
}

function refused(
  reason: 'credential-invalid' | 'credential-expired',
  detail: string,
): SessionLookup {
  return { kind: 'refused', reason, detail: `session cookie: ${detail}` }
}
