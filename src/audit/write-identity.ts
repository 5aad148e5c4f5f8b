import type { UserInfo } from '../user.ts'
import { maxBytes } from './audit-entry.ts'
import { type Escape, fitList, fitText } from './fit.ts'

/** The parts of a user, escaped and each within its bounds. */
export interface IdentityParts {
  readonly name: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: readonly (readonly [key: string, values: readonly string[]])[]
}

/** What of a user found no room: characters of `name` and `uid`, values of `groups` and `extra`. */
export type IdentityOmissions = Readonly<Record<keyof IdentityParts, number>>

/** A user in the form of a line. */
export interface WrittenIdentity {
  readonly text: string
  readonly omitted: IdentityOmissions
}

/** What stands around and between values, at most: quotes and a comma. */
const overheadBytes = 3

/** As above for a key and its list: a colon and brackets besides. */
const keyOverheadBytes = 6

/** How a format writes users. */
export interface IdentityForm {
  /** Of name, uid and groups. */
  readonly name: Escape
  readonly extraKey: Escape
  readonly extraValue: Escape
  readonly join: (parts: IdentityParts) => string
}

/** Writes a user; kept as long as the user object is, which lives as long as its credential. */
export function createIdentityWriter(form: IdentityForm): (user: UserInfo) => WrittenIdentity {
  const kept = new WeakMap<UserInfo, WrittenIdentity>()
  return (user) => {
    const known = kept.get(user)
    if (known !== undefined) return known
    const written = writeIdentity(user, form)
    kept.set(user, written)
    return written
  }
}

function writeIdentity(user: UserInfo, form: IdentityForm): WrittenIdentity {
  const escape = form.name
  const name = fitText(user.name, { maxBytes: maxBytes.name, escape })
  const uid = fitText(user.uid, { maxBytes: maxBytes.uid, escape })
  const groups = fitList(user.groups, { maxBytes: maxBytes.groups, overheadBytes, escape })
  const extra = fitExtra(user.extra, form)
  return {
    text: form.join({
      name: name.text,
      uid: uid.text,
      groups: groups.values,
      extra: extra.entries,
    }),
    omitted: {
      name: name.omitted,
      uid: uid.omitted,
      groups: groups.omitted,
      extra: extra.omitted,
    },
  }
}

/** A key without any of its values is left out too, unless it has none. */
function fitExtra(
  extra: UserInfo['extra'],
  { extraKey, extraValue }: IdentityForm,
): { readonly entries: IdentityParts['extra']; readonly omitted: number } {
  const entries: [string, readonly string[]][] = []
  let omitted = 0
  let room: number = maxBytes.extra
  for (const [key, values] of extra) {
    const fittedKey = fitList([key], {
      maxBytes: room,
      overheadBytes: keyOverheadBytes,
      escape: extraKey,
    })
    const [written] = fittedKey.values
    const left = room - fittedKey.bytes
    const fitted = fitList(values, { maxBytes: left, overheadBytes, escape: extraValue })
    if (written === undefined || (fitted.values.length === 0 && values.length > 0)) {
      omitted += values.length
      continue
    }
    entries.push([written, fitted.values])
    omitted += fitted.omitted
    room = left - fitted.bytes
  }
  return { entries, omitted }
}
