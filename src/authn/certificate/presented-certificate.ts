import type { CheckInput } from '../../check-input.ts'
import type { CertificateSource } from '../../config/types.ts'
import { decodePercent } from '../../headers/requested.ts'
import { type Certificate, readCertificate } from '../../x509/certificate.ts'
import { readPemOnly } from '../../x509/pem.ts'
import type { Rejected } from '../authenticator.ts'
import { rejected } from '../rejected.ts'
import { readXfcc } from './xfcc.ts'

/** What Envoy says of the client's certificate: enough to tell two apart, and nothing decoded yet. */
export interface Presented {
  readonly kind: 'presented'
  /** Where it was said, as it was said. */
  readonly text: string
  readonly source: CertificateSource
}

/** A certificate that can be read, and what came with it. Nobody has verified either. */
export interface PresentedCertificate {
  readonly kind: 'certificate'
  readonly leaf: Certificate
  readonly intermediates: readonly Certificate[]
}

/** Longest text that is read, in characters: room for a chain of ten and more. */
const maxLength = 65_536

/** CAs between a client's certificate and a root that are looked at; more nobody has. */
const maxIntermediates = 10

/** What Envoy says where it was told to say it; undefined when the client has shown no certificate. */
export function findPresented(
  { certificate, headers }: CheckInput,
  source: CertificateSource,
): Presented | undefined {
  const text = source === 'checkRequest' ? certificate : headers.get('x-forwarded-client-cert')
  return text === undefined ? undefined : { kind: 'presented', text, source }
}

/** Reads it. What is not exactly one certificate is nobody's. */
export function readPresented({ text, source }: Presented): PresentedCertificate | Rejected {
  if (text.length > maxLength) return malformed('the certificate is too long')
  return source === 'checkRequest' ? readPeer(text) : readForwarded(text)
}

function readPeer(text: string): PresentedCertificate | Rejected {
  const certificates = readCertificates(text)
  const [leaf, ...more] = certificates ?? []
  if (leaf === undefined || more.length > 0) {
    return malformed('source.certificate is not one certificate')
  }
  return { kind: 'certificate', leaf, intermediates: [] }
}

function readForwarded(text: string): PresentedCertificate | Rejected {
  const read = readXfcc(text)
  if (read.kind === 'refused') return rejected('ambiguous-credential', read.detail)
  const { hash, cert, chain = '' } = read.certificate
  const [leaf, ...more] = readCertificates(cert) ?? []
  if (leaf === undefined || more.length > 0) {
    return malformed('Cert of x-forwarded-client-cert is not one certificate')
  }
  // Envoy writes the Hash, and before anything that the client can have chosen.
  if (leaf.fingerprint !== hash.toLowerCase()) {
    return rejected('ambiguous-credential', 'Hash and Cert of x-forwarded-client-cert differ')
  }
  const whole = readCertificates(chain)
  if (whole === undefined) return malformed('Chain of x-forwarded-client-cert is not certificates')
  const intermediates = whole.filter(({ raw }) => !raw.equals(leaf.raw))
  if (intermediates.length > maxIntermediates) return malformed('the chain is too long')
  return { kind: 'certificate', leaf, intermediates }
}

/** All certificates of a percent-encoded PEM text; undefined when it holds anything else. */
function readCertificates(text: string): readonly Certificate[] | undefined {
  const pem = decodePercent(text)
  const blocks = pem === undefined ? undefined : readPemOnly(pem, 'CERTIFICATE')
  const certificates = blocks?.map(readCertificate)
  return certificates?.every((certificate) => certificate !== undefined) ? certificates : undefined
}

function malformed(detail: string): Rejected {
  return rejected('credential-malformed', detail)
}
