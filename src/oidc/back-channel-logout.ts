import type { Logger } from 'pino'
import type { HeaderLine } from '../headers/changes.ts'
import type { Sessions } from '../session/sessions.ts'
import { type LogoutTokenOptions, logoutTokenLifeMs, logoutTokenReader } from './logout-token.ts'

/** What the provider gets for an answer. */
export interface LogoutAnswer {
  readonly status: 200 | 400
  readonly headers: readonly HeaderLine[]
  readonly body: string
}

/** Ends the sessions that a form's `logout_token` is about. Never throws. */
export type BackChannelLogout = (form: string) => Promise<LogoutAnswer>

export interface BackChannelLogoutOptions extends LogoutTokenOptions {
  readonly sessions: Sessions
  readonly log: Logger
}

/** Longer than any logout token; what holds more is not looked at. Unit: characters. */
export const maxLogoutFormLength = 65_536

/**
 * The endpoint that a provider calls when somebody's session has ended there
 * ({@link https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRequest OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8}).
 * When it answers 200 the sessions are gone; for a token that it does not believe, and when the store
 * cannot be reached, it answers 400, as the specification wants.
 */
export function createBackChannelLogout(options: BackChannelLogoutOptions): BackChannelLogout {
  const { sessions, log } = options
  const readToken = logoutTokenReader(options)

  const follow = async (form: string): Promise<string | undefined> => {
    const token = tokenIn(form)
    if (token === undefined) return 'the form must have one logout_token'
    const read = await readToken(token)
    if (read.kind === 'bad') return `logout_token is refused: ${read.detail}`
    const { id, providers, subject, providerSession } = read
    let isReplayed = true
    for (const { id: provider } of providers) {
      const ended = await sessions.endAll({
        provider,
        subject,
        providerSession,
        logoutID: id,
        rememberMs: 2 * logoutTokenLifeMs,
      })
      // The provider's second attempt may be about those that the first one could not reach.
      if (ended === 'replayed') continue
      isReplayed = false
      log.info({ provider, by: providerSession === undefined ? 'sub' : 'sid' }, 'sessions ended')
    }
    return isReplayed ? 'logout_token is refused: it was used before' : undefined
  }

  return async (form) => {
    try {
      const fault = await follow(form)
      if (fault === undefined) return answer(200, '')
      log.warn({ detail: fault }, 'back-channel logout refused')
      return failure('invalid_request', fault)
    } catch (err) {
      log.error({ err }, 'back-channel logout failed, the sessions go on')
      return failure('server_error', 'the sessions could not be ended: try again')
    }
  }
}

/** Undefined unless there is exactly one, and not too long. */
function tokenIn(form: string): string | undefined {
  if (form.length > maxLogoutFormLength) return undefined
  const [token, ...others] = new URLSearchParams(form).getAll('logout_token')
  return token === '' || others.length > 0 ? undefined : token
}

/** As an error of a token endpoint, which §2.8 refers to. */
function failure(error: string, description: string): LogoutAnswer {
  return answer(400, `${JSON.stringify({ error, error_description: description })}\n`)
}

function answer(status: LogoutAnswer['status'], body: string): LogoutAnswer {
  const type: HeaderLine[] = body === '' ? [] : [['content-type', 'application/json']]
  return { status, headers: [...type, ['cache-control', 'no-store']], body }
}
