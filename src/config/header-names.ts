import type { Document } from './document.ts'
import type { Config } from './types.ts'

/** RFC 9110 §5.6.2 token, without `_`, which proxies drop or take for `-`. */
const headerName = /^[!#$%&'*+.^`|~0-9A-Za-z-]+$/

/** Names that steer connections, carry credentials or are somebody else's word. */
const reserved = new Set([
  'accept',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'date',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'location',
  'origin',
  'referer',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'via',
  'www-authenticate',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
  'x-request-id',
])
const reservedPrefixes = ['impersonate-', 'proxy-', 'sec-', 'x-attache-', 'x-envoy-']

interface RawNames {
  readonly kubeflow: Config['kubeflow']
  readonly headers: {
    readonly user: string
    readonly groups: string
    readonly email: string
    readonly idToken: string
  }
}

/** Names of identity headers in lower case; what is empty is switched off. */
export function buildHeaderNames(
  document: Document,
  raw: RawNames,
): Pick<Config, 'kubeflow' | 'headers'> {
  const section = (name: string, names: Readonly<Record<string, string>>) => {
    const taken = new Map<string, string>()
    for (const [key, value] of Object.entries(names)) {
      if (value === '') continue
      const path = `${name}.${key}`
      const lower = value.toLowerCase()
      const other = taken.get(lower)
      const fault =
        other === undefined ? headerNameFault(lower) : `must not be the name of ${other} too`
      if (fault !== undefined) document.report(path, `${fault}${document.got(path, value)}`)
      taken.set(lower, path)
    }
  }
  const { kubeflow, headers } = raw
  const { userHeader, groupsHeader } = kubeflow
  const { user, groups, email, idToken } = headers
  section('kubeflow', { userHeader, groupsHeader })
  section('headers', { user, groups, email, idToken })
  return {
    kubeflow: {
      userHeader: userHeader.toLowerCase(),
      groupsHeader: groupsHeader.toLowerCase(),
    },
    headers: {
      user: user.toLowerCase(),
      groups: optional(groups),
      email: optional(email),
      idToken: optional(idToken),
    },
  }
}

function optional(name: string): string | undefined {
  return name === '' ? undefined : name.toLowerCase()
}

/** What is wrong with a name, in lower case, for a header that says who somebody is. */
export function headerNameFault(name: string): string | undefined {
  if (name.includes('_')) return 'must not have an underscore, which proxies drop or take for "-"'
  if (!headerName.test(name)) return 'must be a header name: letters, digits and "-"'
  if (reserved.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix))) {
    return 'must not be a name that means something else on the way; use one of your own, such as x-auth-user'
  }
  return undefined
}

/** As {@link headerNameFault}, for what names begin with. */
export function headerPrefixFault(prefix: string): string | undefined {
  const covers = [...reserved, ...reservedPrefixes].some((name) => name.startsWith(prefix))
  return covers
    ? 'must not begin names that mean something else on the way; use one of your own, such as x-auth-extra-'
    : headerNameFault(prefix)
}
