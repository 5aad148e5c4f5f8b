import { DependencyError } from '../../src/errors.ts'
import type {
  NewSession,
  RefreshableSession,
  Refreshed,
  RefreshResult,
} from '../../src/session/sessions.ts'
import { newSession } from '../support/sessions.ts'
import { userInfo } from '../support/user.ts'

/** A provider whose refresh tokens are good for one use each: `refresh-1`, then `refresh-2` … */
export interface ScriptedProvider {
  readonly refresh: (session: RefreshableSession) => Promise<Refreshed>
  /** What it was asked with, in order. */
  readonly calls: readonly RefreshableSession[]
  /** The groups that it says from now on. */
  groups: readonly string[]
  /** What it does in place of an answer, if anything. */
  mode: 'answers' | 'away' | 'hangs' | 'breaks'
  /** Takes what it answers where a test wants another answer. */
  alter: (refreshed: Refreshed) => Refreshed
  /** Lets the calls that hang go on. */
  readonly goOn: () => void
}

/** What a sign-in at a {@link ScriptedProvider} finds out. */
export function firstSession(overrides: Partial<NewSession> = {}): NewSession {
  return newSession({
    user: userInfo({ name: 'alice', groups: ['before'] }),
    refreshToken: 'refresh-1',
    ...overrides,
  })
}

/** A {@link ScriptedProvider} that answers. */
export function scriptedProvider(now: () => number): ScriptedProvider {
  const calls: RefreshableSession[] = []
  let current = 1
  let hanging: (() => void)[] = []
  const provider: ScriptedProvider = {
    calls,
    groups: ['after'],
    mode: 'answers',
    alter: (refreshed) => refreshed,
    refresh: async (session) => {
      calls.push(session)
      const { mode } = provider
      if (mode === 'away') throw new DependencyError('provider', 'Cannot refresh: no connection')
      if (mode === 'breaks') throw new SyntaxError('canary in what the provider said')
      const isGood = session.refreshToken === `refresh-${current}`
      if (isGood) current += 1
      if (mode === 'hangs') await new Promise<void>((resolve) => hanging.push(resolve))
      if (!isGood) return provider.alter({ kind: 'ended', detail: 'invalid_grant' })
      return provider.alter({
        kind: 'renewed',
        session: firstSession({
          user: userInfo({ name: 'alice', groups: provider.groups }),
          email: 'new@example.com',
          idToken: `id-token-${current}`,
          idTokenExpiresAtMs: now() + 3_600_000,
          refreshToken: `refresh-${current}`,
        }),
      })
    },
    goOn: () => {
      for (const resolve of hanging) resolve()
      hanging = []
    },
  }
  return provider
}

/** What sessions tell of a refresh. */
export interface Heard {
  readonly result: RefreshResult
  readonly user: string
  readonly detail?: string
}
