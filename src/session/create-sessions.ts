import { authenticated } from '../authn/authenticated.ts'
import type { IDToken } from '../authn/authenticator.ts'
import { continueWith } from '../awaitable.ts'
import type { ProviderConfig, SessionConfig } from '../config/browser-types.ts'
import type { HeaderLine } from '../headers/changes.ts'
import { mappingDigest, type SessionRecord } from './record.ts'
import { goodUntil, refreshTime } from './refresh-time.ts'
import type { RenewalOptions } from './renewal.ts'
import { createRenewals } from './renewals.ts'
import type { NewSession, Session, SessionLookup, SessionRequest, Sessions } from './sessions.ts'
import type { Loaded, StoredSession } from './store.ts'

export interface SessionsOptions extends RenewalOptions {
  readonly config: SessionConfig
  /** Whose sign-ins make sessions; a session of another provider or mapping has ended. */
  readonly providers: readonly ProviderConfig[]
  /** For `attache explain`: no session is refreshed, and no use of one is noted. */
  readonly isReadOnly: boolean
}

/** A session is noted as used at most once in this share of the idle lifetime. */
const touchShare = 0.1

type Refused = Extract<SessionLookup, { kind: 'refused' }>
type Found = Extract<Loaded, { kind: 'loaded' }>

const noSession: SessionLookup = { kind: 'none' }

/** The {@link Sessions} of any store: when one ends, when it is renewed. */
export function createSessions(options: SessionsOptions): Sessions {
  const { store, config, providers, now, random, keepIDToken, sendIDToken, isReadOnly } = options
  const { absoluteLifetimeMs, idleLifetimeMs = Number.POSITIVE_INFINITY, refreshAfterMs } = config
  const keepRefreshToken = config.redis !== undefined || config.cookie.refresh
  const mappings = new Map(providers.map((one) => [one.id, mappingDigest(one, keepIDToken)]))
  const renewals = createRenewals(options)
  const sessions = new WeakMap<SessionRecord, Session>()
  const thatNeedSignIn = new WeakMap<Session, Session>()
  const touching = new Set<string>()

  /** Undefined for a session of another configuration. */
  const sessionOf = (record: SessionRecord): Session | undefined => {
    const known = sessions.get(record)
    if (known !== undefined) return known
    if (mappings.get(record.provider) !== record.mapping) return undefined
    const session = toSession({ ...record, expiresAtMs: endOf(record) })
    sessions.set(record, session)
    return session
  }

  /** Of a session of another configuration nobody knows whose it is: its provider's name may be another's. */
  const refreshTokenOf = ({ provider, mapping, refreshToken }: SessionRecord) =>
    refreshToken !== undefined && mappings.get(provider) === mapping
      ? [{ provider, refreshToken }]
      : []

  /** A lifetime that was made shorter counts for the sessions that there are, too. */
  const endOf = ({ expiresAtMs, createdAtMs }: SessionRecord) =>
    Math.min(expiresAtMs, createdAtMs + absoluteLifetimeMs)

  const isIdle = ({ lastUsedAtMs }: StoredSession, nowMs: number) =>
    lastUsedAtMs + idleLifetimeMs <= nowMs

  const faultOf = (stored: StoredSession, nowMs: number): Refused | undefined => {
    if (endOf(stored.record) <= nowMs) return expired('past the absolute lifetime')
    if (isIdle(stored, nowMs)) return expired('past the idle lifetime')
    return renewals.hasEnded(stored) ? expired('ended at the provider') : undefined
  }

  const isDue = (stored: StoredSession, nowMs: number) =>
    !isReadOnly &&
    renewals.isDue(stored, nowMs) &&
    faultOf(stored, nowMs) === undefined &&
    sessionOf(stored.record) !== undefined

  /** The lines for the browser, if the browser is what notes that a session is in use. */
  const touch = (stored: StoredSession, request: SessionRequest): readonly HeaderLine[] => {
    const { id } = stored.record
    if (isReadOnly) return []
    if (request.nowMs - stored.lastUsedAtMs < idleLifetimeMs * touchShare) return []
    if (touching.has(id)) return []
    const answer = store.touch(stored, request)
    if (!(answer instanceof Promise)) return answer
    touching.add(id)
    answer.catch(() => {}).finally(() => touching.delete(id))
    return []
  }

  const settle = ({ stored, setCookies }: Found, request: SessionRequest): SessionLookup => {
    const session = sessionOf(stored.record)
    if (session === undefined) return refused('credential-invalid', 'of another configuration')
    const fault = faultOf(stored, request.nowMs)
    if (fault !== undefined) return fault
    const touched = touch(stored, request)
    const { idToken } = session.authenticated
    const hasTokenEnded = idToken !== undefined && request.nowMs >= idToken.goodUntilMs
    const signInHelps = hasTokenEnded && sendIDToken && !mayRenew(stored, request.nowMs)
    return {
      kind: 'found',
      session: signInHelps ? needingSignIn(session, idToken) : session,
      signInHelps,
      idleEndsAtMs: config.idleLifetimeMs && stored.lastUsedAtMs + config.idleLifetimeMs,
      setCookies: touched.length === 0 ? setCookies : touched,
    }
  }

  /** The same object each time, as what is made of its user is kept with it. */
  const needingSignIn = (session: Session, idToken: IDToken): Session => {
    if (idToken.remedy === 'sign-in') return session
    const known = thatNeedSignIn.get(session)
    if (known !== undefined) return known
    const made = withIDToken(session, { ...idToken, remedy: 'sign-in' })
    thatNeedSignIn.set(session, made)
    return made
  }

  /** Whether asking the provider may still bring a new ID token, now or when it answers again. */
  const mayRenew = (stored: StoredSession, nowMs: number): boolean => {
    const { refreshToken, refreshAtMs } = stored.record
    if (refreshToken === undefined || renewals.isRefused(stored)) return false
    // It was due before the token's end. If it is not due any more, the answer had no ID token.
    return refreshAtMs !== undefined && nowMs >= refreshAtMs
  }

  const lookupOf = (loaded: Loaded, request: SessionRequest): SessionLookup => {
    switch (loaded.kind) {
      case 'none':
        return noSession
      case 'refused':
        return refused('credential-invalid', loaded.detail)
      case 'loaded':
        return settle(loaded, request)
    }
  }

  /** What there is after a wait: by then it may have ended, too. */
  const renewed = async (stored: StoredSession, request: SessionRequest) => {
    await renewals.renew(stored, request)
    const later = { ...request, nowMs: now() }
    return lookupOf(await store.load(later), later)
  }

  return {
    find: (request) =>
      continueWith(store.load(request), (loaded) => {
        if (loaded.kind !== 'loaded') return lookupOf(loaded, request)
        const { stored } = loaded
        if (isDue(stored, request.nowMs)) return renewed(stored, request)
        if (!isIdle(stored, request.nowMs)) return settle(loaded, request)
        // Another replica may have seen it in use.
        const fresh = store.load(request, { isFresh: true })
        return continueWith(fresh, (again) => lookupOf(again, request))
      }),

    save: async (found: NewSession, request: SessionRequest) => {
      const { provider, user, email, idToken, subject, providerSession } = found
      const mapping = mappings.get(provider)
      if (mapping === undefined) {
        throw new TypeError(`Cannot save a session: no provider is "${provider}"`)
      }
      const { nowMs } = request
      const refreshToken = keepRefreshToken ? found.refreshToken : undefined
      const idTokenExpiresAtMs = sendIDToken ? found.idTokenExpiresAtMs : undefined
      return store.create(
        {
          id: Buffer.from(random(16)).toString('base64url'),
          provider,
          mapping,
          user,
          email,
          idToken: keepIDToken ? idToken : undefined,
          idTokenExpiresAtMs: keepIDToken ? found.idTokenExpiresAtMs : undefined,
          refreshToken,
          subject,
          providerSession,
          createdAtMs: nowMs,
          expiresAtMs: nowMs + absoluteLifetimeMs,
          refreshAtMs:
            refreshToken === undefined
              ? undefined
              : refreshTime({ nowMs, refreshAfterMs, idTokenExpiresAtMs, random }),
        },
        request,
      )
    },

    end: async (request) => {
      const { setCookies, records } = await store.end(request)
      return { setCookies, refreshTokens: records.flatMap(refreshTokenOf) }
    },
    endAll: async (whose) => {
      if (store.endAll === undefined) {
        throw new TypeError('Cannot end sessions: only the browsers have them')
      }
      return store.endAll(whose)
    },
    canEndAll: store.endAll !== undefined,
    missing: store.missing,
    close: async () => {
      await renewals.close()
      await store.close()
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

function expired(detail: string): Refused {
  return refused('credential-expired', detail)
}

function refused(reason: Refused['reason'], detail: string): Refused {
  return { kind: 'refused', reason, detail: `session cookie: ${detail}` }
}
