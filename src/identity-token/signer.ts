/**
 * `identity-token/` makes Attaché's own JWTs: one issuer that a mesh can trust, whatever the user has
 * signed in with.
 */
import { createPrivateKey } from 'node:crypto'
import { type JWTPayload, SignJWT } from 'jose'
import type { Authenticated } from '../authn/authenticator.ts'
import type { IdentityTokenConfig } from '../config/identity-token.ts'

/** A user whose token would be longer than `identityToken.maxBytes`. */
export interface TooLarge {
  readonly kind: 'too-large'
  readonly bytes: number
}

/** The token of a user for an audience: the same one while it has half of its life before it. */
export type IdentityTokens = (
  user: Authenticated,
  audience: string,
) => string | TooLarge | Promise<string | TooLarge>

export interface IdentityTokensOptions {
  readonly config: IdentityTokenConfig
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

interface Kept {
  readonly token: string | TooLarge
  readonly renewAtMs: number
}

interface Wanted {
  readonly user: Authenticated
  readonly audience: string
}

/** Audiences come from the configuration alone, so there are few. */
type KeptTokens = Map<string, Kept | Promise<Kept>>

/**
 * Signs with the first key. A token says `sub`, `groups` as a list and a verified `email`, and never
 * lives longer than what the user has shown. What is kept hangs on the user object and goes with it.
 */
export function createIdentityTokens({ config, now }: IdentityTokensOptions): IdentityTokens {
  const { issuer, signingKey, lifetimeMs, maxBytes } = config
  const key = createPrivateKey(signingKey.pem)
  const header = { alg: signingKey.algorithm, kid: signingKey.keyID, typ: 'JWT' }
  const kept = new WeakMap<Authenticated, KeptTokens>()

  const sign = async ({ user, audience }: Wanted): Promise<Kept> => {
    const nowMs = now()
    const expiresAtMs = Math.min(nowMs + lifetimeMs, user.expiresAtMs)
    const payload: JWTPayload = {
      iss: issuer,
      sub: user.user.name,
      aud: audience,
      iat: Math.floor(nowMs / 1000),
      exp: Math.floor(expiresAtMs / 1000),
      groups: [...user.user.groups],
      ...(user.email === undefined ? {} : { email: user.email }),
    }
    const token = await new SignJWT(payload).setProtectedHeader(header).sign(key)
    return {
      token: token.length > maxBytes ? { kind: 'too-large', bytes: token.length } : token,
      renewAtMs: nowMs + (expiresAtMs - nowMs) / 2,
    }
  }

  const renew = (tokens: KeptTokens, { user, audience }: Wanted): Promise<Kept> => {
    const signing = sign({ user, audience }).then(
      (made) => {
        tokens.set(audience, made)
        return made
      },
      (error: unknown) => {
        tokens.delete(audience)
        throw error
      },
    )
    tokens.set(audience, signing)
    return signing
  }

  return (user, audience) => {
    const tokens: KeptTokens = kept.get(user) ?? new Map()
    if (tokens.size === 0) kept.set(user, tokens)
    const known = tokens.get(audience)
    if (known instanceof Promise) return known.then(({ token }) => token)
    if (known !== undefined && now() < known.renewAtMs) return known.token
    return renew(tokens, { user, audience }).then(({ token }) => token)
  }
}
