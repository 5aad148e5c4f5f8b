import type { ImpersonateConfig } from '../config/types.ts'
import type { UserInfo } from '../user.ts'

/** How each form names its extras; `jetstack` is kube-oidc-proxy's. */
const prefixes = {
  domain: 'originaluser.attache.io/',
  jetstack: 'originaluser.jetstack.io-',
} as const

/**
 * Extras that tell the API server's audit log who asked, beside as whom. The extras of the original user
 * are one JSON object, because their keys would be the keys of the user that is acted as.
 */
export function originalUserExtra(
  { name, uid, groups, extra }: UserInfo,
  form: ImpersonateConfig['originalUserExtra'],
): ReadonlyMap<string, readonly string[]> {
  const told = new Map<string, readonly string[]>()
  if (form === 'off') return told
  const prefix = prefixes[form]
  told.set(`${prefix}user`, [name])
  if (uid !== '' && form === 'domain') told.set(`${prefix}uid`, [uid])
  if (groups.length > 0) told.set(`${prefix}groups`, groups)
  if (extra.size > 0) told.set(`${prefix}extra`, [JSON.stringify(Object.fromEntries(extra))])
  return told
}

/**
 * Whether a key is one that only Attaché may write, in any spelling: whoever asked for it would forge who
 * asked. An escaped `%4F` in the name of a header keeps its case, and who reads an audit log may not.
 */
export function isOriginalUserKey(key: string): boolean {
  const spelling = key.toLowerCase()
  return Object.values(prefixes).some((prefix) => spelling.startsWith(prefix))
}
