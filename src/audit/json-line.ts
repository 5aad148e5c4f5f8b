import type { UserInfo } from '../user.ts'
import { type AuditRecord, maxBytes } from './audit-entry.ts'
import { fitList, fitText } from './fit.ts'
import { createOmissions, type Omissions } from './omissions.ts'
import { redactHost, redactTarget } from './redact.ts'
import { createIdentityWriter, type IdentityParts } from './write-identity.ts'

/**
 * Creates the writer of JSON lines: one object each, its first members as in every log line, `"audit":true`
 * in audit lines alone. Strings are made by hand from escaped parts, so that each has its bound in bytes
 * and a key such as `__proto__` is a key.
 */
export function createJsonLine(): (record: AuditRecord) => string {
  const writeIdentity = createIdentityWriter({
    name: escapeJson,
    extraKey: escapeJson,
    extraValue: escapeJson,
    join: identityJson,
  })
  return (record) => {
    const { timeMs, id, verdict, route, user, outbound } = record
    const omissions = createOmissions()
    const identityOf = (field: string, whose: UserInfo): string => {
      const { text, omitted } = writeIdentity(whose)
      omissions.identity(field, omitted)
      return `"${field}":${text}`
    }
    const members = [
      `"level":30,"time":"${new Date(timeMs).toISOString()}","audit":true`,
      `"decision":"${escapeJson(id)}","verdict":"${verdict.kind}"`,
    ]
    if (verdict.kind === 'denied') {
      members.push(`"reason":"${verdict.reason}","status":${verdict.status}`)
    }
    members.push(...requestMembers(record, omissions))
    if (route !== undefined) members.push(`"route":"${escapeJson(route)}"`)
    if (user !== undefined) {
      members.push(`"authenticator":"${user.authenticator}"`, identityOf('inbound', user.user))
    }
    if (outbound !== undefined) members.push(identityOf('outbound', outbound))
    const omitted = omissions.entries().map(([field, missing]) => `"${field}":${missing}`)
    if (omitted.length > 0) members.push(`"omitted":{${omitted.join()}}`)
    members.push('"msg":"audit"')
    return `{${members.join()}}\n`
  }
}

function requestMembers(record: AuditRecord, omissions: Omissions): readonly string[] {
  const { input, forwardedFor } = record
  const text = (field: 'source' | 'method' | 'host' | 'path', value: string): string => {
    const fitted = fitText(value, { maxBytes: maxBytes[field], escape: escapeJson })
    return `"${field}":"${omissions.text(field, fitted)}"`
  }
  const members: string[] = []
  if (input.source !== undefined) members.push(text('source', input.source))
  if (forwardedFor.length > 0) {
    const { values, omitted } = fitList(forwardedFor, {
      maxBytes: maxBytes.forwardedFor,
      overheadBytes: 3,
      escape: escapeJson,
    })
    omissions.count('forwardedFor', omitted)
    members.push(`"forwardedFor":${stringsJson(values)}`)
  }
  members.push(
    text('method', input.method),
    text('host', redactHost(input.host)),
    text('path', redactTarget(withoutQuery(input.path))),
  )
  return members
}

function withoutQuery(target: string): string {
  return /^[^?#]*/.exec(target)?.[0] ?? ''
}

function identityJson({ name, uid, groups, extra }: IdentityParts): string {
  const extras = extra.map(([key, values]) => `"${key}":${stringsJson(values)}`)
  return `{"name":"${name}","uid":"${uid}","groups":${stringsJson(groups)},"extra":{${extras.join()}}}`
}

function stringsJson(escaped: readonly string[]): string {
  return `[${escaped.map((value) => `"${value}"`).join()}]`
}

/** What `JSON.stringify` leaves as it is and a terminal or a log viewer would act on. */
const active = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu

/** Printable ASCII that JSON takes as it is: nearly every text. */
const plain = /^[ !#-[\]-~]*$/

function escapeJson(text: string): string {
  if (plain.test(text)) return text
  return JSON.stringify(text).slice(1, -1).replaceAll(active, escapeUnits)
}

function escapeUnits(character: string): string {
  let escaped = ''
  for (let index = 0; index < character.length; index += 1) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  }
  return escaped
}
