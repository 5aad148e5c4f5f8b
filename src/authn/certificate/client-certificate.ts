import type { ClientCertificatesConfig } from '../../config/types.ts'
import type { UserInfo } from '../../user.ts'
import type { Certificate } from '../../x509/certificate.ts'
import { commonNameOf } from '../../x509/name.ts'
import { authenticated } from '../authenticated.ts'
import type { Authenticator, Outcome } from '../authenticator.ts'
import { noCredential } from '../authenticator.ts'
import { credentialIdKey } from '../jwt/claims.ts'
import { rejected } from '../rejected.ts'
import { createCertificateVerifier } from './verifier.ts'

const organization = '2.5.4.10'
/** Kubernetes' own attribute for a uid. */
const userId = '1.3.6.1.4.1.57683.2'

/**
 * Authenticates the certificate that a client has shown to Envoy, as kube-apiserver does with
 * `--client-ca-file`: common name → user, each organization → group. One that does not chain to a
 * trusted CA is rejected; one without a common name is nobody's.
 */
export function clientCertificate(
  config: ClientCertificatesConfig,
  { now }: { readonly now: () => number },
): Authenticator {
  const verify = createCertificateVerifier({ ...config, now, interpret: authenticate })
  return (input) => {
    const found = verify(input)
    if (found === undefined) return noCredential
    return found.kind === 'verified' ? found.meaning : found
  }
}

function authenticate(leaf: Certificate, untilMs: number): Outcome {
  const named = (type: string) =>
    leaf.subjectAttributes.filter((attribute) => attribute.type === type).map(({ value }) => value)
  const name = commonNameOf(leaf.subjectAttributes)
  if (name === '') return noCredential
  const [uid = '', ...moreUids] = named(userId)
  if (moreUids.length > 0) return rejected('credential-invalid', 'the certificate has several uids')
  if (uid === '' && named(userId).length > 0) {
    return rejected('credential-invalid', 'the certificate has an empty uid')
  }
  const user: UserInfo = {
    name,
    uid,
    groups: named(organization),
    extra: new Map([[credentialIdKey, [`X509SHA256=${leaf.fingerprint}`]]]),
  }
  return authenticated(user, { by: 'client-certificate', expiresAtMs: untilMs })
}
