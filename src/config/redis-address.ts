/** An address of `session.redis.urlFile`, taken apart. Has secrets in it. */
export interface RedisAddress {
  /** What the nodes are: the server, the sentinels that know it, or some nodes of a Cluster. */
  readonly kind: 'server' | 'sentinels' | 'cluster'
  /** At least one; for `server` exactly one. */
  readonly nodes: readonly [RedisNode, ...RedisNode[]]
  readonly isTls: boolean
  /** Of the servers; undefined: none is shown. */
  readonly login: RedisLogin | undefined
  /** Of the sentinels themselves; undefined: none is shown. */
  readonly sentinelLogin: RedisLogin | undefined
  /** What the sentinels call the primary; empty for other kinds. */
  readonly primaryName: string
  readonly database: number
}

export interface RedisNode {
  readonly host: string
  readonly port: number
}

export interface RedisLogin {
  /** Undefined: the default user. */
  readonly username: string | undefined
  readonly password: string
}

/** An address that cannot be used; `problem` says why and quotes nothing of it. */
export interface BadRedisAddress {
  readonly problem: string
}

const form =
  /^(rediss?)(\+sentinel)?:\/\/(?:([^/?#]*)@)?([^/?#@]+)(?:\/([^?#]*))?(?:\?([^#]*))?(#.*)?$/
const nodeForm = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/
const maxDatabase = 65_535

/**
 * Reads `redis[s]://[[user]:password@]host[:port][/database]`, several `host:port` for a Cluster, and
 * `redis[s]+sentinel://[[user]:password@]host[:port],…/primary[/database]` with the sentinels' own
 * `?sentinelUsername=…&sentinelPassword=…`. Names and passwords are percent-encoded.
 * @see {@link https://www.iana.org/assignments/uri-schemes/prov/redis the scheme redis at IANA}
 */
export function readRedisAddress(
  url: string,
  { cluster }: { readonly cluster: boolean },
): RedisAddress | BadRedisAddress {
  const match = form.exec(url)
  if (match === null) {
    return bad(
      'it must be redis://…, rediss://… or redis+sentinel://host:port,…/name-of-the-primary',
    )
  }
  const [, scheme, sentinel, userinfo, hosts = '', path = '', query = '', fragment] = match
  if (fragment !== undefined) return bad('it has a "#": write one in a password as %23')
  const kind = sentinel !== undefined ? 'sentinels' : cluster ? 'cluster' : 'server'
  if (sentinel !== undefined && cluster) {
    return bad('a Cluster has no Sentinel: name its nodes, or cluster: false')
  }
  const defaultPort = kind === 'sentinels' ? 26_379 : 6379
  const [first, ...more] = hosts.split(',').map((host) => readNode(host, defaultPort))
  if (first === undefined || !more.every((node) => node !== undefined)) {
    return bad('it has a host that is none')
  }
  if (kind === 'server' && more.length > 0) {
    return bad('it names several hosts: a Cluster needs cluster: true, Sentinel redis+sentinel://')
  }
  const segments = decodeAll(path.split('/'))
  const login = userinfo === undefined ? undefined : readUserinfo(userinfo)
  const sentinelLogin = readQuery(query, kind)
  if (segments === undefined) return bad('it has a "%" that encodes nothing')
  if (isBad(login)) return login
  if (isBad(sentinelLogin)) return sentinelLogin
  const primaryName = kind === 'sentinels' ? (segments.shift() ?? '') : ''
  if (kind === 'sentinels' && primaryName === '') {
    return bad('it must end in the name by which the sentinels know the primary: …/name')
  }
  const database = readDatabase(segments)
  if (database === undefined) return bad('its path must be the number of a database, or nothing')
  if (kind === 'cluster' && database !== 0) return bad('a Cluster has database 0 alone')
  const isTls = scheme === 'rediss'
  return { kind, nodes: [first, ...more], isTls, login, sentinelLogin, primaryName, database }
}

/** Whether {@link readRedisAddress} found fault with it. */
export function isBad(value: object | undefined): value is BadRedisAddress {
  return value !== undefined && 'problem' in value
}

function bad(problem: string): BadRedisAddress {
  return { problem }
}

function readNode(text: string, defaultPort: number): RedisNode | undefined {
  const [, ip, name, digits] = nodeForm.exec(text) ?? []
  const host = ip ?? name
  const port = digits === undefined ? defaultPort : Number(digits)
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}

function readUserinfo(text: string): RedisLogin | BadRedisAddress | undefined {
  if (text === '' || text === ':') return undefined
  const colon = text.indexOf(':')
  // Clients disagree which of the two a single word is.
  if (colon === -1) return bad('before "@" it must have user:password, or :password')
  const [username, password] = decodeAll([text.slice(0, colon), text.slice(colon + 1)]) ?? []
  if (username === undefined || password === undefined) {
    return bad('it has a "%" that encodes nothing: write one in a password as %25')
  }
  return toLogin(username, password)
}

function readQuery(
  text: string,
  kind: RedisAddress['kind'],
): RedisLogin | BadRedisAddress | undefined {
  const query = new URLSearchParams(text)
  const names = [...query.keys()]
  const known = kind === 'sentinels' ? ['sentinelUsername', 'sentinelPassword'] : []
  if (!names.every((name) => known.includes(name)) || new Set(names).size < names.length) {
    return bad(
      'after "?" it may have sentinelUsername and sentinelPassword, with redis+sentinel:// alone',
    )
  }
  return toLogin(query.get('sentinelUsername') ?? '', query.get('sentinelPassword') ?? '')
}

function toLogin(username: string, password: string): RedisLogin | BadRedisAddress | undefined {
  if (password !== '') return { username: username === '' ? undefined : username, password }
  return username === '' ? undefined : bad('it has the name of a user and no password')
}

function readDatabase([text = '', ...more]: readonly string[]): number | undefined {
  if (more.some((segment) => segment !== '')) return undefined
  if (text === '') return 0
  return /^\d{1,5}$/.test(text) && Number(text) <= maxDatabase ? Number(text) : undefined
}

function decodeAll(texts: readonly string[]): string[] | undefined {
  try {
    return texts.map(decodeURIComponent)
  } catch {
    return undefined
  }
}
