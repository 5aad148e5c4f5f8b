import { resolve } from 'node:path'
import type { UserInfo } from '../user.ts'
import { createDocument, type Document } from './document.ts'
import { extraKeyFault } from './extra-key.ts'
import { loginFault, parseHtpasswd } from './htpasswd.ts'
import type { RawBasic, RawUsers } from './schema/credentials.ts'
import { type Loading, reportFile } from './secrets.ts'
import { readUsersShape } from './shape.ts'
import type { BasicConfig } from './types.ts'
import { parseYaml } from './yaml.ts'
import { ownDialect } from './yaml-dialects.ts'
import { childPath } from './yaml-tree.ts'

/** `basic`, with its files read; undefined, and reported, when one cannot be used. */
export function buildBasic(loading: Loading, raw: RawBasic): BasicConfig | undefined {
  const hashes = readHashes(loading, raw.htpasswdFile)
  const users = raw.usersFile === undefined ? noUsers : readUsers(loading, raw.usersFile)
  return hashes === undefined || users === undefined ? undefined : { hashes, users }
}

const noUsers: ReadonlyMap<string, UserInfo> = new Map()

/** A file of something else has a fault in each of its lines. */
const maxFaults = 10

function readHashes(loading: Loading, name: string): ReadonlyMap<string, string> | undefined {
  const path = 'basic.htpasswdFile'
  const content = loading.files.read(name)
  if (!content.ok) {
    return reportFile(loading, path, `${content.why} (relative to the folder of this file)`)
  }
  // An empty one is nobody: whoever takes the last login out wants it out, and not the old file.
  const { hashes, faults } = parseHtpasswd(content.text)
  for (const fault of faults.slice(0, maxFaults)) reportFile(loading, path, fault)
  if (faults.length > maxFaults) {
    reportFile(loading, path, `${faults.length - maxFaults} more lines are faulty`)
  }
  return hashes
}

/**
 * Who is behind each login. One without a password is no fault: a login that is taken out of
 * `htpasswdFile` alone has to be out at once, and a refused configuration would leave the old one in force.
 */
function readUsers(loading: Loading, name: string): ReadonlyMap<string, UserInfo> | undefined {
  const path = 'basic.usersFile'
  const content = loading.files.read(name)
  if (!content.ok) {
    return reportFile(loading, path, `${content.why} (relative to the folder of this file)`)
  }
  const document = createDocument(
    resolve(loading.folder, name),
    parseYaml(content.text, { dialect: ownDialect() }),
  )
  loading.opened(document)
  const raw = document.usableItself('') ? readUsersShape(document) : undefined
  if (raw === undefined || !document.usable('')) return undefined
  return new Map(Object.entries(raw).map(([login, user]) => [login, toUser(document, login, user)]))
}

function toUser(document: Document, login: string, raw: RawUsers[string]): UserInfo {
  const path = childPath('', login)
  const fault = loginFault(login)
  if (fault !== undefined) document.report(path, fault, { at: 'key' })
  for (const key of Object.keys(raw.extra)) {
    const keyFault = extraKeyFault(key)
    const place = childPath(childPath(path, 'extra'), key)
    if (keyFault !== undefined) document.report(place, keyFault, { at: 'key' })
  }
  const { name = login, uid, groups } = raw
  return { name, uid, groups, extra: new Map(Object.entries(raw.extra)) }
}
