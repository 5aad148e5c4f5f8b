import type { RequestHeaders } from '../../check-input.ts'
import type { FrontProxyConfig } from '../../config/types.ts'
import { decodeKey, type RequestedHeaders, readRequested } from '../../headers/requested.ts'
import type { UserInfo } from '../../user.ts'
import { commonNameOf } from '../../x509/name.ts'
import { authenticated } from '../authenticated.ts'
import type { Authenticator, Outcome } from '../authenticator.ts'
import { noCredential } from '../authenticator.ts'
import { rejected } from '../rejected.ts'
import { createCertificateVerifier } from './verifier.ts'

/**
 * Authenticates whoever a proxy in front of Envoy names in headers, as kube-apiserver does with
 * `--requestheader-client-ca-file`: they are believed only on a connection with the proxy's own
 * certificate, and only as the pre-filter shows them.
 */
export function frontProxy(
  config: FrontProxyConfig,
  { now }: { readonly now: () => number },
): Authenticator {
  const { source, clientCA, allowedNames } = config
  const verify = createCertificateVerifier({
    source,
    clientCA,
    // As in kube-apiserver, no list says anything about a front proxy.
    crl: undefined,
    now,
    interpret: (leaf, untilMs) => {
      const name = commonNameOf(leaf.subjectAttributes)
      const isAllowed = allowedNames.length === 0 || allowedNames.includes(name)
      return { isAllowed, untilMs }
    },
  })
  const readUser = userReader(config)
  return ({ headers, ...rest }) => {
    const found = verify({ headers, ...rest })
    if (found === undefined) return noCredential
    if (found.kind === 'rejected') return found
    const { isAllowed, untilMs } = found.meaning
    if (!isAllowed) return rejected('credential-untrusted', 'not the name of a front proxy')
    return readUser(headers, untilMs)
  }
}

/** Makes what turns the headers of a trusted proxy into a user. */
function userReader(
  config: FrontProxyConfig,
): (headers: RequestHeaders, untilMs: number) => Outcome {
  const { usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes } = config
  const names = new Set([...usernameHeaders, ...uidHeaders, ...groupHeaders])
  const isWanted = (name: string) =>
    names.has(name) || extraHeaderPrefixes.some((start) => name.startsWith(start))

  return (headers, untilMs) => {
    // Envoy has joined their lines. And who leaves them there leaves to a client what names the user.
    const direct = [...headers.keys()].find(isWanted)
    if (direct !== undefined) {
      const detail = `"${direct}" came past the pre-filter: add it to the table at its top`
      return rejected('credential-malformed', detail)
    }
    const requested = readRequested(headers, isWanted)
    if (requested === undefined) return malformed('a header of the front proxy is not readable')
    const name = firstValue(requested, usernameHeaders)
    if (name === '') return noCredential
    const extra = readExtra(requested, extraHeaderPrefixes)
    if (extra === undefined) return malformed('the key of an extra is not UTF-8')
    const uid = firstValue(requested, uidHeaders)
    const groups = groupHeaders.flatMap(requested.lines).filter((group) => group !== '')
    return authenticated({ name, uid, groups, extra }, { by: 'front-proxy', expiresAtMs: untilMs })
  }
}

/** Of each header only the first line counts, and of the headers the first that is not empty. */
function firstValue({ lines }: RequestedHeaders, names: readonly string[]): string {
  return names.map((name) => lines(name)[0] ?? '').find((value) => value !== '') ?? ''
}

/** Undefined when a key has bytes that are no text; kube-apiserver would carry them on. */
function readExtra(
  requested: RequestedHeaders,
  prefixes: readonly string[],
): UserInfo['extra'] | undefined {
  const extra = new Map<string, readonly string[]>()
  for (const prefix of prefixes) {
    for (const name of requested.namesWith(prefix)) {
      const key = decodeKey(name.slice(prefix.length))
      if (key === undefined) return undefined
      extra.set(key, [...(extra.get(key) ?? []), ...requested.lines(name)])
    }
  }
  return extra
}

function malformed(detail: string): Outcome {
  return rejected('credential-malformed', detail)
}
