import { readRoots, reportSource } from './client-certificates.ts'
import { headerNameFault, headerPrefixFault } from './header-names.ts'
import type { RawFrontProxy } from './schema/credentials.ts'
import type { Loading } from './secrets.ts'
import type { FrontProxyConfig } from './types.ts'
import { childPath } from './yaml-tree.ts'

const section = 'frontProxy'

type NameKey = 'usernameHeaders' | 'uidHeaders' | 'groupHeaders' | 'extraHeaderPrefixes'

/** `frontProxy`; undefined, and reported, when its file cannot be used. */
export function buildFrontProxy(
  loading: Loading,
  raw: RawFrontProxy,
): FrontProxyConfig | undefined {
  const { document } = loading
  const { source, clientCAFile, allowedNames } = raw
  reportSource(loading, { section, source })
  const clientCA = readRoots(loading, { path: `${section}.clientCAFile`, name: clientCAFile })
  const readNames = (key: NameKey, faultOf = headerNameFault) =>
    raw[key].map((name, index) => {
      const lower = name.toLowerCase()
      const fault = faultOf(lower)
      const item = childPath(`${section}.${key}`, index)
      if (fault !== undefined) document.report(item, `${fault}${document.got(item, name)}`)
      return lower
    })
  const names = {
    usernameHeaders: readNames('usernameHeaders'),
    uidHeaders: readNames('uidHeaders'),
    groupHeaders: readNames('groupHeaders'),
    extraHeaderPrefixes: readNames('extraHeaderPrefixes', headerPrefixFault),
  }
  return clientCA === undefined ? undefined : { source, clientCA, allowedNames, ...names }
}
