import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseServiceAccount } from '../kubernetes/names.ts'
import type { CompileCondition } from './expressions.ts'
import { buildImpersonateExtra } from './impersonate-extra.ts'
import type { RawImpersonate } from './schema/routes.ts'
import { type Loading, reportFile } from './secrets.ts'
import type {
  ImpersonateConfig,
  ImpersonatorSource,
  RouteConfig,
  ServiceAccountsConfig,
} from './types.ts'

interface Surroundings {
  readonly routes: readonly RouteConfig[]
  /** Of ServiceAccounts; undefined when that cannot be used. */
  readonly validation: ServiceAccountsConfig['validation'] | undefined
  readonly compileCondition: CompileCondition
}

/** `impersonate`, and whose token is handed out where a route does that. */
export function buildImpersonate(
  loading: Loading,
  raw: RawImpersonate,
  { routes, validation, compileCondition }: Surroundings,
): ImpersonateConfig {
  const { document } = loading
  const { credential, tokenFile, serviceAccount, serviceAccounts } = raw
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
    impersonator: credential === 'none' ? undefined : readSource(),
    serviceAccounts,
    systemIdentities,
    clientHeaders,
    originalUserExtra,
    maxHeaderLines,
    maxHeaderBytes,
    extra: document.usable('impersonate.extra')
      ? buildImpersonateExtra(document, raw.extra, { impersonating, compile: compileCondition })
      : [],
  }

  function readSource(): ImpersonatorSource | undefined {
    if (tokenFile !== undefined && serviceAccount !== undefined) {
      document.report('impersonate.serviceAccount', 'must not stand beside tokenFile: remove one')
      return undefined
    }
    if (tokenFile !== undefined) return tokenIn(loading, tokenFile)
    if (serviceAccount !== undefined) return accountNamed(loading, serviceAccount)
    if (impersonating.length > 0) {
      const path = document.given('impersonate')
        ? 'impersonate'
        : `${impersonating[0]?.name}.identity`
      document.report(
        path,
        "needs a token of Attaché's own: set impersonate.serviceAccount or .tokenFile, or credential: none",
      )
    }
    return undefined
  }
}

/** Its content is read when it is used, and again as it rotates: a reload would forget everybody. */
function tokenIn(loading: Loading, name: string): ImpersonatorSource {
  const path = resolve(loading.folder, name)
  if (!existsSync(path)) {
    const why = 'there is no such file (relative to the folder of this file)'
    reportFile(loading, 'impersonate.tokenFile', why)
  }
  return { kind: 'file', path }
}

function accountNamed({ document }: Loading, text: string): ImpersonatorSource | undefined {
  const account = parseServiceAccount(text)
  if (account !== undefined) return { kind: 'service-account', ...account }
  const path = 'impersonate.serviceAccount'
  document.report(path, `must be NAMESPACE/NAME${document.got(path, text)}`)
  return undefined
}
