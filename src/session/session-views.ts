import { authenticated } from '../authn/authenticated.ts'
import type { IDToken } from '../authn/authenticator.ts'
import type { SessionRecord } from './record.ts'
import { goodUntil } from './refresh-time.ts'
import type { Session } from './sessions.ts'

/**
 * Records as the rest of Attaché sees them: the same object each time, as what is made of its user is
 * kept with it.
 */
export interface SessionViews {
  /** Undefined for a session of another configuration. */
  readonly of: (record: SessionRecord) => Session | undefined
  /** The same session, with an ID token that only a new sign-in replaces. */
  readonly needingSignIn: (session: Session) => Session
}

export interface SessionViewsOptions {
  /** `mappingDigest` of each provider that there is. */
  readonly mappings: ReadonlyMap<string, string>
  /** Counts for sessions that began when it was longer, too. */
  readonly absoluteLifetimeMs: number
}

/** The {@link SessionViews} of one configuration. */
export function createSessionViews(options: SessionViewsOptions): SessionViews {
  const { mappings, absoluteLifetimeMs } = options
  const views = new WeakMap<SessionRecord, Session>()
  const signInViews = new WeakMap<Session, Session>()
  return {
    of: (record) => {
      const known = views.get(record)
      if (known !== undefined) return known
      if (mappings.get(record.provider) !== record.mapping) return undefined
      const endsAtMs = Math.min(record.expiresAtMs, record.createdAtMs + absoluteLifetimeMs)
      const session = toSession({ ...record, expiresAtMs: endsAtMs })
      views.set(record, session)
      return session
    },
    needingSignIn: (session) => {
      const { idToken } = session.authenticated
      if (idToken === undefined || idToken.remedy === 'sign-in') return session
      const known = signInViews.get(session)
      if (known !== undefined) return known
      const view = withIDToken(session, { ...idToken, remedy: 'sign-in' })
      signInViews.set(session, view)
      return view
    },
  }
}

function toSession(record: SessionRecord): Session {
  const { user, email, idToken: text, expiresAtMs, provider, createdAtMs, refreshAtMs } = record
  // One whose end is not known has ended.
  const goodUntilMs = goodUntil(record.idTokenExpiresAtMs ?? 0)
  const remedy = record.refreshToken === undefined ? 'sign-in' : 'wait'
  const idToken: IDToken | undefined =
    text === undefined ? undefined : { text, goodUntilMs, remedy }
  return {
    authenticated: authenticated(user, { by: 'session', email, idToken, expiresAtMs }),
    provider,
    createdAtMs,
    refreshAtMs,
  }
}

function withIDToken(session: Session, idToken: IDToken): Session {
  return { ...session, authenticated: { ...session.authenticated, idToken } }
}
