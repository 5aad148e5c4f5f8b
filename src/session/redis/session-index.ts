/**
 * Which sessions somebody has, so that a provider can end them: by its `sid`, by its `sub`, or both. The
 * keys are keyed hashes, since both are names of people; a copy of the database without
 * `session.keysFile` says at most how many sessions somebody has.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { SessionRecord } from '../record.ts'
import type { RedisConnection } from './connection.ts'
import { nameLength } from './value.ts'

/** Whom a session is of. */
export type Whose = Pick<SessionRecord, 'provider' | 'subject' | 'providerSession'>

/** Whose sessions are searched: at least one of `subject` and `providerSession` is there. */
export type Searched = Omit<Whose, 'subject'> & { readonly subject: string | undefined }

/** A session that is to be found. */
export interface IndexedSession {
  readonly name: string
  readonly record: SessionRecord
  /** Milliseconds since the epoch. */
  readonly nowMs: number
}

/** Where it stands in an index. */
export interface IndexEntry {
  readonly name: string
  readonly key: string
  readonly member: string
}

export interface RedisIndex {
  /** Before the session itself is written. Those that are too many now, to be ended and removed. */
  readonly add: (session: IndexedSession) => Promise<readonly IndexEntry[]>
  /** Whether nobody has ended it since {@link RedisIndex.add}: asked once the session is written. */
  readonly stands: (name: string, whose: Whose) => Promise<boolean>
  /** Marks sessions as ended, to be ended and removed; they are found again until they are removed. */
  readonly markEnded: (whose: Searched) => Promise<readonly IndexEntry[]>
  readonly remove: (entries: readonly IndexEntry[]) => Promise<void>
  /** Where the session may stand, under every key. */
  readonly entriesOf: (name: string, whose: Whose) => readonly IndexEntry[]
}

/** Sessions of one person; beyond it the one that would end first ends now. */
const maxSessions = 500

/**
 * A sorted set: the member is the session's name and a keyed hash of its `sid`, if it has one; the score
 * its absolute end, milliseconds since the epoch, or -1 once it is ended.
 */
const addScript = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIRE', KEYS[1], string.format('%d', last[2] - ARGV[3] + 1000))
local surplus = redis.call('ZCARD', KEYS[1]) - ARGV[4]
if surplus <= 0 then return {} end
return redis.call('ZRANGE', KEYS[1], 0, surplus - 1)`

// One without a `sid` could be the one that a `sid` means: it ends too. What removes nothing is a write: a
// replica that has nothing yet shall not say that there is nothing to end.
const markScript = `
redis.call('ZREM', KEYS[1], '')
local marked = {}
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local sid = string.sub(member, ${nameLength + 1})
  if ARGV[1] == '' or sid == '' or sid == ARGV[1] then
    redis.call('ZADD', KEYS[1], -1, member)
    marked[#marked + 1] = member
  end
end
return marked`

interface ScriptInput {
  readonly key: string
  readonly args: readonly (string | number)[]
}

/** The {@link RedisIndex} of `session.keysFile`: written under its first key, read under all. */
export function createRedisIndex(
  { ask }: Pick<RedisConnection, 'ask'>,
  keys: readonly Uint8Array[],
): RedisIndex {
  const hashKeys = keys.map((key) =>
    createSecretKey(Buffer.from(hkdfSync('sha256', key, '', 'attache/redis-index/v1', 32))),
  )
  const list = async (script: string, { key, args }: ScriptInput) => {
    const members = await ask(async (client) => client.eval(script, 1, key, ...args))
    return Array.isArray(members) ? members.map((member) => toEntry(key, String(member))) : []
  }
  const [writing] = hashKeys
  if (writing === undefined) throw new RangeError('Cannot index sessions: no key given')

  return {
    add: async ({ name, record, nowMs }) => {
      const surplus = await Promise.all(
        entriesUnder(writing, { name, whose: record }).map(({ key, member }) =>
          list(addScript, { key, args: [member, record.expiresAtMs, nowMs, maxSessions] }),
        ),
      )
      return surplus.flat()
    },
    stands: async (name, whose) => {
      const scores = await Promise.all(
        entriesUnder(writing, { name, whose }).map(({ key, member }) =>
          ask((client) => client.zscore(key, member)),
        ),
      )
      return scores.every((score) => score !== null && Number(score) >= 0)
    },
    markEnded: async ({ provider, subject, providerSession: sid }) => {
      const found = await Promise.all(
        hashKeys.map(async (hashKey) => {
          if (subject !== undefined) {
            const key = indexKey(hashKey, ['sub', provider, subject])
            const args = [sidHash(hashKey, { provider, providerSession: sid })]
            return list(markScript, { key, args })
          }
          const key = indexKey(hashKey, ['sid', provider, sid ?? ''])
          return list(markScript, { key, args: [''] })
        }),
      )
      return found.flat()
    },
    remove: async (entries) => {
      await Promise.all(entries.map(({ key, member }) => ask((client) => client.zrem(key, member))))
    },
    entriesOf: (name, whose) =>
      hashKeys.flatMap((hashKey) => entriesUnder(hashKey, { name, whose })),
  }
}

function entriesUnder(
  hashKey: KeyObject,
  { name, whose }: { readonly name: string; readonly whose: Whose },
): readonly IndexEntry[] {
  const { provider, subject, providerSession: sid } = whose
  const member = name + sidHash(hashKey, whose)
  return [
    toEntry(indexKey(hashKey, ['sub', provider, subject]), member),
    ...(sid === undefined ? [] : [toEntry(indexKey(hashKey, ['sid', provider, sid]), member)]),
  ]
}

function toEntry(key: string, member: string): IndexEntry {
  return { name: member.slice(0, nameLength), key, member }
}

function indexKey(hashKey: KeyObject, parts: readonly string[]): string {
  return `attache:index:${keyedHash(hashKey, { parts, bytes: 16 })}`
}

/** Empty for a session without a `sid`. */
function sidHash(
  hashKey: KeyObject,
  { provider, providerSession }: Pick<Whose, 'provider' | 'providerSession'>,
): string {
  return providerSession === undefined
    ? ''
    : keyedHash(hashKey, { parts: ['member', provider, providerSession], bytes: 9 })
}

function keyedHash(
  hashKey: KeyObject,
  { parts, bytes }: { readonly parts: readonly string[]; readonly bytes: number },
): string {
  const digest = createHmac('sha256', hashKey).update(JSON.stringify(parts)).digest()
  return digest.toString('base64url', 0, bytes)
}
