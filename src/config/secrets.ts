import type { Document } from './document.ts'
import type { Files } from './files.ts'
import type { Environment } from './substitute.ts'

/** What the parts of the configuration are made with. */
export interface Loading {
  readonly document: Document
  readonly files: Files
  /** Of the configuration file; what it names is relative to it. */
  readonly folder: string
  readonly env: Environment
  /** Remembers a file with positions of its own, so that what is wrong with it is told too. */
  readonly opened: (document: Document) => void
}

/** A key whose value names a file. */
export interface NamedFile {
  /** Of the key, for messages. */
  readonly path: string
  readonly name: string
}

/**
 * Reports that a file cannot be used. Neither its content nor its name is in the message: somebody may
 * have put the secret itself where its name belongs.
 */
export function reportFile({ document }: Loading, path: string, why: string): undefined {
  document.report(path, `Cannot use the file that is named here: ${why}`)
}

/**
 * The text of a file without the line ends at its end; undefined, and reported, when it cannot be
 * read or is empty.
 */
export function readNamedFile(loading: Loading, { path, name }: NamedFile): string | undefined {
  const content = loading.files.read(name)
  if (!content.ok) {
    return reportFile(loading, path, `${content.why} (relative to the folder of this file)`)
  }
  const text = content.text.replace(/[\r\n]+$/, '')
  return text.trim() === '' ? reportFile(loading, path, 'it is empty') : text
}

/** As {@link readNamedFile}, for what travels in a header: printable ASCII without blanks. */
export function readHeaderSecret(
  loading: Loading,
  { path, name, minLength }: NamedFile & { readonly minLength: number },
): string | undefined {
  const secret = readNamedFile(loading, { path, name })
  if (secret === undefined) return undefined
  if (!/^[\u0021-\u007e]+$/.test(secret)) {
    return reportFile(loading, path, 'it must be one line of printable ASCII without blanks')
  }
  if (secret.length >= minLength) return secret
  return reportFile(loading, path, `it must have ${minLength} characters or more`)
}

/** A client secret: {@link https://www.rfc-editor.org/rfc/rfc6749#appendix-A.2 RFC 6749 A.2}. */
export function readClientSecret(loading: Loading, { path, name }: NamedFile): string | undefined {
  const secret = readNamedFile(loading, { path, name })
  if (secret === undefined || /^[\u0020-\u007e]+$/.test(secret)) return secret
  return reportFile(loading, path, 'it must be one line of printable ASCII')
}

const minKeyBytes = 32
/** 32 random bytes hold about thirty different ones; fewer than this is a pattern. */
const minDifferentBytes = 8

/** Keys of sessions: 32 random bytes or more each, base64, one a line; all faults are reported. */
export function readKeys(loading: Loading, { path, name }: NamedFile): readonly Uint8Array[] {
  const text = readNamedFile(loading, { path, name }) ?? ''
  const keys = new Map<string, Uint8Array>()
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const key = decodeBase64(line.trim())
    const fault = key === undefined ? 'is not base64' : keyFault(key)
    const repeated = key !== undefined && keys.has(key.toString('hex'))
    if (fault !== undefined) {
      reportFile(
        loading,
        path,
        `line ${index + 1} ${fault}; make one with: openssl rand -base64 32`,
      )
    } else if (repeated) {
      reportFile(loading, path, `line ${index + 1} repeats a key above it`)
    } else if (key !== undefined) {
      keys.set(key.toString('hex'), Uint8Array.from(key))
    }
  }
  return [...keys.values()]
}

function keyFault(key: Buffer): string | undefined {
  if (key.length < minKeyBytes) return `holds ${key.length} bytes, fewer than ${minKeyBytes}`
  return new Set(key).size < minDifferentBytes ? 'is not random' : undefined
}

/** Strict: Buffer alone skips whatever is not base64. Both alphabets, with or without padding. */
function decodeBase64(text: string): Buffer | undefined {
  const body = text
    .replace(/={0,2}$/, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
  const bytes = Buffer.from(body, 'base64')
  return bytes.toString('base64').replace(/=+$/, '') === body ? bytes : undefined
}
