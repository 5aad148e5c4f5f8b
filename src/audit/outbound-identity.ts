import type { HeaderChanges } from '../headers/changes.ts'
import type { PlainHeaderNames } from '../headers/identity.ts'
import { decodePercent } from '../headers/requested.ts'
import type { UserInfo } from '../user.ts'

const extraPrefix = 'impersonate-extra-'

/**
 * The identity that the upstream is told, read from the header changes themselves: a record made from
 * anything else could differ from what was sent. Undefined when they name nobody (a public route, a
 * token that goes on as it is). `plain` are the headers that hold a name, or groups between commas.
 */
export function outboundIdentity(
  changes: HeaderChanges,
  plain: readonly PlainHeaderNames[],
): UserInfo | undefined {
  const set = new Map(changes.set)
  const name = set.get('impersonate-user')
  if (name !== undefined) return impersonated(changes, name)
  for (const { user, groups } of plain) {
    const plainName = set.get(user)
    if (plainName === undefined) continue
    const list = groups === undefined ? undefined : set.get(groups)
    return { name: plainName, uid: '', groups: list?.split(',') ?? [], extra: new Map() }
  }
  return undefined
}

function impersonated({ set, append }: HeaderChanges, name: string): UserInfo {
  let uid = ''
  const groups: string[] = []
  const extra = new Map<string, string[]>()
  for (const [header, value] of [...set, ...append]) {
    if (header === 'impersonate-uid') uid = value
    else if (header === 'impersonate-group') groups.push(value)
    else if (header.startsWith(extraPrefix)) {
      const encoded = header.slice(extraPrefix.length)
      const key = decodePercent(encoded) ?? encoded
      const values = extra.get(key)
      if (values === undefined) extra.set(key, [value])
      else values.push(value)
    }
  }
  return { name, uid, groups, extra }
}
