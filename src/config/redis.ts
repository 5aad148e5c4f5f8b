import type { RedisConfig } from './browser-types.ts'
import { isCertificateAuthority } from './certificate-authority.ts'
import { readCertificates, readPrivateKey } from './certificates.ts'
import { isBad, type RedisAddress, readRedisAddress } from './redis-address.ts'
import type { RawSession } from './schema/sign-in.ts'
import { type Loading, readNamedFile, reportFile } from './secrets.ts'

/** `session.redis`, with its files read; undefined where sessions are not kept there. */
export function buildRedis(
  loading: Loading,
  { store, redis: raw, cookie }: RawSession,
): RedisConfig | undefined {
  const { document } = loading
  const path = 'session.redis'
  if (store === 'cookie') {
    if (raw !== undefined) {
      document.report(path, 'has no use with store: cookie: remove it, or use store: redis', {
        at: 'key',
      })
    }
    return undefined
  }
  if (cookie.refresh) {
    document.report(
      'session.cookie.refresh',
      'has no use with store: redis, which keeps the refresh token itself: remove it',
      { at: 'key' },
    )
  }
  if (raw === undefined) {
    document.report('session.store', 'needs session.redis, with a urlFile that says where Redis is')
    return undefined
  }
  const address = readAddress(loading, `${path}.urlFile`, raw)
  const certificateAuthority = readRoots(loading, `${path}.certificateAuthorityFile`, raw)
  const clientCertificate = readClientCertificate(loading, path, raw)
  return address && { address, certificateAuthority, clientCertificate }
}

type RawRedis = NonNullable<RawSession['redis']>

function readClientCertificate(
  loading: Loading,
  path: string,
  { certFile, keyFile }: RawRedis,
): RedisConfig['clientCertificate'] {
  if (certFile === undefined && keyFile === undefined) return undefined
  if (certFile === undefined || keyFile === undefined) {
    const [given, missing] =
      certFile === undefined ? ['keyFile', 'certFile'] : ['certFile', 'keyFile']
    loading.document.report(`${path}.${given}`, `needs ${missing} beside it: one is no proof`, {
      at: 'key',
    })
    return undefined
  }
  const cert = readCertificates(loading, { path: `${path}.certFile`, name: certFile })
  const named = { path: `${path}.keyFile`, name: keyFile }
  const key = readPrivateKey(loading, { ...named, certificate: cert })
  return cert === undefined || key === undefined ? undefined : { cert, key }
}

/** The address holds a password: no message shows any of it. */
function readAddress(loading: Loading, path: string, raw: RawRedis): RedisAddress | undefined {
  const text = readNamedFile(loading, { path, name: raw.urlFile })
  if (text === undefined) return undefined
  const address = readRedisAddress(text, raw)
  return isBad(address) ? reportFile(loading, path, address.problem) : address
}

function readRoots(loading: Loading, path: string, raw: RawRedis): string | undefined {
  const name = raw.certificateAuthorityFile
  if (name === undefined) return undefined
  const text = readNamedFile(loading, { path, name })
  if (text === undefined || isCertificateAuthority(text)) return text
  return reportFile(loading, path, 'it must hold PEM certificates and nothing else')
}
