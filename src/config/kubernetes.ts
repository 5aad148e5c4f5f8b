import { resolve } from 'node:path'
import type { Document } from './document.ts'
import type { RawKubernetes, RawServiceAccounts } from './schema/credentials.ts'
import type { Loading } from './secrets.ts'
import type {
  ImpersonatorSource,
  KubernetesConfig,
  RouteConfig,
  ServiceAccountsConfig,
} from './types.ts'

/**
 * `kubernetes`. Its files are not read here: whoever checks a configuration elsewhere has no pod's
 * files, and in a pod they may come late.
 */
export function buildKubernetes(
  { document, folder }: Loading,
  raw: RawKubernetes,
): KubernetesConfig | undefined {
  const path = 'kubernetes.server'
  const fault = serverFault(raw.server)
  if (fault !== undefined) {
    document.report(path, `${fault}${document.got(path, raw.server)}`)
    return undefined
  }
  return {
    server: new URL(raw.server),
    certificateAuthorityFile: resolve(folder, raw.certificateAuthorityFile),
    tokenFile: resolve(folder, raw.tokenFile),
  }
}

function serverFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL such as https://kubernetes.default.svc'
  const { protocol, username, password } = new URL(text)
  if (protocol !== 'https:') return "must be an https URL, as Attaché's own token is sent there"
  if (username !== '' || password !== '') return 'must not name a user'
  return /[?#]/.test(text) ? 'must have no query and no fragment' : undefined
}

/** `serviceAccounts`. */
export function buildServiceAccounts(
  { document }: Loading,
  { validation, audiences }: RawServiceAccounts,
): ServiceAccountsConfig {
  if (validation === 'off' && audiences !== undefined) {
    document.report(
      'serviceAccounts.audiences',
      'has no use while validation is off: use tokenReview or jwks, or remove it',
      { at: 'key' },
    )
  }
  return { validation, audiences }
}

/** A section for an API server that nothing asks is something that somebody believes to be in force. */
export function reportUnusedKubernetes(
  document: Document,
  {
    routes,
    validation,
  }: {
    readonly routes: readonly RouteConfig[]
    /** Of ServiceAccounts; undefined when that cannot be used. */
    readonly validation: ServiceAccountsConfig['validation'] | undefined
  },
): void {
  if (!document.given('kubernetes') || validation !== 'off' || !document.usable('routes')) return
  if (routes.some(isReviewed) || document.given('impersonate.serviceAccount')) return
  document.report(
    'kubernetes',
    'has no use: nothing asks the API server. Use serviceAccounts.validation, impersonate.serviceAccount, or subjectAccessReview or allowImpersonation on a route, or remove kubernetes',
    { at: 'key' },
  )
}

function isReviewed({ subjectAccessReview, allowImpersonation }: RouteConfig): boolean {
  return subjectAccessReview !== undefined || allowImpersonation
}

/**
 * Whoever gets the impersonator's token, which a check hands out, must not get with it what the other one
 * may: to review anybody's token and rights.
 */
export function reportSharedToken(
  document: Document,
  {
    routes,
    validation,
    impersonator,
    tokenFile,
  }: {
    readonly routes: readonly RouteConfig[]
    readonly validation: ServiceAccountsConfig['validation']
    readonly impersonator: ImpersonatorSource | undefined
    /** Of `kubernetes`, absolute. */
    readonly tokenFile: string
  },
): void {
  if (impersonator?.kind !== 'file' || impersonator.path !== tokenFile) return
  if (validation === 'off' && !routes.some(isReviewed)) return
  document.report(
    'impersonate.tokenFile',
    'must not be kubernetes.tokenFile: give the impersonator a ServiceAccount of its own, so that its token can do nothing else',
  )
}
