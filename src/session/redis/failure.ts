/** Why a command failed, in words that hold no part of it and no secret. */
export interface RedisFailure {
  readonly reason: string
  /** As while a connection is made anew or a replica takes over: a moment later it may well succeed. */
  readonly isPassing: boolean
}

/** The first word of an error reply, and what it says about Redis. */
const replies: Readonly<Record<string, string>> = {
  BUSY: 'a script keeps it busy',
  CLUSTERDOWN: 'its cluster is down',
  LOADING: 'it is loading its data',
  MASTERDOWN: 'it is a replica that has lost its primary',
  MISCONF: 'it cannot write its data to disk',
  NOAUTH: 'it wants a password',
  NOPERM: 'its access control does not permit a command that is needed',
  NOREPLICAS: 'it has too few replicas',
  OOM: 'its memory is full',
  READONLY: 'it is a replica, which takes no writes',
  WRONGPASS: 'it does not accept the user name and password',
}

const passing: ReadonlySet<string> = new Set(['CLUSTERDOWN', 'LOADING', 'MASTERDOWN', 'READONLY'])

/**
 * Says why. The error itself must go nowhere: it holds the command, values and passwords too, and some
 * replies repeat it.
 */
export function redisFailure(error: unknown): RedisFailure {
  if (!(error instanceof Error)) return { reason: 'it failed', isPassing: false }
  const { name, message } = error
  if ('lastNodeError' in error && error.lastNodeError instanceof Error) {
    return redisFailure(error.lastNodeError)
  }
  if (name === 'ReplyError') return replyFailure(message)
  const code = 'code' in error ? String(error.code) : ''
  // Of Node: ECONNREFUSED, ENOTFOUND, CERT_HAS_EXPIRED, ERR_TLS_CERT_ALTNAME_INVALID …
  if (/^[A-Z][A-Z0-9_]{2,60}$/.test(code)) return { reason: code, isPassing: true }
  if (message === 'Command timed out') return { reason: 'no answer in time', isPassing: false }
  // What the client heard from the last of the sentinels is a part of its own message.
  const [, last] = /^All sentinels are unreachable.* Last error: (.*)$/.exec(message) ?? []
  if (last === undefined) return { reason: 'no connection', isPassing: true }
  const [word = ''] = /\bE[A-Z]{4,12}\b/.exec(last) ?? []
  const reason = replies[replyCode(last)] ?? (word === '' ? 'no connection' : word)
  return { reason: `no sentinel is of use: ${reason}`, isPassing: true }
}

/** The first word of an error reply: `READONLY`, also where a script of Redis 6 met it, else `ERR`. */
export function replyCode(message: string): string {
  const [, within] = /^ERR Error running script .*? -([A-Z]+) /.exec(message) ?? []
  return within ?? /^[A-Z]+/.exec(message)?.[0] ?? ''
}

function replyFailure(message: string): RedisFailure {
  const code = replyCode(message)
  return { reason: replies[code] ?? 'it answers with an error', isPassing: passing.has(code) }
}
