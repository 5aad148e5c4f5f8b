import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import type { JWK } from 'oidc-provider'
import { startProvider, type TestProvider } from './provider.ts'
import type { ProviderOptions } from './provider-configuration.ts'

/** Algorithms that an {@link Issuer} signs with. */
export type MintAlgorithm = 'RS256' | 'PS256' | 'ES256'

/** How a token is made; what is absent is as the issuer itself would do it. */
export interface MintOptions {
  /** Default RS256. */
  readonly algorithm?: MintAlgorithm
  /** Default: the client's ID. */
  readonly audience?: string
  /** Seconds from now until `exp`. Default 300; negative: expired already. */
  readonly validSeconds?: number
}

/** A real identity provider that also hands out tokens without the detour through a browser. */
export interface Issuer extends TestProvider {
  /** A token with these claims, signed with one of the keys that the provider publishes. */
  readonly mint: (
    claims: Readonly<Record<string, unknown>>,
    options?: MintOptions,
  ) => Promise<string>
}

/** Starts a provider (see provider.ts); without options it has a client `platform` and no people. */
export async function startIssuer(options: Partial<ProviderOptions> = {}): Promise<Issuer> {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const pss = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const signing: Readonly<Record<MintAlgorithm, KeyObject>> = { RS256: rsa, PS256: pss, ES256: ec }
  const clientID = options.clientID ?? 'platform'
  const provider = await startProvider({
    clientID,
    clientSecret: 'a secret of tests alone',
    externalURL: new URL('https://platform.example'),
    people: [],
    keys: [publish(rsa, 'RS256'), publish(pss, 'PS256'), publish(ec, 'ES256')],
    ...options,
  })
  return {
    ...provider,
    mint: async (claims, { algorithm = 'RS256', audience = clientID, validSeconds = 300 } = {}) => {
      const nowSeconds = Math.floor(Date.now() / 1000)
      return new SignJWT({ ...claims })
        .setProtectedHeader({ alg: algorithm, kid: algorithm, typ: 'JWT' })
        .setIssuer(provider.url)
        .setAudience(audience)
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + validSeconds)
        .sign(signing[algorithm])
    },
  }
}

function publish(key: KeyObject, alg: MintAlgorithm): JWK {
  const { kty = '', ...jwk } = key.export({ format: 'jwk' })
  return { ...jwk, kty, alg, kid: alg, use: 'sig' }
}
