/**
 * `gateway-pass/` makes and reads what one gateway tells the next about a request that it let through:
 * who it is of, what was reviewed, and until when that counts. Both gateways ask Attaché, so nobody else
 * has to be able to read it, and any replica with the same keys can.
 */
import type { Authenticated } from '../authn/authenticator.ts'
import type { ResourceAttributes } from '../authz/access.ts'
import type { GatewayPassConfig } from '../config/gateway-pass.ts'
import type { TooLarge } from '../identity-token/signer.ts'
import { createSealer, type Random } from '../session/seal.ts'
import { decodePass, encodePass, type GatewayPass } from './encoded-pass.ts'

/** Longer than any request takes from one gateway to the next, and short for whoever gets hold of one. */
const lifetimeMs = 60_000

/** How much later than ours another replica's clock may be. */
const clockToleranceMs = 60_000

/** What Envoy and upstreams take in one header line. */
const maxBytes = 8192

/** Passes of one user that are kept: one for each model that they call in turn. */
const maxKeptPerUser = 4

export type OpenedPass =
  | { readonly kind: 'pass'; readonly pass: GatewayPass }
  | {
      readonly kind: 'refused'
      readonly reason: 'credential-invalid' | 'credential-expired'
      readonly detail: string
    }

export interface GatewayPasses {
  /**
   * The pass of a user whose request was reviewed: good for at most a minute, and no longer than what they
   * have shown themselves, so that a request which came with a pass gets none that outlives it. The same
   * one while it has half of its life before it.
   */
  readonly seal: (user: Authenticated, reviewed: readonly ResourceAttributes[]) => string | TooLarge
  /** What stands in one, if Attaché has sealed it as a pass and its time is now. */
  readonly open: (sealed: string) => OpenedPass
}

export interface GatewayPassesOptions {
  readonly config: GatewayPassConfig
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly random: Random
}

interface Kept {
  readonly about: string
  readonly pass: string | TooLarge
  readonly renewAtMs: number
}

/** What is kept hangs on the user object and goes with it. */
export function createGatewayPasses({ config, now, random }: GatewayPassesOptions): GatewayPasses {
  const sealer = createSealer({ keys: config.keys, purpose: 'gateway-pass', random })
  const kept = new WeakMap<Authenticated, readonly Kept[]>()

  return {
    seal: (user, reviewed) => {
      // A pass for nothing would be a user without any bound.
      if (reviewed.length === 0) throw new TypeError('Cannot seal a gateway pass: nothing reviewed')
      const nowMs = now()
      const about = JSON.stringify(reviewed)
      const known = kept.get(user)?.filter(({ renewAtMs }) => nowMs < renewAtMs) ?? []
      const same = known.find((one) => one.about === about)
      if (same !== undefined) return same.pass
      const expiresAtMs = Math.floor(Math.min(nowMs + lifetimeMs, user.expiresAtMs))
      const sealed = sealer.seal(encodePass({ ...user, expiresAtMs, goodFor: reviewed }))
      const pass: Kept['pass'] =
        sealed.length > maxBytes ? { kind: 'too-large', bytes: sealed.length } : sealed
      const renewAtMs = nowMs + (expiresAtMs - nowMs) / 2
      kept.set(user, [{ about, pass, renewAtMs }, ...known.slice(0, maxKeptPerUser - 1)])
      return pass
    },
    open: (sealed) => {
      const text = sealed.length > maxBytes ? undefined : sealer.open(sealed)
      const pass = text === undefined ? undefined : decodePass(text)
      if (pass === undefined) {
        return refused('credential-invalid', 'is not one that Attaché has sealed with these keys')
      }
      const leftMs = pass.expiresAtMs - now()
      // Written so that what is no number is refused, too.
      if (!(leftMs > 0)) return refused('credential-expired', 'has ended')
      if (!(leftMs <= lifetimeMs + clockToleranceMs)) {
        return refused(
          'credential-invalid',
          'is from the future: compare the clocks of the replicas',
        )
      }
      return { kind: 'pass', pass }
    },
  }
}

function refused(reason: 'credential-invalid' | 'credential-expired', what: string): OpenedPass {
  return { kind: 'refused', reason, detail: `the gateway pass ${what}` }
}
