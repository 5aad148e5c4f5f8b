import { buildBasic } from './basic.ts'
import { buildClientCertificates } from './client-certificates.ts'
import { buildFrontProxy } from './front-proxy.ts'
import { buildKubernetes, buildServiceAccounts } from './kubernetes.ts'
import type { RawConfig } from './schema/config.ts'
import type { Loading } from './secrets.ts'
import type { Config } from './types.ts'

type Optional = 'clientCertificates' | 'frontProxy' | 'basic'
type Required = 'kubernetes' | 'serviceAccounts'

/** The sections about credentials besides `authentication`; what cannot be used is undefined. */
export type Credentials = { readonly [K in Optional | Required]: Config[K] | undefined }

/** Every one of these sections whose shape is right. */
export function buildCredentials(loading: Loading, raw: RawConfig): Credentials {
  const build = <K extends Optional | Required, T>(
    key: K,
    from: (loading: Loading, section: NonNullable<RawConfig[K]>) => T,
  ): T | undefined => {
    const section = raw[key]
    return loading.document.usable(key) && section !== undefined
      ? from(loading, section)
      : undefined
  }
  return {
    kubernetes: build('kubernetes', buildKubernetes),
    serviceAccounts: build('serviceAccounts', buildServiceAccounts),
    clientCertificates: build('clientCertificates', buildClientCertificates),
    frontProxy: build('frontProxy', buildFrontProxy),
    basic: build('basic', buildBasic),
  }
}
