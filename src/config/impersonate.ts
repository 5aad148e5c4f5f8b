import type { RawImpersonate } from './schema/routes.ts'
import { type Loading, readHeaderSecret } from './secrets.ts'
import type { ImpersonateConfig, RouteConfig, ServiceAccountsConfig } from './types.ts'

interface Surroundings {
  readonly routes: readonly RouteConfig[]
  /** Of ServiceAccounts; undefined when that cannot be used. */
  readonly validation: ServiceAccountsConfig['validation'] | undefined
}

/** `impersonate`, with Attaché's own token where a route hands it out. */
export function buildImpersonate(
  loading: Loading,
  raw: RawImpersonate,
  { routes, validation }: Surroundings,
): ImpersonateConfig {
  const { document } = loading
  const { credential, tokenFile, serviceAccounts } = raw
  const { systemIdentities, clientHeaders, originalUserExtra } = raw
  const { maxHeaderLines, maxHeaderBytes } = raw
  const impersonating = routes.filter(({ identity }) => identity === 'impersonate')
  if (credential === 'append' && document.given('listen.http')) {
    document.report(
      'impersonate.credential',
      'must not be append while listen.http is set: the appender reads what gRPC alone carries. Remove listen.http, or use attach or none',
    )
  }
  if (serviceAccounts === 'forward' && validation === 'off') {
    document.report(
      'impersonate.serviceAccounts',
      'must not be forward while serviceAccounts.validation is off: no token is known to be of a ServiceAccount then',
    )
  }
  for (const { name, authorization } of impersonating) {
    if (authorization !== 'token') continue
    document.report(
      `${name}.authorization`,
      'must not be token: the API server would see the user and the user impersonated at once. Remove it, or use identity: forward',
    )
  }
  return {
    credential,
    token: readToken(),
    serviceAccounts,
    systemIdentities,
    clientHeaders,
    originalUserExtra,
    maxHeaderLines,
    maxHeaderBytes,
  }

  function readToken(): string | undefined {
    if (credential === 'none') return undefined
    if (tokenFile !== undefined) {
      return readHeaderSecret(loading, {
        path: 'impersonate.tokenFile',
        name: tokenFile,
        minLength: 1,
      })
    }
    if (impersonating.length > 0) {
      const path = document.given('impersonate')
        ? 'impersonate.tokenFile'
        : `${impersonating[0]?.name}.identity`
      document.report(
        path,
        'TokenRequest for impersonate.serviceAccount is not available yet: set impersonate.tokenFile, or credential: none',
      )
    }
    return undefined
  }
}
