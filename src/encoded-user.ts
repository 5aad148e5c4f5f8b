import type { UserInfo } from './user.ts'

/** A user as JSON has it where Attaché writes it for itself: a list without names, as each byte travels. */
export type EncodedUser = readonly [
  name: string,
  uid: string,
  groups: readonly string[],
  extra: readonly (readonly [string, readonly string[]])[],
]

/** What {@link decodeUser} reads back. */
export function encodeUser({ name, uid, groups, extra }: UserInfo): EncodedUser {
  return [name, uid, groups, [...extra]]
}

/** The user that {@link encodeUser} was given. */
export function decodeUser([name, uid, groups, extra]: EncodedUser): UserInfo {
  return { name, uid, groups, extra: new Map(extra) }
}
