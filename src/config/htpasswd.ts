/** What a file of passwords holds, and what is wrong with it, by line. */
export interface Htpasswd {
  /** Login to bcrypt hash. */
  readonly hashes: ReadonlyMap<string, string>
  /** Never quotes a line. */
  readonly faults: readonly string[]
}

/**
 * Reads `LOGIN:HASH` lines as `htpasswd -B` writes them; empty lines and those that begin with `#` count
 * for nothing. No other hash than bcrypt is taken: the older ones can be tried by the billion.
 */
export function parseHtpasswd(text: string): Htpasswd {
  const hashes = new Map<string, string>()
  const lines = new Map<string, number>()
  const faults: string[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd()
    if (line === '' || line.startsWith('#')) continue
    const number = index + 1
    const [, login, hash = ''] = /^([^:]*):(.*)$/.exec(line) ?? []
    const first = lines.get(login ?? '')
    const fault = login === undefined ? 'is not LOGIN:HASH' : (loginFault(login) ?? hashFault(hash))
    if (fault !== undefined) faults.push(`line ${number} ${fault}`)
    else if (first !== undefined) faults.push(`line ${number} has the login of line ${first}`)
    if (login === undefined) continue
    lines.set(login, first ?? number)
    hashes.set(login, hash)
  }
  return { hashes, faults }
}

/** What is wrong with a login; {@link https://www.rfc-editor.org/rfc/rfc7617#section-2 RFC 7617 §2}. */
export function loginFault(login: string): string | undefined {
  if (login === '') return 'has an empty login'
  if (login.includes(':')) return 'has a colon in the login, which ends it in a request'
  if (/\p{Cc}/u.test(login)) return 'has a control character in the login'
  return login === login.trim() ? undefined : 'has a blank at an end of the login'
}

/** 2^14 rounds take about a second; 2^31 would take a day. Below 4 there is no bcrypt. */
const costs = { min: 4, max: 14 }

function hashFault(hash: string): string | undefined {
  const [, cost] = /^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$/.exec(hash) ?? []
  if (cost === undefined) {
    return 'has no bcrypt hash ($2y$, $2b$ or $2a$): make the line with htpasswd -nB LOGIN'
  }
  const outside = Number(cost) < costs.min || Number(cost) > costs.max
  return outside ? `has a cost of bcrypt outside of ${costs.min} to ${costs.max}` : undefined
}
