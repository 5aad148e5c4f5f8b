import { continueWith } from '../awaitable.ts'
import type { ProviderConfig, SessionConfig } from '../config/browser-types.ts'
import { firstRecord } from './make-record.ts'
import { createNoteUse } from './note-use.ts'
import { mappingDigest, type SessionRecord } from './record.ts'
import type { RenewalOptions } from './renewal.ts'
import { createRenewals } from './renewals.ts'
import { createSessionViews } from './session-views.ts'
import type { Session, SessionLookup, SessionRequest, Sessions } from './sessions.ts'
import type { Loaded, StoredSession } from './store.ts'

export interface SessionsOptions extends RenewalOptions {
  readonly config: SessionConfig
  /** Whose sign-ins make sessions; a session of another provider or mapping has ended. */
  readonly providers: readonly ProviderConfig[]
  /** For `attache explain`: no session is refreshed, and no use of one is noted. */
  readonly isReadOnly: boolean
}

interface Asked {
  readonly stored: StoredSession
  readonly nowMs: number
}

type Refused = Extract<SessionLookup, { kind: 'refused' }>
type Judged = Refused | { readonly kind: 'alive'; readonly session: Session }

const noSession: SessionLookup = { kind: 'none' }

/** The {@link Sessions} of any store: when one ends, when it is renewed. */
export function createSessions(options: SessionsOptions): Sessions {
  const { store, config, providers, now, keepIDToken, sendIDToken, isReadOnly } = options
  const { absoluteLifetimeMs, idleLifetimeMs } = config
  const mappings = new Map(providers.map((one) => [one.id, mappingDigest(one, keepIDToken)]))
  const views = createSessionViews({ mappings, absoluteLifetimeMs })
  const renewals = createRenewals(options)
  const noteUse = isReadOnly ? () => [] : createNoteUse(options)

  const idleEndOf = ({ lastUsedAtMs }: StoredSession): number | undefined =>
    idleLifetimeMs && lastUsedAtMs + idleLifetimeMs

  const isIdle = (stored: StoredSession, nowMs: number) =>
    (idleEndOf(stored) ?? Number.POSITIVE_INFINITY) <= nowMs

  const judge = (stored: StoredSession, nowMs: number): Judged => {
    const session = views.of(stored.record)
    if (session === undefined) return refused('credential-invalid', 'of another configuration')
    if (session.authenticated.expiresAtMs <= nowMs) return expired('past the absolute lifetime')
    if (isIdle(stored, nowMs)) return expired('past the idle lifetime')
    if (renewals.hasEnded(stored)) return expired('ended at the provider')
    return { kind: 'alive', session }
  }

  const isDue = (stored: StoredSession, nowMs: number) =>
    !isReadOnly && renewals.isDue(stored, nowMs) && judge(stored, nowMs).kind === 'alive'

  /** Whether its ID token has ended, and nobody brings another but the person. */
  const needsSignIn = ({ authenticated }: Session, { stored, nowMs }: Asked): boolean => {
    const { idToken } = authenticated
    if (!sendIDToken || idToken === undefined || nowMs < idToken.goodUntilMs) return false
    return !renewals.mayHelp(stored, nowMs)
  }

  const lookUp = (loaded: Loaded, request: SessionRequest): SessionLookup => {
    if (loaded.kind === 'none') return noSession
    if (loaded.kind === 'refused') return refused('credential-invalid', loaded.detail)
    const { stored, setCookies } = loaded
    const judged = judge(stored, request.nowMs)
    if (judged.kind === 'refused') return judged
    const { session } = judged
    const signInHelps = needsSignIn(session, { stored, nowMs: request.nowMs })
    const noted = noteUse(stored, request)
    return {
      kind: 'found',
      session: signInHelps ? views.needingSignIn(session) : session,
      signInHelps,
      idleEndsAtMs: idleEndOf(stored),
      setCookies: noted.length === 0 ? setCookies : noted,
    }
  }

  /** What there is after a wait: by then it may have ended, too. */
  const renewed = async (stored: StoredSession, request: SessionRequest) => {
    await renewals.renew(stored, request)
    const later = { ...request, nowMs: now() }
    return lookUp(await store.load(later), later)
  }

  /** Of a session of another configuration nobody knows whose it is: its provider's name may be another's. */
  const refreshTokenOf = ({ provider, mapping, refreshToken }: SessionRecord) =>
    refreshToken !== undefined && mappings.get(provider) === mapping
      ? [{ provider, refreshToken }]
      : []

  return {
    find: (request) =>
      continueWith(store.load(request), (loaded) => {
        if (loaded.kind !== 'loaded') return lookUp(loaded, request)
        const { stored } = loaded
        if (isDue(stored, request.nowMs)) return renewed(stored, request)
        if (!isIdle(stored, request.nowMs)) return lookUp(loaded, request)
        // Another replica may have seen it in use.
        const fresh = store.load(request, { isFresh: true })
        return continueWith(fresh, (again) => lookUp(again, request))
      }),

    save: async (found, request) => {
      const mapping = mappings.get(found.provider)
      if (mapping === undefined) {
        throw new TypeError(`Cannot save a session: no provider is "${found.provider}"`)
      }
      const record = firstRecord(found, { ...options, mapping, nowMs: request.nowMs })
      return store.create(record, request)
    },

    end: async (request) => {
      // Before the store is asked: a refresh that is overtaken may be over before the store has answered.
      const underWay = renewals.underWay()
      const { setCookies, records } = await store.end(request)
      const late = records.map(async (record) => {
        const refreshToken = await underWay.get(record.id)
        return refreshToken === record.refreshToken
          ? []
          : refreshTokenOf({ ...record, refreshToken })
      })
      return {
        setCookies,
        refreshTokens: records.flatMap(refreshTokenOf),
        lateRefreshTokens: Promise.all(late).then((tokens) => tokens.flat()),
      }
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

function expired(detail: string): Refused {
  return refused('credential-expired', detail)
}

function refused(reason: Refused['reason'], detail: string): Refused {
  return { kind: 'refused', reason, detail: `session cookie: ${detail}` }
}
