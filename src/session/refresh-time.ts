import type { Random } from './seal.ts'

/** Up to this share earlier, so that sessions of one morning do not all come at once. */
const jitterShare = 0.1

/**
 * So long before its end no upstream gets an ID token any more: it must arrive while it is good. Longer,
 * and one of a few seconds would never be.
 */
const travelMs = 1_000

/** It is renewed a tenth of its life before that, but no sooner than this before its end. */
const maxMarginMs = 60_000
const marginShare = 0.1

/** Never sooner, whatever the provider's clock says: each refresh is a call. */
const soonestMs = 1_000

/** Until when an ID token with this `exp` is sent on; both in milliseconds since the epoch. */
export function goodUntil(idTokenExpiresAtMs: number): number {
  return idTokenExpiresAtMs - travelMs
}

/** `ms`, or up to a tenth of it less. */
export function jittered(ms: number, random: Random): number {
  return ms - Math.floor(ms * jitterShare * fraction(random))
}

export interface RefreshTimeOptions {
  readonly nowMs: number
  readonly refreshAfterMs: number
  /** `exp` of an ID token that is sent on; undefined where none is kept. */
  readonly idTokenExpiresAtMs: number | undefined
  readonly random: Random
}

/**
 * When a session with a refresh token is to be refreshed, milliseconds since the epoch. The margin
 * covers a provider's clock that is up to a minute ahead of ours, for tokens that live ten minutes or more.
 */
export function refreshTime(options: RefreshTimeOptions): number {
  const { nowMs, refreshAfterMs, idTokenExpiresAtMs = Number.POSITIVE_INFINITY, random } = options
  const leftMs = idTokenExpiresAtMs - nowMs
  const beforeExpiryMs = leftMs - Math.min(maxMarginMs, travelMs + leftMs * marginShare)
  const afterMs = Math.min(jittered(refreshAfterMs, random), beforeExpiryMs)
  return nowMs + Math.max(soonestMs, Math.floor(afterMs))
}

function fraction(random: Random): number {
  const [high = 0, low = 0] = random(2)
  return (high * 256 + low) / 65_536
}
