import type { IssuerConfig } from '../../config/types.ts'
import { decodeUtf8, foldName, parseObject } from '../../json/go-json.ts'
import type { IssuerMetadata } from './issuer.ts'

/** Members whose wrong type kube-apiserver takes for a broken document. */
const strings: ReadonlySet<string> = new Set([
  'issuer',
  'jwks_uri',
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
])

/**
 * Fetches the discovery document
 * ({@link https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig OpenID Connect
 * Discovery 1.0 §4}). Its `issuer` must equal the configured URL byte for byte, wherever it was fetched.
 */
export async function discover(
  config: IssuerConfig,
  fetchIt: typeof fetch,
): Promise<IssuerMetadata> {
  const address =
    config.discoveryURL ?? `${config.url.replace(/\/$/, '')}/.well-known/openid-configuration`
  const text = await fetchText(address, fetchIt)
  const document = parseObject(text)
  if (document === undefined) throw new Error(`Cannot read "${address}": it is no JSON object`)
  const read: Record<string, string> = {}
  for (const member of document.members) {
    const name = foldName(member.name)
    const { value } = member
    if (name === 'id_token_signing_alg_values_supported' && !isListOfStrings(value ?? [])) {
      throw new Error(`Cannot read "${address}": "${name}" is no list of strings`)
    }
    if (!strings.has(name)) continue
    if (typeof value === 'string') read[name] = value
    else if (value !== null) throw new Error(`Cannot read "${address}": "${name}" is no string`)
  }
  const { issuer = '', jwks_uri = '' } = read
  if (issuer !== config.url) {
    throw new Error(`Cannot trust "${address}": its issuer is "${issuer}", not "${config.url}"`)
  }
  if (jwks_uri === '') throw new Error(`Cannot use "${address}": it has no "jwks_uri"`)
  return { ...document.value, issuer, jwks_uri }
}

function isListOfStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => item === null || typeof item === 'string')
}

/** The body of an answer with status 200; any other status is no answer. */
export async function fetchText(address: string, fetchIt: typeof fetch): Promise<string> {
  // What stands before an `@` may be a password.
  const shown = address.replace(/\/\/[^/?#]*@/, '//…@')
  // JavaScript skips empty parts and takes the path for a host; Go does not.
  if (!/^https?:\/\/[^/?#\\]/i.test(address)) {
    throw new Error(`Cannot fetch "${shown}": it names no host`)
  }
  let response: Response
  try {
    response = await fetchIt(address)
  } catch (cause) {
    throw new Error(`Cannot fetch "${shown}": no usable answer`, { cause })
  }
  if (response.status !== 200) {
    throw new Error(`Cannot fetch "${shown}": status ${response.status}, not 200`)
  }
  return decodeUtf8(Buffer.from(await response.arrayBuffer()))
}
