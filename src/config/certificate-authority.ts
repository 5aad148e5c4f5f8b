import { readCertificate } from '../x509/certificate.ts'

/**
 * Whether a text is PEM with a certificate or more, as kube-apiserver reads a `certificateAuthority`: each
 * block stands in lines of its own; what is no base64 and what has headers is passed over, and then
 * everything that is left must be a certificate.
 */
export function isCertificateAuthority(pem: string): boolean {
  const found = [...pem.matchAll(block)].flatMap(([, body = '']) => decode(body) ?? [])
  return found.length > 0 && found.every((bytes) => readCertificate(bytes) !== undefined)
}

const block =
  /^-----BEGIN CERTIFICATE-----[ \t]*\r?\n([^-]*\n)?-----END CERTIFICATE-----[ \t]*\r?$/gm

function decode(body: string): Buffer | undefined {
  const bare = body.replaceAll(/[\r\n\t ]/g, '')
  const bytes = Buffer.from(bare, 'base64')
  return bytes.toString('base64') === bare ? bytes : undefined
}
