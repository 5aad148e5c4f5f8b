import { type AuditRecord, maxBytes } from './audit-entry.ts'
import { fitList, fitText } from './fit.ts'
import { createOmissions } from './omissions.ts'
import { redactTarget } from './redact.ts'
import { createIdentityWriter, type IdentityParts } from './write-identity.ts'

/**
 * Creates the writer of the lines that kube-oidc-proxy writes, `AuSuccess` and `AuFail`, for what reads
 * those already. Beside what it does: names are escaped, secret parameters redacted, a failure names the
 * user where there is one, and `omitted:[…]` ends a line that is not whole. Here `outbound` stands, as
 * there, only where the caller acts as somebody else.
 */
export function createAuthnLine(): (record: AuditRecord) => string {
  const writeIdentity = createIdentityWriter({
    name: escapeName,
    extraKey: (text) => escapeExtra(text).replaceAll('=', '%3D'),
    extraValue: escapeExtra,
    join: identityText,
  })
  return (record) => {
    const { timeMs, verdict, input, forwardedFor, user, actingAs, outbound } = record
    const omissions = createOmissions()
    const source = fitText(input.source ?? '', { maxBytes: maxBytes.source, escape: escapeName })
    const forwarded = fitList(forwardedFor, {
      maxBytes: maxBytes.forwardedFor,
      overheadBytes: 2,
      escape: escapeName,
    })
    const target = redactTarget(input.path)
    const uri = fitText(target, { maxBytes: maxBytes.path, escape: escapeTarget })
    const src = `${omissions.text('source', source)} / ${forwarded.values.join(', ')}`
    omissions.count('forwardedFor', forwarded.omitted)
    const parts = [
      `[${timeOf(timeMs)}] ${verdict.kind === 'allowed' ? 'AuSuccess' : 'AuFail'}`,
      `src:[${src}]`,
      `URI:${omissions.text('URI', uri)}`,
    ]
    const identities = {
      inbound: user?.user,
      outbound: actingAs === undefined ? undefined : outbound,
    }
    for (const [field, whose] of Object.entries(identities)) {
      if (whose === undefined) continue
      const { text, omitted } = writeIdentity(whose)
      omissions.identity(field, { ...omitted, uid: 0 })
      parts.push(`${field}:[${text}]`)
    }
    const omitted = omissions.entries().map(([field, missing]) => `${field}=${missing}`)
    if (omitted.length > 0) parts.push(`omitted:[${omitted.join(' ')}]`)
    return `${parts.join(' ')}\n`
  }
}

/** Seconds and a numeric zone, which is always UTC. */
function timeOf(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}+0000`
}

/** Name, groups, extra; there is no place for a uid. */
function identityText({ name, groups, extra }: IdentityParts): string {
  const extras = extra.map(([key, values]) => `${key}=${values.join('|')} `)
  const last = extras.length === 0 ? '' : ` ${extras.join('')}`
  return `${name} / ${groups.join('|')} /${last}`
}

/**
 * `[` as well as `]`, or a name such as `x outbound:[root` would begin a field; `%`, or an escape could be
 * forged; and what no line should hold.
 */
const structural = /[%[\]|/\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

function escapeName(text: string): string {
  return text.replaceAll(structural, percent)
}

/** Extras stand one after the other, with blanks between them. */
function escapeExtra(text: string): string {
  return escapeName(text).replaceAll(/\s/gu, percent)
}

/** What a target consists of by RFC 3986, and more: nearly every one. */
const plain = /^[!-~]*$/

/** Keeps a target as it came; a blank would end it. */
function escapeTarget(text: string): string {
  if (plain.test(text)) return text
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/gu, percent)
}

/** The UTF-8 bytes of a character; a lone surrogate becomes U+FFFD, as UTF-8 cannot say it. */
function percent(character: string): string {
  return encodeURIComponent(character.toWellFormed())
}
