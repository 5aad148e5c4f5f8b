import { createPrivateKey, X509Certificate } from 'node:crypto'
import { type Loading, type NamedFile, readNamedFile, reportFile } from './secrets.ts'

/** All certificates of a PEM text; undefined when there is none or one cannot be read. */
function parseCertificates(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)
  try {
    return blocks?.map((block) => new X509Certificate(block))
  } catch {
    return undefined
  }
}

/** The PEM text of a file; undefined, and reported, unless it holds certificates that can be read. */
export function readCertificates(loading: Loading, named: NamedFile): string | undefined {
  const pem = readNamedFile(loading, named)
  if (pem === undefined || parseCertificates(pem) !== undefined) return pem
  return reportFile(loading, named.path, 'it must hold one certificate or more, PEM')
}

/** The PEM text of a file; undefined, and reported, unless it holds the key of the certificate. */
export function readPrivateKey(
  loading: Loading,
  { path, name, certificate }: NamedFile & { readonly certificate: string | undefined },
): string | undefined {
  const pem = readNamedFile(loading, { path, name })
  if (pem === undefined) return undefined
  const leaf = certificate === undefined ? undefined : parseCertificates(certificate)?.[0]
  try {
    const key = createPrivateKey(pem)
    if (leaf === undefined || leaf.checkPrivateKey(key)) return pem
  } catch {
    return reportFile(loading, path, 'it must hold one private key, PEM, without a passphrase')
  }
  return reportFile(loading, path, 'this key does not belong to the certificate of certFile')
}
