import { type Der, DerError, fieldsOf, listOf, tags } from './der.ts'
import { readOid } from './primitives.ts'

/** One attribute of a distinguished name. */
export interface Attribute {
  /** With dots. */
  readonly type: string
  readonly value: string
}

/**
 * The attributes of a Name in their order, those of a relative name with several values too. A value
 * that is no text of its type makes the whole name unreadable, as in Go.
 */
export function readName(name: Der): readonly Attribute[] {
  return listOf(name, tags.set).flatMap((relative) =>
    listOf(relative, tags.sequence).map(({ content }) => {
      const fields = fieldsOf(content)
      const type = readOid(fields.take(tags.oid))
      const value = readText(fields.takeAny())
      fields.end()
      return { type, value }
    }),
  )
}

/** The common name; of several Go keeps the last. Empty when there is none. */
export function commonNameOf(attributes: readonly Attribute[]): string {
  return attributes.findLast(({ type }) => type === commonName)?.value ?? ''
}

const commonName = '2.5.4.3'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Tag of a string type to how Go reads it. */
const readers: Readonly<Record<number, (content: Buffer) => string | undefined>> = {
  // UTF8String
  0x0c: (content) => {
    try {
      return utf8.decode(content)
    } catch {
      return undefined
    }
  },
  // NumericString
  0x12: (content) => matching(content, /^[0-9 ]*$/),
  // PrintableString; Go lets "*" and "&" pass, which some CAs write.
  0x13: (content) => matching(content, /^[A-Za-z0-9 '()+,\-./:=?*&]*$/),
  // T61String: read as Latin-1 by everybody.
  0x14: (content) => content.toString('latin1'),
  // IA5String
  0x16: (content) => matching(content, /^[\u0000-\u007f]*$/),
  // BMPString
  0x1e: readBmp,
}

function readText({ tag, content }: Der): string {
  const text = readers[tag]?.(content)
  if (text === undefined) throw new DerError('no text in a name')
  return text
}

function matching(content: Buffer, pattern: RegExp): string | undefined {
  const text = content.toString('latin1')
  return pattern.test(text) ? text : undefined
}

/** UCS-2, a terminating NUL left out; surrogates and noncharacters are not in it. */
function readBmp(content: Buffer): string | undefined {
  if (content.length % 2 !== 0) return undefined
  const text = Buffer.from(content).swap16().toString('utf16le')
  const bare = text.endsWith('\0') ? text.slice(0, -1) : text
  return /[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]/.test(bare) ? undefined : bare
}
