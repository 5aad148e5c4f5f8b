import { hkdfSync } from 'node:crypto'
import type { Config } from './config/types.ts'

/** Keys that are rotated in steps, each only when every replica has the step before. */
export interface KeysInForce {
  /** Ids of `session.keysFile` in order; the first seals. Empty without sign-in. */
  readonly session: readonly string[]
  /** `kid`s of `identityToken.keysFile` in order; the first signs. Empty without identity tokens. */
  readonly identity: readonly string[]
}

/** What a metric can say of the keys: ids that give nothing of a key away. */
export function keysInForce({ session, identityToken }: Config): KeysInForce {
  return {
    session: session?.keys.map(idOf) ?? [],
    identity: identityToken?.keyIDs ?? [],
  }
}

function idOf(key: Uint8Array): string {
  return Buffer.from(hkdfSync('sha256', key, '', 'attache/key-id', 6)).toString('hex')
}
