import { readCertificate } from '../x509/certificate.ts'
import { readPemBlocks } from '../x509/pem.ts'
import { readRevocationList } from '../x509/revocation-list.ts'
import type { RawClientCertificates } from './schema/credentials.ts'
import { type Loading, type NamedFile, readNamedFile, reportFile } from './secrets.ts'
import type { CertificateSource, ClientCertificatesConfig } from './types.ts'

/** `clientCertificates`; undefined, and reported, when a file cannot be used. */
export function buildClientCertificates(
  loading: Loading,
  { source, clientCAFile, crlFile }: RawClientCertificates,
): ClientCertificatesConfig | undefined {
  const section = 'clientCertificates'
  reportSource(loading, { section, source })
  const clientCA = readRoots(loading, { path: `${section}.clientCAFile`, name: clientCAFile })
  const crl =
    crlFile === undefined
      ? undefined
      : readRevocationLists(loading, { path: `${section}.crlFile`, name: crlFile })
  return clientCA === undefined ? undefined : { source, clientCA, crl }
}

/** Reports a certificate that nobody could ever see: Envoy shows it over gRPC alone. */
export function reportSource(
  { document }: Loading,
  { section, source }: { readonly section: string; readonly source: CertificateSource },
): void {
  if (source !== 'checkRequest' || document.given('listen.grpc')) return
  document.report(
    document.given(`${section}.source`) ? `${section}.source` : section,
    'can see no certificate: Envoy shows it over gRPC alone. Set listen.grpc and ask there, or use source: xfcc behind an Envoy that sets x-forwarded-client-cert itself (SANITIZE_SET)',
    { at: document.given(`${section}.source`) ? 'value' : 'key' },
  )
}

/** The PEM text of roots; undefined, and reported, unless each certificate in it can be read. */
export function readRoots(loading: Loading, named: NamedFile): string | undefined {
  return readBlocks(loading, named, {
    label: 'CERTIFICATE',
    read: readCertificate,
    fault: 'it must hold one certificate or more, PEM',
  })
}

function readRevocationLists(loading: Loading, named: NamedFile): string | undefined {
  return readBlocks(loading, named, {
    label: 'X509 CRL',
    read: readRevocationList,
    fault:
      'it must hold one complete revocation list or more, PEM, each with the time of the next one',
  })
}

interface Blocks {
  readonly label: string
  readonly read: (bytes: Buffer) => object | undefined
  readonly fault: string
}

function readBlocks(
  loading: Loading,
  named: NamedFile,
  { label, read, fault }: Blocks,
): string | undefined {
  const pem = readNamedFile(loading, named)
  if (pem === undefined) return undefined
  const blocks = readPemBlocks(pem, label)
  const good = blocks.length > 0 && blocks.every((bytes) => bytes !== undefined && read(bytes))
  return good ? pem : reportFile(loading, named.path, fault)
}
