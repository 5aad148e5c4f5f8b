/**
 * `headers/` makes all header output: what goes upstream as whom, and what a client may not send. The
 * order of defence: Envoy's pre-filter, the removals here, the upstream's own rights.
 */
import type { RequestHeaders } from '../check-input.ts'
import type { Config } from '../config/types.ts'

/** Prefixes of names that say who a request is, or that Attaché and Envoy use between themselves. */
const prefixes = ['impersonate-', 'kubeflow-', 'x-remote-', 'x-attache-']

/**
 * Removed from every allowed request unless set, seen or not: over HTTP a check shows only the headers
 * that Envoy was told to send, and a name that is not named here would pass.
 */
const fixedNames = [
  'impersonate-user',
  'impersonate-group',
  'impersonate-uid',
  'x-remote-user',
  'x-remote-group',
  'x-remote-uid',
  'x-attache-decision',
  'x-attache-caller',
  'x-attache-source',
  'x-attache-connection',
  'x-attache-upgrade',
  'x-attache-requested-impersonate-user',
  'x-attache-requested-impersonate-group',
  'x-attache-requested-impersonate-uid',
  // Envoy's own marks, which it does not take from clients (envoy-ext-authz: failure_mode_allow).
  'x-envoy-auth-failure-mode-allowed',
  'x-envoy-auth-partial-body',
]

/** Which names of a client are identity, in any spelling. */
export interface IdentityNames {
  /** Lower-case; always to be removed. */
  readonly fixed: readonly string[]
  /** True for a lower-case name that reads as an identity header with `_` for `-`. */
  readonly isIdentity: (name: string) => boolean
  /** The identity names of a request that are none of the fixed ones: of the client's own making. */
  readonly spoofed: (request: RequestHeaders) => readonly string[]
}

/** The identity names of a configuration: the fixed ones and those that it names itself. */
export function identityNames({ kubeflow, headers, frontProxy }: Config): IdentityNames {
  const ofFrontProxy = [
    ...(frontProxy?.usernameHeaders ?? []),
    ...(frontProxy?.uidHeaders ?? []),
    ...(frontProxy?.groupHeaders ?? []),
  ]
  const starts = [...prefixes, ...(frontProxy?.extraHeaderPrefixes ?? [])].map(dashed)
  const configured = [
    kubeflow.userHeader,
    kubeflow.groupsHeader,
    headers.user,
    headers.groups,
    headers.email,
    headers.idToken,
    ...ofFrontProxy,
    ...ofFrontProxy.map((name) => `x-attache-requested-${name}`),
  ].filter((name) => name !== undefined)
  const fixed = [...new Set([...fixedNames, ...configured])]
  const spelled = new Set(fixed.map(dashed))
  // Most headers of a request begin with another letter, and this is asked of each of them.
  const initials = new Set([...spelled, ...starts].map((text) => text.charCodeAt(0)))
  const isIdentity = (name: string) => {
    if (!initials.has(name.charCodeAt(0))) return false
    const spelling = dashed(name)
    return spelled.has(spelling) || starts.some((prefix) => spelling.startsWith(prefix))
  }
  const isSpoofed = (name: string) => isIdentity(name) && !fixed.includes(name)
  const spoofed: IdentityNames['spoofed'] = (request) => {
    const found: string[] = []
    for (const name of request.keys()) if (isSpoofed(name)) found.push(name)
    return found
  }
  return { fixed, isIdentity, spoofed }
}

/** CGI, WSGI and nginx fold `_` and `-` into one name, so the two are one name here. */
function dashed(name: string): string {
  return name.includes('_') ? name.replaceAll('_', '-') : name
}

/** True when a client asked to act as somebody: itself, or as the pre-filter renamed it. */
export function isImpersonationName(name: string): boolean {
  const spelling = dashed(name)
  return (
    spelling.startsWith('impersonate-') || spelling.startsWith('x-attache-requested-impersonate-')
  )
}
