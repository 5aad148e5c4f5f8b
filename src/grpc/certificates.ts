import { experimental, type ServerCredentials } from '@grpc/grpc-js'
import type { ServerTls } from '../serving/listen.ts'

type CertificateProvider = experimental.CertificateProvider
type IdentityListener = Parameters<CertificateProvider['addIdentityCertificateListener']>[0]
type CaListener = Parameters<CertificateProvider['addCaCertificateListener']>[0]

/** TLS credentials of grpc-js that can change under a running server. */
export interface Certificates {
  readonly credentials: ServerCredentials
  /** New connections get this one. It must be usable: grpc-js drops every connection otherwise. */
  readonly update: (next: ServerTls) => void
}

/** Creates them; with a `clientCA`, a connection without a certificate of that CA is refused. */
export function createCertificates(initial: ServerTls): Certificates {
  let current = initial
  const identityListeners = new Set<IdentityListener>()
  const caListeners = new Set<CaListener>()

  const tellIdentity = (listener: IdentityListener): void => {
    const { cert, key } = current
    listener({ certificate: Buffer.from(cert), privateKey: Buffer.from(key) })
  }
  const tellCa = (listener: CaListener): void => {
    const { clientCA } = current
    listener(clientCA === undefined ? null : { caCertificate: Buffer.from(clientCA) })
  }

  // grpc-js registers its server with the credentials only after it has asked for these listeners, so
  // the first word has to come later.
  const provider: CertificateProvider = {
    addIdentityCertificateListener: (listener) => {
      identityListeners.add(listener)
      process.nextTick(tellIdentity, listener)
    },
    removeIdentityCertificateListener: (listener) => {
      identityListeners.delete(listener)
    },
    addCaCertificateListener: (listener) => {
      caListeners.add(listener)
      process.nextTick(tellCa, listener)
    },
    removeCaCertificateListener: (listener) => {
      caListeners.delete(listener)
    },
  }

  const isMutual = initial.clientCA !== undefined
  // grpc-js names the parameters of this function the wrong way round: the identity comes first.
  const credentials = experimental.createCertificateProviderServerCredentials(
    provider,
    isMutual ? provider : null,
    isMutual,
  )
  const update = (next: ServerTls): void => {
    current = next
    for (const listener of identityListeners) tellIdentity(listener)
    for (const listener of caListeners) tellCa(listener)
  }
  return { credentials, update }
}
