import { resolve } from 'node:path'
import type { RawKubernetes, RawServiceAccounts } from './schema/credentials.ts'
import type { Loading } from './secrets.ts'
import type { KubernetesConfig, ServiceAccountsConfig } from './types.ts'

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

/** `serviceAccounts`, and whether anything has a use for `kubernetes`. */
export function buildServiceAccounts(
  { document }: Loading,
  { validation, audiences }: RawServiceAccounts,
): ServiceAccountsConfig {
  if (validation === 'off') {
    if (document.given('kubernetes')) {
      document.report(
        'kubernetes',
        'has no use without serviceAccounts.validation: set that to tokenReview or jwks, or remove kubernetes',
        { at: 'key' },
      )
    }
    if (audiences !== undefined) {
      document.report(
        'serviceAccounts.audiences',
        'has no use while validation is off: use tokenReview or jwks, or remove it',
        { at: 'key' },
      )
    }
  }
  return { validation, audiences }
}
