import { formatAddress, parseAddress } from './address.ts'
import { readCertificates, readPrivateKey } from './certificates.ts'
import type { RawListen } from './schema/listen.ts'
import { type Loading, readHeaderSecret } from './secrets.ts'
import type { Address, ListenConfig } from './types.ts'

/** Short ones can be guessed by whoever may ask often. */
const minCallerSecretLength = 16

/** `listen`, with its files read. */
export function buildListen(loading: Loading, raw: RawListen): ListenConfig {
  const { document } = loading
  const address = (key: 'grpc' | 'http' | 'pages' | 'admin') => readAddress(loading, key, raw[key])
  const listen = {
    grpc: address('grpc'),
    http: address('http'),
    pages: address('pages'),
    admin: address('admin'),
  }
  if (raw.grpc === undefined && raw.http === undefined) {
    document.report('listen', 'must name grpc or http, or Envoy has nobody to ask', { at: 'key' })
  }
  reportTwice(loading, listen)
  if (!isPathPrefix(raw.checkPathPrefix)) {
    const got = document.got('listen.checkPathPrefix', raw.checkPathPrefix)
    document.report(
      'listen.checkPathPrefix',
      `must be empty, or a path such as /check: with / at its start and none at its end${got}`,
    )
  }
  return {
    ...listen,
    tls: raw.tls === undefined ? undefined : buildTls(loading, raw.tls),
    callerSecret:
      raw.callerSecretFile === undefined
        ? undefined
        : readHeaderSecret(loading, {
            path: 'listen.callerSecretFile',
            name: raw.callerSecretFile,
            minLength: minCallerSecretLength,
          }),
    trustNetwork: raw.trustNetwork,
    checkPathPrefix: raw.checkPathPrefix,
    trustedHops: raw.trustedHops,
  }
}

function readAddress(
  { document }: Loading,
  key: string,
  text: string | undefined,
): Address | undefined {
  if (text === undefined) return undefined
  const address = parseAddress(text)
  if (address === undefined) {
    const path = `listen.${key}`
    document.report(path, `must be host:port, [IPv6]:port or unix:/path${document.got(path, text)}`)
  }
  return address
}

function reportTwice(
  { document }: Loading,
  listen: Readonly<Record<string, Address | undefined>>,
): void {
  const taken = new Map<string, string>()
  for (const [key, address] of Object.entries(listen)) {
    if (address === undefined || (address.kind === 'tcp' && address.port === 0)) continue
    const text = formatAddress(address)
    const other = taken.get(text)
    if (other !== undefined)
      document.report(`listen.${key}`, `must not be the address of listen.${other}`)
    taken.set(text, key)
  }
}

function buildTls(loading: Loading, raw: NonNullable<RawListen['tls']>): ListenConfig['tls'] {
  const cert = readCertificates(loading, { path: 'listen.tls.certFile', name: raw.certFile })
  const key = readPrivateKey(loading, {
    path: 'listen.tls.keyFile',
    name: raw.keyFile,
    certificate: cert,
  })
  const clientCA =
    raw.clientCAFile === undefined
      ? undefined
      : readCertificates(loading, { path: 'listen.tls.clientCAFile', name: raw.clientCAFile })
  return cert === undefined || key === undefined ? undefined : { cert, key, clientCA }
}

function isPathPrefix(text: string): boolean {
  return text === '' || (isPlainPath(text) && !text.endsWith('/'))
}

/** A path that reads the same raw and normalised, so that it can be compared as it is. */
export function isPlainPath(text: string): boolean {
  return /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)+\/?$/.test(text)
}
