import { createSealer, type Random } from '../session/seal.ts'

export interface SignOutStatesOptions {
  readonly keys: readonly Uint8Array[]
  readonly random: Random
}

/**
 * The `state` of a sign-out at the provider: what comes back with it has been there, and so the page may
 * say that the provider's own session has ended too. It proves nothing more.
 */
export interface SignOutStates {
  readonly make: (provider: string, nowMs: number) => string
  /** `signIn.providers[].id`; undefined for what was not made here in the last ten minutes. */
  readonly read: (state: string, nowMs: number) => string | undefined
}

const lifeMs = 600_000
/** Far more than one has. */
const maxLength = 1024

/** The {@link SignOutStates} that are sealed with these keys. */
export function createSignOutStates({ keys, random }: SignOutStatesOptions): SignOutStates {
  const { seal, open } = createSealer({ keys, purpose: 'sign-out-state', random })
  return {
    make: (provider, nowMs) => seal(JSON.stringify({ provider, endsAtMs: nowMs + lifeMs })),
    read: (state, nowMs) => {
      const text = state.length > maxLength ? undefined : open(state)
      const kept: unknown = text === undefined ? undefined : JSON.parse(text)
      return isKept(kept) && nowMs < kept.endsAtMs ? kept.provider : undefined
    },
  }
}

interface Kept {
  readonly provider: string
  /** Milliseconds since the epoch. */
  readonly endsAtMs: number
}

/** Looks at little: the seal proves that Attaché wrote it. */
function isKept(value: unknown): value is Kept {
  return typeof value === 'object' && value !== null && 'endsAtMs' in value
}
