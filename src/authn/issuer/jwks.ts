import { foldName, parseArray, parseObject, parseValue } from '../../json/go-json.ts'
import { parseJwk, type VerificationKey } from '../jwt/jwk.ts'

/** Keys of one set; a token without `kid` is tried against each, so their number bounds its cost. */
const maxKeys = 100

/**
 * Reads a JWK set ({@link https://www.rfc-editor.org/rfc/rfc7517#section-5 RFC 7517 §5}) as
 * kube-apiserver does: one key that does not parse, of an unknown type for instance, spoils the set.
 * The answer is the keys that can verify something, or what is wrong in words.
 */
export function parseJwks(text: string): readonly VerificationKey[] | string {
  const object = parseObject(text)
  if (object === undefined) return parseValue(text) === null ? [] : 'it is no JSON object'
  let keys: readonly VerificationKey[] = []
  for (const member of object.members) {
    if (foldName(member.name) !== 'keys') continue
    const parsed = parseKeys(member.text)
    if (typeof parsed === 'string') return parsed
    keys = parsed
  }
  return keys
}

function parseKeys(text: string): readonly VerificationKey[] | string {
  const elements = text === 'null' ? [] : parseArray(text)
  if (elements === undefined) return '"keys" is no list'
  if (elements.length > maxKeys) return `it has more than ${maxKeys} keys`
  const keys = new Map<string, VerificationKey>()
  for (const [index, element] of elements.entries()) {
    const jwk = parseJwk(element)
    if (jwk.kind === 'fault') return `key ${index} ${jwk.detail}`
    if (jwk.kind === 'usable') keys.set(jwk.key.fingerprint, jwk.key)
  }
  return [...keys.values()]
}
