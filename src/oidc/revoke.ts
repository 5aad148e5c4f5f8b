import type { Logger } from 'pino'
import { DependencyError } from '../errors.ts'
import type { IssuedRefreshToken } from '../session/sessions.ts'
import type { Providers } from './provider/provider.ts'

/**
 * Tells the providers that refresh tokens are over, where they want to be told. Returns before anybody is
 * asked: a sign-out is over without the provider, and what fails is a line in the log.
 */
export type Revoke = (tokens: readonly IssuedRefreshToken[]) => void

export interface RevokeOptions {
  readonly providers: Pick<Providers, 'get'>
  readonly log: Logger
}

/** Of one sign-out: a browser has one session, and more only where somebody has planted theirs. */
const maxOfOne = 4
/** Waiting for their providers at once; beyond it a token is left to its end. */
const maxRunning = 100

/**
 * The {@link Revoke} of these providers
 * ({@link https://www.rfc-editor.org/rfc/rfc7009#section-2 RFC 7009 §2}). A token goes to the provider that
 * gave it, authenticated as at its token endpoint, and nowhere else.
 */
export function createRevoke({ providers, log }: RevokeOptions): Revoke {
  let running = 0

  const revoke = async ({ provider: id, refreshToken }: IssuedRefreshToken): Promise<void> => {
    const failed = (detail: string) =>
      log.warn({ provider: id, detail }, 'refresh token not revoked: it ends at its time')
    if (running >= maxRunning) return failed('too many at once')
    running += 1
    try {
      const answer = await providers.get(id)?.client.revoke(refreshToken)
      if (answer !== undefined && 'detail' in answer) failed(answer.detail)
    } catch (error) {
      // A bug, too, must not end the process; its message is not to be trusted with a token near.
      failed(error instanceof DependencyError ? error.message : 'a bug in Attaché')
    } finally {
      running -= 1
    }
  }

  return (tokens) => {
    for (const token of tokens.slice(0, maxOfOne)) void revoke(token)
  }
}
